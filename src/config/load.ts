import type { Stats } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { Turns } from '../lib/turns.ts';
import { unlessAborted } from '../probers/shared/joined-calls.ts';
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

/** How long a reload waits for the file. What holds an old configuration in force has to be said soon. */
const RELOAD_SECONDS = 5;
// A read that hangs holds a thread: not more than these, however often a reload is asked for. Not one only: the file
// may be another one by now.
const reloads = new Turns(2);

/**
 * Reads and validates a configuration file again, for a process that has others waiting: a file that hangs is given up.
 *
 * @throws {ConfigError} with every problem found.
 */
export async function reloadConfig(file: string): Promise<Config> {
  const signal = AbortSignal.timeout(RELOAD_SECONDS * 1000);
  try {
    const text = await unlessAborted(
      reloads.run(() => readText(file), { signal }),
      signal,
    );
    return parseConfig({ file, text });
  } catch (error) {
    if (error !== signal.reason) throw error;
    const message = `cannot be read: its filesystem has not answered for ${RELOAD_SECONDS} seconds`;
    throw new ConfigError({ file, text: '' }, [{ offset: undefined, message }]);
  }
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
  if (text === undefined) throw refuse(notText(bytes));
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
  const lineBreaks = countLineBreaks(start.subarray(0, MAX_FILE_BYTES));
  const text = '\n'.repeat(lineBreaks);
  return new ConfigError({ file, text }, [{ offset: text.length, message }]);
}

function countLineBreaks(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) count++;
  return count;
}

function notText(bytes: Buffer): string {
  const isUtf16 = ['fffe', 'feff'].includes(bytes.toString('hex', 0, 2));
  return isUtf16
    ? 'is UTF-16 text, save it as UTF-8'
    : 'is not UTF-8 text, a YAML file is expected';
}

function decode(bytes: Buffer): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
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
