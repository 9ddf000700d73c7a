import type { X509Certificate } from 'node:crypto';
import { LimitedCache } from '../../lib/limited-cache.ts';
import type { Authorities } from './trust.ts';

interface Answer {
  readonly expiry: number | undefined;
  /** Until when the answer holds, in milliseconds since the epoch. */
  readonly until: number;
}

// Building chains takes a millisecond, and servers show the same certificates for months.
const answersOf = new WeakMap<Authorities, LimitedCache<string, Answer>>();
const MAX_ANSWERS = 2000;
const MAX_AGE_MS = 3_600_000;

/**
 * When the last of the chains breaks that lead from a server's certificate to an authority: the expiry of each chain
 * is that of its first certificate to expire, the authority's included. As in Go, all chains count that are valid
 * now. Name constraints and path lengths are not looked at: ask only about certificates that OpenSSL trusts.
 *
 * @param sent what the server sent, its own first, the others in any order.
 * @returns seconds since the epoch; `undefined` where no chain is valid.
 */
export function lastChainExpiry(
  sent: readonly X509Certificate[],
  authorities: Authorities,
): number | undefined {
  const answers = answersOf.get(authorities) ?? new LimitedCache<string, Answer>(MAX_ANSWERS);
  answersOf.set(authorities, answers);
  const key = sent.map((certificate) => certificate.fingerprint256).join();
  const now = Date.now();
  const known = answers.find(key);
  if (known && now < known.until) return known.expiry;

  const last = new ChainSearch(sent, authorities, now).last();
  const expiry = last === undefined ? undefined : last / 1000;
  answers.set(key, { expiry, until: Math.min(last ?? Number.POSITIVE_INFINITY, now + MAX_AGE_MS) });
  return expiry;
}

// As many signatures as Go looks at: authorities that signed each other many times over are no way to stop us.
const MAX_SIGNATURES = 100;

class ChainSearch {
  readonly #sent: readonly X509Certificate[];
  readonly #authorities: Authorities;
  readonly #now: number;
  #signatures = 0;
  #last: number | undefined;

  constructor(sent: readonly X509Certificate[], authorities: Authorities, now: number) {
    this.#sent = sent;
    this.#authorities = authorities;
    this.#now = now;
  }

  /** In milliseconds since the epoch. */
  last(): number | undefined {
    const [leaf, ...others] = this.#sent;
    if (!leaf || !this.#isValid(leaf)) return undefined;
    const isTrusted = this.#authorities
      .named(leaf.subject)
      .some((authority) => authority.raw.equals(leaf.raw));
    if (isTrusted) return expiryOf(leaf);
    const intermediates = others.filter((other) => other.ca && this.#isValid(other));
    this.#extend([leaf], expiryOf(leaf), intermediates);
    return this.#last;
  }

  #extend(
    chain: readonly X509Certificate[],
    expiry: number,
    intermediates: readonly X509Certificate[],
  ): void {
    const end = chain.at(-1);
    if (!end) return;
    for (const authority of this.#authorities.named(end.issuer)) {
      const reached = Math.min(expiry, expiryOf(authority));
      if (!this.#isBetter(reached) || !this.#isValid(authority)) continue;
      if (this.#issued(authority, chain)) this.#last = reached;
    }
    for (const issuer of intermediates) {
      const reached = Math.min(expiry, expiryOf(issuer));
      if (!this.#isBetter(reached) || issuer.subject !== end.issuer) continue;
      if (this.#issued(issuer, chain)) this.#extend([...chain, issuer], reached, intermediates);
    }
  }

  #isBetter(expiry: number): boolean {
    return this.#last === undefined || expiry > this.#last;
  }

  #isValid(certificate: X509Certificate): boolean {
    return certificate.validFromDate.getTime() <= this.#now && this.#now <= expiryOf(certificate);
  }

  #issued(issuer: X509Certificate, chain: readonly X509Certificate[]): boolean {
    const end = chain.at(-1);
    // Under whatever certificate: a name and its key twice in a chain lead nowhere, or round in circles.
    if (!end || chain.some((passed) => isSameHolder(passed, issuer))) return false;
    if (this.#signatures === MAX_SIGNATURES || !end.checkIssued(issuer)) return false;
    this.#signatures++;
    return end.verify(issuer.publicKey);
  }
}

function expiryOf(certificate: X509Certificate): number {
  return certificate.validToDate.getTime();
}

function isSameHolder(one: X509Certificate, other: X509Certificate): boolean {
  return one.subject === other.subject && one.publicKey.equals(other.publicKey);
}
