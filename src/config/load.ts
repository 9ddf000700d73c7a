import { isUtf8 } from 'node:buffer';
import type { Stats } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import type { Config } from './check.ts';
import { defaultConfig } from './default-config.ts';
import { parseConfig } from './parse.ts';
import { ConfigError, type Source } from './problem.ts';

const MEBIBYTE = 1024 * 1024;
/** Room for as many checks as there may be: 100,000 with five lines each take about 20 MB. */
const MAX_FILE_BYTES = 32 * MEBIBYTE;

/**
 * Reads and validates a configuration file.
 *
 * @throws {ConfigError} with every problem found.
 */
export async function loadConfig(file: string): Promise<Config> {
  return parseConfig({ file, text: await readText(file) });
}

/** The configuration that applies where no file is given; see {@link defaultConfig}. */
export function embeddedConfig(ownUrl?: string): Config {
  return parseConfig({ file: 'embedded default', text: defaultConfig(ownUrl) });
}

async function readText(file: string): Promise<string> {
  const source: Source = { file, text: '' };
  const refuse = (message: string) => new ConfigError(source, [{ offset: undefined, message }]);
  let bytes: Buffer;
  try {
    const found = await stat(file);
    const unusable = unusableFile(found);
    if (unusable) throw refuse(unusable);
    if (found.size > MAX_FILE_BYTES) throw tooLarge(file, await readStart(file), found.size);
    bytes = await readFile(file);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw refuse(cannotRead(error));
  }
  // What a pipe holds is known only now.
  if (bytes.length > MAX_FILE_BYTES) throw tooLarge(file, bytes, bytes.length);
  const text = decode(bytes);
  if (text === undefined) throw notText(file, bytes);
  return text;
}

/** A pipe is fine (`--config.file=/dev/stdin`), a device may never end. */
function unusableFile(found: Stats): string | undefined {
  if (found.isDirectory()) return 'is a directory, a file is expected';
  return found.isFile() || found.isFIFO() ? undefined : 'is no regular file';
}

async function readStart(file: string): Promise<Buffer> {
  await using handle = await open(file);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAX_FILE_BYTES));
  return buffer.subarray(0, bytesRead);
}

/** Points at where reading ends. Nothing of the file is shown: what its middle is about is not known. */
function tooLarge(file: string, start: Buffer, size: number): ConfigError {
  const whole = `${(size / MEBIBYTE).toFixed(1)} MiB`;
  const message = `the file is ${whole} large, at most ${MAX_FILE_BYTES / MEBIBYTE} MiB are read`;
  return at(file, countLineBreaks(start.subarray(0, MAX_FILE_BYTES)), 0, message);
}

function countLineBreaks(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) count++;
  return count;
}

/** Points at the first character that is none. Nothing of the file is shown: who knows what it is. */
function notText(file: string, bytes: Buffer): ConfigError {
  const isUtf16 = ['fffe', 'feff'].includes(bytes.toString('hex', 0, 2));
  if (isUtf16) return at(file, 0, 0, 'is UTF-16 text, save it as UTF-8');
  const { line, column } = firstOddPlace(bytes);
  return at(file, line, column, 'is not UTF-8 text, a YAML file is expected');
}

/** @param line and `column` count from 0. */
function at(file: string, line: number, column: number, message: string): ConfigError {
  const text = '\n'.repeat(line) + ' '.repeat(column);
  return new ConfigError({ file, text }, [{ offset: text.length, message }]);
}

/** Line by line: no character of UTF-8 has a line feed within. */
function firstOddPlace(bytes: Buffer): { line: number; column: number } {
  let start = 0;
  for (let line = 0; start < bytes.length; line++) {
    const feed = bytes.indexOf(0x0a, start);
    const end = feed === -1 ? bytes.length : feed;
    const content = bytes.subarray(start, end);
    if (!isText(content)) {
      return { line, column: Math.max(0, content.toString().search(/[\0\uFFFD]/)) };
    }
    start = end + 1;
  }
  return { line: 0, column: 0 };
}

function decode(bytes: Buffer): string | undefined {
  return isText(bytes) ? new TextDecoder('utf-8').decode(bytes) : undefined;
}

function isText(bytes: Buffer): boolean {
  return isUtf8(bytes) && !bytes.includes(0);
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
