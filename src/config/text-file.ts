import { isUtf8 } from 'node:buffer';
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { PipeTimeout, readPipe } from '../lib/read-pipe.ts';
import { readStart } from '../lib/read-start.ts';
import { ConfigError, type Source } from './problem.ts';

const MEBIBYTE = 1024 * 1024;
/** Room for as many checks as there may be: 100,000 with five lines each take about 20 MB. */
const MAX_FILE_BYTES = 32 * MEBIBYTE;

/** How long who starts the program may take to write to a pipe: what decrypts a file may have to ask somebody first. */
const PIPE_SECONDS = 30;

/**
 * Reads the text of a configuration file.
 *
 * @param pipeSeconds how long a pipe is waited for.
 * @throws {ConfigError} where there is no such file, it is too large or no text, and where a pipe does not end.
 */
export async function readText(file: string, pipeSeconds = PIPE_SECONDS): Promise<string> {
  const source: Source = { file, text: '' };
  const refuse = (message: string) => new ConfigError(source, [{ offset: undefined, message }]);
  let bytes: Buffer;
  try {
    const found = await stat(file);
    const unusable = unusableFile(found);
    if (unusable) throw refuse(unusable);
    if (found.size > MAX_FILE_BYTES)
      throw tooLarge(file, await readStart(file, MAX_FILE_BYTES), found.size);
    bytes = await readContent(file, found, pipeSeconds);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    if (error instanceof PipeTimeout) throw refuse(unendedPipe(error, pipeSeconds));
    throw refuse(cannotRead(error));
  }
  // What a pipe holds is known only now, and only as far as it was read.
  if (bytes.length > MAX_FILE_BYTES) throw tooLarge(file, bytes, undefined);
  if (isUtf8(bytes) && !bytes.includes(0)) return decode(bytes);
  throw notText(file, bytes);
}

/** A pipe is fine (`--config.file=/dev/stdin`), a device may never end. */
function unusableFile(found: Stats): string | undefined {
  if (found.isDirectory()) return 'is a directory, a file is expected';
  return found.isFile() || found.isFIFO() ? undefined : 'is no regular file';
}

/**
 * Reads what a file holds, whatever that is: as much as may be read, and a byte more where there is more.
 *
 * @returns `undefined` for what is no file, and may never end.
 * @throws the error of the file system.
 */
export async function readBytes(file: string): Promise<Buffer | undefined> {
  const found = await stat(file);
  return unusableFile(found) === undefined ? readContent(file, found, PIPE_SECONDS) : undefined;
}

/** A pipe without a writer would hold the thread that opens it for ever. */
function readContent(file: string, found: Stats, pipeSeconds: number): Promise<Buffer> {
  return found.isFIFO()
    ? readPipe(file, MAX_FILE_BYTES, pipeSeconds)
    : readStart(file, MAX_FILE_BYTES);
}

function unendedPipe({ hasBegun }: PipeTimeout, seconds: number): string {
  return hasBegun
    ? `is a pipe that has not ended within ${seconds} seconds: whoever writes to it has to close it`
    : `is a pipe that nobody has written to for ${seconds} seconds, a file is expected, or a pipe with a writer`;
}

/** Points at where reading ends. Nothing of the file is shown: what its middle is about is not known. */
function tooLarge(file: string, start: Buffer, size: number | undefined): ConfigError {
  const whole = size === undefined ? 'larger' : `${(size / MEBIBYTE).toFixed(1)} MiB large`;
  const message = `the file is ${whole}, at most ${MAX_FILE_BYTES / MEBIBYTE} MiB are read`;
  const lineBreaks = countLineBreaks(start.subarray(0, MAX_FILE_BYTES));
  const text = '\n'.repeat(lineBreaks);
  return new ConfigError({ file, text }, [{ offset: text.length, message }]);
}

function countLineBreaks(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) count++;
  return count;
}

/** Points at the first byte that is no text, and shows nothing of its line. */
function notText(file: string, bytes: Buffer): ConfigError {
  const isUtf16 = ['fffe', 'feff'].includes(bytes.toString('hex', 0, 2));
  if (isUtf16) {
    const message = 'is UTF-16 text, save it as UTF-8';
    return new ConfigError({ file, text: '' }, [{ offset: 0, message }]);
  }
  const end = textEnd(bytes);
  const lines = countLineBreaks(bytes.subarray(0, end));
  const lastLine = decode(bytes.subarray(bytes.lastIndexOf(0x0a, end - 1) + 1, end));
  const text = '\n'.repeat(lines) + ' '.repeat(lastLine.length);
  const byte = (bytes[end] ?? 0).toString(16).padStart(2, '0');
  const message = `the byte ${byte} (hexadecimal) here is no UTF-8 text, a YAML file is expected`;
  return new ConfigError({ file, text }, [{ offset: text.length, message }]);
}

/** Where the first byte stands that is no text. */
function textEnd(bytes: Buffer): number {
  const zero = bytes.indexOf(0);
  let good = 0;
  let bad = (zero === -1 ? bytes.length : zero) + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    if (completeText(bytes.subarray(0, middle)) === undefined) bad = middle;
    else good = middle;
  }
  return Buffer.byteLength(completeText(bytes.subarray(0, good)) ?? '');
}

/** Text as far as its last whole character; `undefined` where it is none. */
function completeText(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, {
      stream: true,
    });
  } catch {
    return undefined;
  }
}

function decode(bytes: Buffer): string {
  return new TextDecoder('utf-8').decode(bytes);
}

const READ_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  ELOOP: 'its symbolic links go in circles',
  ENAMETOOLONG: 'its name is too long',
  ENOTDIR: 'a part of its path is no directory',
};

function cannotRead(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return `cannot be read: ${READ_ERRORS[code] ?? (error instanceof Error ? error.message : String(error))}`;
}
