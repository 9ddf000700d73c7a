import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { readStart } from '../../lib/read-start.ts';
import { errorCode, ProbeFailure, toFailure } from '../failure.ts';
import { inTurn } from './held-up.ts';
import { joinCalls } from './joined-calls.ts';
import { threads } from './threads.ts';

// A call into a filesystem whose server is gone, or the opening of a pipe, returns when it likes, and holds one of
// the few threads that all files and names are read with. However many probes ask, one thread waits for a file.
const joinedRead = joinCalls<Buffer>((path, signal) =>
  inTurn(threads.files, () => readWhole(path), { signal }),
);
const joinedStat = joinCalls<Stats>((path, signal) =>
  inTurn(threads.files, () => stat(path), { signal }),
);

/**
 * Reads a file an option points at. Who asks while it is being read gets the same bytes: do not change them.
 *
 * @param option names the option for the message.
 * @throws {ProbeFailure} `not_found` or `permission`, naming the option and the file.
 */
export async function readOptionFile(
  option: string,
  path: string,
  signal: AbortSignal,
): Promise<Buffer> {
  try {
    return await joinedRead(path, signal);
  } catch (error) {
    throw fileFailure(option, path, error);
  }
}

/** Reads a secret from a file, without the white space around it, as Prometheus does. */
export async function readSecretFile(
  option: string,
  path: string,
  signal: AbortSignal,
): Promise<string> {
  return (await readOptionFile(option, path, signal)).toString().trim();
}

/** What changes when the file does. */
export async function fileVersion(
  option: string,
  path: string,
  signal: AbortSignal,
): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await joinedStat(path, signal);
    return `${mtimeMs} ${size} ${ino}`;
  } catch (error) {
    throw fileFailure(option, path, error);
  }
}

/**
 * Waits until the filesystem of a path answers at all, whatever it says of it. To be awaited before a call that Node.js
 * makes in the event loop's own thread, such as to connect to a socket's path, which would hang the whole process.
 *
 * @throws the signal's reason where it fires before.
 */
export async function untilReachable(path: string, signal: AbortSignal): Promise<void> {
  await joinedStat(path, signal).catch(() => signal.throwIfAborted());
}

const MAX_MEBIBYTES = 64;
const MAX_BYTES = MAX_MEBIBYTES * 1024 * 1024;

/** Nothing cancels this, so it has to end by itself, also where the file never does: a device. */
async function readWhole(path: string): Promise<Buffer> {
  const content = await readStart(path, MAX_BYTES);
  if (content.length > MAX_BYTES) {
    throw Object.assign(new Error('the file is too large'), { code: 'EFBIG' });
  }
  return content;
}

const SENTENCES: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EISDIR: 'is a directory',
  EFBIG: `is larger than ${MAX_MEBIBYTES} MiB`,
  EACCES: 'may not be read',
  EPERM: 'may not be read',
};

function fileFailure(option: string, path: string, error: unknown): ProbeFailure {
  const code = errorCode(error);
  const reason = code === 'EISDIR' ? 'not_found' : toFailure(error).reason;
  const what = SENTENCES[code] ?? `cannot be read: ${code || 'unknown error'}`;
  return new ProbeFailure(reason, `${option} "${path}" ${what}`, { cause: error });
}
