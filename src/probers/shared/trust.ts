import { X509Certificate } from 'node:crypto';
import {
  createSecureContext,
  getCACertificates,
  type SecureContext,
  type SecureContextOptions,
  setDefaultCACertificates,
} from 'node:tls';

/** Certificates that are trusted for what they are. Parsed when first asked for one. */
export class Authorities {
  readonly #pems: readonly string[];
  #bySubject: ReadonlyMap<string, readonly X509Certificate[]> | undefined;

  constructor(pems: readonly string[]) {
    this.#pems = pems;
  }

  /** Those of this name, as Node.js prints a subject. */
  named(subject: string): readonly X509Certificate[] {
    this.#bySubject ??= Map.groupBy(
      this.#pems.flatMap(parsed),
      (certificate) => certificate.subject,
    );
    return this.#bySubject.get(subject) ?? [];
  }
}

/** OpenSSL, too, passes over what it cannot read in a file of several. */
function parsed(pem: string): X509Certificate[] {
  try {
    return [new X509Certificate(pem)];
  } catch {
    return [];
  }
}

const authoritiesOf = new WeakMap<SecureContext, Authorities>();

/**
 * Makes an OpenSSL context, and keeps in mind whom it trusts. Any certificate among those trusted ends a chain, as
 * it does in Go, not only a root.
 *
 * @param ca PEM certificates to trust instead of {@link defaultAuthorities}.
 * @throws {Error} OpenSSL's, where a certificate or a key is no good.
 */
export function trustingContext(
  ca: string | undefined,
  options: SecureContextOptions,
): SecureContext {
  const authorities = ca === undefined ? defaultAuthorities() : new Authorities(pemBlocks(ca));
  const context = createSecureContext({
    ...options,
    ...(ca !== undefined && { ca }),
    allowPartialTrustChain: true,
  });
  authoritiesOf.set(context, authorities);
  return context;
}

/** Whom a context of {@link trustingContext} trusts. Nobody, where the context is another's. */
export function trustedBy(context: SecureContext): Authorities {
  return authoritiesOf.get(context) ?? NOBODY;
}

const NOBODY = new Authorities([]);

let defaults: Authorities | undefined;

/**
 * Whom to trust where nothing else is said: the store of the system, where people install their own authorities, and
 * beside it the list that comes with Node.js and NODE_EXTRA_CA_CERTS, for images without a store. Read once, at the
 * first need: it takes tens of milliseconds, and blackbox_exporter too reads it once.
 */
function defaultAuthorities(): Authorities {
  if (defaults) return defaults;
  const all = [...getCACertificates('default'), ...getCACertificates('system')];
  const once = [...new Set(all.map((pem) => pem.trim()))];
  // Makes OpenSSL's store once for all contexts: one of its own costs each ten milliseconds and more than a megabyte.
  setDefaultCACertificates(once);
  defaults = new Authorities(once);
  return defaults;
}

const PEM_BLOCK =
  /-----BEGIN (?<kind>(?:X509 |TRUSTED )?CERTIFICATE)-----[^-]+-----END \k<kind>-----/g;

function pemBlocks(text: string): string[] {
  return text.match(PEM_BLOCK) ?? [];
}
