import { readFile, stat } from 'node:fs/promises';
import { errorCode, ProbeFailure, toFailure } from '../failure.ts';

/**
 * Reads a file an option points at.
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
    return await readFile(path, { signal });
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
export async function fileVersion(option: string, path: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch (error) {
    throw fileFailure(option, path, error);
  }
}

const SENTENCES: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EISDIR: 'is a directory',
  EACCES: 'may not be read',
  EPERM: 'may not be read',
};

function fileFailure(option: string, path: string, error: unknown): ProbeFailure {
  const code = errorCode(error);
  const reason = code === 'EISDIR' ? 'not_found' : toFailure(error).reason;
  const what = SENTENCES[code] ?? `cannot be read: ${code || 'unknown error'}`;
  return new ProbeFailure(reason, `${option} "${path}" ${what}`, { cause: error });
}
