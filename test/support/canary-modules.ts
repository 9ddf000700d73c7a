import { JWT_BEARER } from '../../src/probers/shared/oauth2.ts';
import { type Canary, inUrl, newCanary } from './canaries.ts';
import type { Identity } from './certificates.ts';
import { textOptions } from './secret-options.ts';

/** A module with one canary in it. */
export interface CanaryModule {
  readonly name: string;
  readonly prober: string;
  /** The place of the option. */
  readonly path: string;
  readonly canary: Canary;
  /** The whole text of the option: the canary is in it, or in the file that it names. */
  readonly value: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** What the options of a module point at. */
export interface Peers {
  readonly identity: Identity;
  /** A private RSA key, PEM. */
  readonly rsaKey: string;
  readonly tokenUrl: string;
  readonly proxyPort: number;
  /** Writes a file and says where it is. */
  readonly write: (name: string, text: string) => string;
}

/** A module for every option of every prober that is a secret, and for every one that names a file with a secret. */
export function canaryModules(peers: Peers): CanaryModule[] {
  const secrets = textOptions().filter(({ path, secret }) => secret || HOLDS_FILE.test(path));
  return secrets.map(({ prober, path }, index) => {
    const name = `m${index}`;
    const { canary, value } = HOLDS_FILE.test(path)
      ? inFile(path, name, peers)
      : inline(path, peers);
    const options = {};
    place(options, path.split('.'), value);
    for (const [pattern, companions] of COMPANIONS) {
      const holder = pattern.exec(`${prober}:${path}`)?.groups?.holder;
      if (holder !== undefined)
        addTo(options, holder.split('.').filter(Boolean), companions(peers));
    }
    return { name, prober, path, canary, value, options };
  });
}

const HOLDS_FILE =
  /(?:username|password|credentials|bearer_token|client_secret|client_certificate_key|(?<!certificate_)key|body)_file$|files\.\[\]$/;

/** What an option, by prober and place, needs beside it in the mapping `holder`. The first to say something counts. */
const COMPANIONS: readonly [RegExp, (peers: Peers) => Record<string, unknown>][] = [
  // Headers for the proxy are sent where it is asked for a tunnel.
  [
    /^\w+:(?<holder>(?:.*\.)?oauth2)\.proxy_connect_header/,
    ({ tokenUrl }) => ({ token_url: tokenUrl.replace('http:', 'https:') }),
  ],
  [
    /^\w+:(?<holder>(?:.*\.)?oauth2)\./,
    ({ tokenUrl }) => ({ client_id: 'me', token_url: tokenUrl }),
  ],
  [/^\w+:(?<holder>.*)\.client_certificate_key/, () => ({ grant_type: JWT_BEARER })],
  [/^\w+:(?<holder>(?:.*\.)?tls_config)\.key/, ({ identity }) => ({ cert: identity.cert })],
  [
    /^\w+:(?<holder>(?:.*?\.)?)proxy_connect_header/,
    ({ proxyPort }) => ({ proxy_url: `http://127.0.0.1:${proxyPort}` }),
  ],
  [/^(?:tcp|grpc|unix):(?<holder>)tls_config/, () => ({ tls: true })],
  [/^unix:(?<holder>tls_config)/, () => ({ server_name: 'localhost' })],
  [/^dns:(?<holder>)/, () => ({ query_name: 'a', transport_protocol: 'tcp', dns_over_tls: true })],
  [/^http:(?<holder>)body/, () => ({ method: 'POST' })],
];

function inline(path: string, peers: Peers): { canary: Canary; value: string } {
  if (/(?:^|\.)(?:key|client_certificate_key)$/.test(path)) {
    const pem = keyFor(path, peers);
    return { canary: newCanary(middleLine(pem)), value: pem };
  }
  const canary = newCanary();
  if (path.endsWith('token_url')) {
    const url = peers.tokenUrl.replace('://', `://me:${inUrl(canary)}@`);
    return { canary, value: `${url}?key=${inUrl(canary)}` };
  }
  if (path.endsWith('proxy_url')) {
    return { canary, value: `http://me:${inUrl(canary)}@127.0.0.1:${peers.proxyPort}` };
  }
  return { canary, value: canary.text };
}

function inFile(path: string, name: string, peers: Peers): { canary: Canary; value: string } {
  const isKey = path.endsWith('key_file');
  const text = isKey ? keyFor(path, peers) : undefined;
  const canary = newCanary(text && middleLine(text));
  return { canary, value: peers.write(name, text ?? canary.text) };
}

function keyFor(path: string, { identity, rsaKey }: Peers): string {
  return path.includes('client_certificate_key') ? rsaKey : identity.key;
}

/** PEM has lines of 64 characters of base64. */
function middleLine(pem: string): string {
  const lines = pem.split('\n').filter((line) => line !== '' && !line.startsWith('---'));
  return lines[Math.floor(lines.length / 2)]?.slice(0, 40) ?? '';
}

type Holder = Record<string, unknown>;

/** Puts a value at a place, with what has to be there for it to have one. */
function place(holder: Holder, [step = '', ...rest]: readonly string[], value: unknown): void {
  const key = step === '{}' ? 'X-Some' : step;
  const [next, ...behind] = rest;
  if (next === undefined) holder[key] = value;
  else if (next !== '[]') place(inner(holder, key), rest, value);
  else if (behind.length === 0) holder[key] = [value];
  else {
    const entry = {};
    place(entry, behind, value);
    holder[key] = [entry];
  }
}

function addTo(options: Holder, path: readonly string[], companions: Holder): void {
  let holder = options;
  for (const key of path) holder = inner(holder, key);
  for (const [key, value] of Object.entries(companions)) holder[key] ??= value;
}

function inner(holder: Holder, key: string): Holder {
  holder[key] ??= {};
  return holder[key] as Holder;
}
