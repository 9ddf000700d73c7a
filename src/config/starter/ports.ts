import { isIPv6 } from 'node:net';
import { HOST_ROOTS, type HostRoots, readIfPresent } from '../../probers/shared/host.ts';
import { type Listener, listListeners } from './listeners.ts';
import type { StarterModuleName } from './modules.ts';
import { listed, type Section, type Suggestion, whyNot } from './section.ts';

/** Where the exporter itself listens unless told otherwise. */
const OWN_PORT = 10_195;
/** A host with more has a list of them elsewhere. */
const MAX_PORTS = 40;

/** What listens on this host. Nobody is asked: what a port is for is known by its number only. */
export async function portsSection(
  signal: AbortSignal,
  roots: HostRoots = HOST_ROOTS,
): Promise<Section> {
  const section = {
    title: 'Ports',
    intro:
      'What listens for TCP connections now. A port that everybody knows is asked as its servers are asked; of the ' +
      'others it is enough that they accept a connection.',
  };
  try {
    const listeners = onePerServer(await listListeners(roots, signal));
    const firstPassing = await firstEphemeralPort(roots);
    const shown = listeners.slice(0, MAX_PORTS);
    const rest = listeners.slice(MAX_PORTS).map(({ port }) => String(port));
    return {
      ...section,
      suggestions: [
        ...shown.map((listener) => suggest(listener, firstPassing)),
        ...ownUnless(shown),
      ],
      remarks: [
        ...(rest.length > 0 ? [`Listening too: ${listed(rest, MAX_PORTS)}.`] : []),
        ...(shown.some(isUntold) ? ['Run as root, this tells also which programs listen.'] : []),
      ],
    };
  } catch (error) {
    return { ...section, suggestions: [], remarks: [whyNot(error)] };
  }
}

function isUntold({ program }: Listener): boolean {
  return program === undefined && process.getuid?.() !== 0;
}

/** The exporter's own endpoint, where it does not listen yet. */
function ownUnless(listeners: readonly Listener[]): Suggestion[] {
  if (listeners.some(({ port }) => port === OWN_PORT)) return [];
  const check = { name: 'Exporter', ...asked(KNOWN.get(OWN_PORT), `127.0.0.1:${OWN_PORT}`) };
  const note = 'The exporter itself, once it runs. Prometheus tells the same by "up".';
  return [{ check, note, isUncertain: true }];
}

/** A server that listens on several addresses is asked at one. */
function onePerServer(listeners: readonly Listener[]): Listener[] {
  const servers = new Map<string, Listener>();
  for (const listener of listeners) {
    const key = `${listener.port} ${listener.program ?? ''}`;
    const known = servers.get(key);
    if (!known || rank(listener) < rank(known)) servers.set(key, listener);
  }
  return [...servers.values()].sort((a, b) => a.port - b.port);
}

const NEAREST = ['0.0.0.0', '127.0.0.1', '::', '::1'];

/** How good an address is to ask at: the lower, the better. */
function rank({ address }: Listener): number {
  const place = NEAREST.indexOf(address);
  if (place >= 0) return place;
  return isLinkLocal(address) ? NEAREST.length + 1 : NEAREST.length;
}

function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/.test(address);
}

interface KnownServer {
  readonly name: string;
  /** Absent: it is enough that the connection is accepted. */
  readonly module?: StarterModuleName | 'ssh_banner';
  readonly scheme?: 'http' | 'https';
  readonly path?: string;
}

const HTTP = { name: 'HTTP', module: 'http_any_answer', scheme: 'http' } as const;
const HTTPS = { name: 'HTTPS', module: 'https_any_answer', scheme: 'https' } as const;
const SMTP = { name: 'SMTP', module: 'banner_220' } as const;

// Names as in the registry of IANA, and of servers whose ports are as well known.
const KNOWN: ReadonlyMap<number, KnownServer> = new Map<number, KnownServer>([
  [21, { name: 'FTP', module: 'banner_220' }],
  [22, { name: 'SSH', module: 'ssh_banner' }],
  [25, SMTP],
  [53, { name: 'DNS', module: 'dns_any_answer' }],
  [80, HTTP],
  [110, { name: 'POP3', module: 'pop3_banner' }],
  [111, { name: 'rpcbind' }],
  [143, { name: 'IMAP', module: 'imap_banner' }],
  [389, { name: 'LDAP' }],
  [443, HTTPS],
  [445, { name: 'SMB' }],
  [465, { name: 'SMTPS', module: 'smtps_banner' }],
  [587, SMTP],
  [631, { ...HTTP, name: 'IPP' }],
  [636, { name: 'LDAPS' }],
  [993, { name: 'IMAPS', module: 'imaps_banner' }],
  [995, { name: 'POP3S', module: 'pop3s_any_certificate' }],
  [2049, { name: 'NFS' }],
  [2379, { name: 'etcd' }],
  [3306, { name: 'MySQL' }],
  [5432, { name: 'PostgreSQL' }],
  [5672, { name: 'AMQP' }],
  [6379, { name: 'Redis', module: 'redis_ping' }],
  [8000, HTTP],
  [8080, HTTP],
  [8443, HTTPS],
  [9092, { name: 'Kafka' }],
  [OWN_PORT, { ...HTTP, name: 'Exporter', path: '/-/healthy' }],
  [11_211, { name: 'memcached', module: 'memcached_version' }],
  [27_017, { name: 'MongoDB' }],
]);

function suggest({ address, port, program }: Listener, firstPassing: number): Suggestion {
  const known = KNOWN.get(port);
  const { host, isHere } = reachedAt(address);
  const place = `${host}:${port}`;
  const what = known?.name ?? program;
  const name = isHere
    ? `${what === undefined ? 'Port' : `${what} on port`} ${port}`
    : `${what ?? 'Port'} on ${place}`;
  const check = { name, ...asked(known, place) };
  const aside = known && program ? { aside: program } : {};
  if (isLinkLocal(address)) {
    const note = 'Its address needs the network interface, as in "[fe80::1%eth0]:22".';
    return { check, ...aside, note, isUncertain: true };
  }
  if (known || port < firstPassing) return { check, ...aside };
  return { check, note: 'Perhaps of another number after the next start.', isUncertain: true };
}

function asked(known: KnownServer | undefined, place: string): Readonly<Record<string, unknown>> {
  if (!known?.module) return { target: place, prober: 'tcp' };
  const { module, scheme, path = '/' } = known;
  const target = scheme === undefined ? place : new URL(path, `${scheme}://${place}`).href;
  return { target, module };
}

/** Who listens everywhere is asked on this host. Output: the host as it stands before a port. */
function reachedAt(address: string): { host: string; isHere: boolean } {
  if (address === '0.0.0.0' || address === '127.0.0.1') return { host: '127.0.0.1', isHere: true };
  if (address === '::' || address === '::1') return { host: '[::1]', isHere: true };
  return { host: isIPv6(address) ? `[${address}]` : address, isHere: false };
}

/** Linux' own, where it does not tell. */
const USUAL_FIRST = 32_768;

/** From where on the kernel gives ports to those who ask for any. */
async function firstEphemeralPort({ proc }: HostRoots): Promise<number> {
  const range = await readIfPresent(`${proc}/sys/net/ipv4/ip_local_port_range`);
  return Number.parseInt(range ?? '', 10) || USUAL_FIRST;
}
