import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { endianness } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { readStart } from '../../lib/read-start.ts';
import { type HostRoots, readProc } from '../../probers/shared/host.ts';

/** A TCP socket that waits for connections. */
export interface Listener {
  /** As in `127.0.0.1`, `0.0.0.0`, `::`; never an IPv4 address written as IPv6. */
  readonly address: string;
  readonly port: number;
  /** What the program calls itself; absent where this user may not know. */
  readonly program: string | undefined;
}

/** Those that listen come first in the kernel's tables. */
const MAX_TABLE_BYTES = 4 * 1024 * 1024;

/**
 * Reads who listens on this host, from the kernel's own tables: nobody is connected to.
 *
 * @throws {ProbeFailure} `unsupported` where there are no such tables.
 */
export async function listListeners(roots: HostRoots, signal: AbortSignal): Promise<Listener[]> {
  // First, as its error says more.
  await readProc(roots, 'self/stat', signal);
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readTable(join(roots.proc, 'self/net', name))),
  );
  const sockets = tables.flatMap(parseTable);
  const programs = await programsOf(new Set(sockets.map(({ inode }) => inode)), roots, signal);
  return sockets.map(({ address, port, inode }) => ({
    address,
    port,
    program: programs.get(inode),
  }));
}

/** A kernel without IPv6 has no table of it. */
async function readTable(path: string): Promise<string> {
  return readStart(path, MAX_TABLE_BYTES).then(String, () => '');
}

interface ListeningSocket {
  readonly address: string;
  readonly port: number;
  readonly inode: string;
}

const LISTENING = '0A';

/** Reads `/proc/net/tcp` or `tcp6`; the format is described in proc_net_tcp.txt of the kernel's documentation. */
export function parseTable(text: string): ListeningSocket[] {
  return text.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
    const [, address, port] = /^([\dA-F]{8}|[\dA-F]{32}):([\dA-F]{4})$/.exec(local) ?? [];
    if (state !== LISTENING || address === undefined || port === undefined) return [];
    return { address: readAddress(address), port: Number.parseInt(port, 16), inode };
  });
}

/** The kernel prints words of 32 bits, each in the order of this machine. */
function readAddress(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => {
    const inOrder = [...Buffer.from(word, 'hex')];
    return endianness() === 'LE' ? inOrder.reverse() : inOrder;
  });
  if (bytes.length === IPV4_BYTES) return bytes.join('.');
  const isMapped = Buffer.from(bytes).toString('hex').startsWith(MAPPED);
  return isMapped ? bytes.slice(-IPV4_BYTES).join('.') : shortIpv6(bytes);
}

const IPV4_BYTES = 4;
const MAPPED = '00000000000000000000ffff';

function shortIpv6(bytes: readonly number[]): string {
  const groups = Buffer.from(bytes).toString('hex').match(/.{4}/g) ?? [];
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}

/** Finds who holds the sockets, as far as this user may look and the time goes. Output: by the inode. */
async function programsOf(
  inodes: ReadonlySet<string>,
  { proc }: HostRoots,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const programs = new Map<string, string>();
  for (const pid of processes(proc)) {
    if (signal.aborted || programs.size === inodes.size) break;
    // Or the signal would never fire.
    await setImmediate();
    const held = socketsOf(join(proc, pid)).filter((one) => inodes.has(one) && !programs.has(one));
    const name = held.length > 0 ? nameOf(join(proc, pid)) : undefined;
    if (name) for (const inode of held) programs.set(inode, name);
  }
  return programs;
}

/** The first process last: it holds the sockets that it passes to others. */
function processes(proc: string): string[] {
  const pids = orNothing(() => readdirSync(proc)).filter((name) => /^\d+$/.test(name));
  return pids.sort((a, b) => Number(a === '1') - Number(b === '1') || Number(a) - Number(b));
}

function socketsOf(directory: string): string[] {
  return orNothing(() => readdirSync(join(directory, 'fd'))).flatMap((fd) =>
    orNothing(() => {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(join(directory, 'fd', fd)))?.[1];
      return inode === undefined ? [] : [inode];
    }),
  );
}

function nameOf(directory: string): string | undefined {
  const [name] = orNothing(() => [readFileSync(join(directory, 'comm'), 'utf8').trim()]);
  // Newer Node.js names its first thread, and thereby the process.
  return name?.replace(/-MainThread$/, '');
}

/** Processes end while they are looked at, and others may not be looked at. */
function orNothing(read: () => string[]): string[] {
  try {
    return read();
  } catch {
    return [];
  }
}
