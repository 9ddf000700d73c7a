import { createReadStream, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { errorCode, ProbeFailure, toFailure } from '../failure.ts';
import { joinCalls, unlessAborted } from './joined-calls.ts';

// A call into a filesystem whose server is gone, or the opening of a pipe, returns when it likes, and holds one of
// the few threads that all files and names are read with. However many probes ask, one thread waits.
const joinedRead = joinCalls<Buffer>();
const joinedStat = joinCalls<Stats>();

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
    return await unlessAborted(joinedRead(path, () => readWhole(path)).result, signal);
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
    const { result } = joinedStat(path, () => stat(path));
    const { mtimeMs, size, ino } = await unlessAborted(result, signal);
    return `${mtimeMs} ${size} ${ino}`;
  } catch (error) {
    throw fileFailure(option, path, error);
  }
}

const MAX_MEBIBYTES = 64;
const MAX_BYTES = MAX_MEBIBYTES * 1024 * 1024;

/** Nothing cancels this, so it has to end by itself, also where the file never does: a device. */
async function readWhole(path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  // `end` is the last byte to read: one more than allowed.
  for await (const chunk of createReadStream(path, { end: MAX_BYTES })) chunks.push(chunk);
  const content = Buffer.concat(chunks);
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
