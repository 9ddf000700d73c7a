import { errorCode, ProbeFailure } from '../failure.ts';
import { runProgram } from '../shared/child-process.ts';
import { type PingReply, type PingRequest, parsePing, pingFailure } from './ping-output.ts';

/** Sends one echo request and waits for its answer. */
export type Ping = (request: PingRequest, signal: AbortSignal) => Promise<PingReply>;

// Where distributions have it; on NixOS only the wrapper has the right to open its socket.
const SEARCH_PATH =
  '/run/wrappers/bin:/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin';
const MAX_OUTPUT_BYTES = 64 * 1024;

/**
 * Pings by the system's own `ping`, which has the right to: one child for each request, killed when the signal fires.
 * Each child has its own ICMP identifier, so that answers are never mixed up.
 *
 * @param searchPath the directories to look for it in.
 * @throws {ProbeFailure} `unreachable`, `permission`, `protocol`, and `unsupported` where there is no ping.
 */
export function createPing(searchPath = SEARCH_PATH): Ping {
  return async (request, signal) => {
    const { stdout, stderr, code } = await spawnPing(request, searchPath, signal);
    const reply = parsePing(stdout, request.address);
    if (reply && code === 0) return reply;
    throw pingFailure({ stdout, stderr, code }, request);
  };
}

async function spawnPing(request: PingRequest, searchPath: string, signal: AbortSignal) {
  try {
    const output = await runProgram('ping', pingArguments(request), {
      signal,
      maxOutputBytes: MAX_OUTPUT_BYTES,
      cwd: '/',
      env: { PATH: searchPath, LC_ALL: 'C' },
    });
    return { ...output, code: 0 };
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout: string; stderr: string };
    if (typeof code === 'number') return { stdout, stderr, code };
    throw spawnFailure(error);
  }
}

// Older versions refuse to wait longer.
const MAX_WAIT_SECONDS = 2000;

/** Only numbers and addresses come in, so that nothing can be taken for an option. */
function pingArguments(request: PingRequest): string[] {
  const { address, sourceIp, payloadBytes, dontFragment, ttl, timeoutSeconds } = request;
  // Longer than anybody waits: it is for the signal to end it, and for itself only where nobody is left to.
  const waitSeconds = Math.min(Math.ceil(timeoutSeconds) + 1, MAX_WAIT_SECONDS);
  return [
    address.family === 4 ? '-4' : '-6',
    ...['-n', '-c', '1', '-W', String(waitSeconds), '-s', String(payloadBytes)],
    ...(ttl > 0 ? ['-t', String(ttl)] : []),
    ...(sourceIp ? ['-I', sourceIp] : []),
    ...(dontFragment && address.family === 4 ? ['-M', 'do'] : []),
    ...['--', address.ip],
  ];
}

function spawnFailure(error: unknown): unknown {
  switch (errorCode(error)) {
    case 'ENOENT':
      return new ProbeFailure('unsupported', 'there is no program "ping" on this host', {
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
      return new ProbeFailure('permission', 'the exporter may not run the program "ping"', {
        cause: error,
      });
    case 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER':
      return new ProbeFailure('internal', 'ping printed more than it should', { cause: error });
    default:
      return error;
  }
}
