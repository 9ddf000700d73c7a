import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { ConfigError } from '../problem.ts';
import { parseWebConfig, readWebText } from './load.ts';
import type { WebConfig } from './web-config.ts';

/** What a web configuration file says now. */
export interface WebState {
  /** The last one that could be used; the same object as long as it says the same. */
  readonly config: WebConfig;
  /** What is wrong with the file as it is now, so that nobody is to be served until it is mended. */
  readonly problem: string | undefined;
}

/** A web configuration file that is looked at again whenever somebody asks. */
export interface WebConfigReader {
  /** The state at the start. */
  readonly initial: WebConfig;
  /** Looks whether anything has changed; who asks while somebody else is looking gets the same answer. */
  readonly current: () => Promise<WebState>;
}

/** Is told what happens to the file, once for each change. */
export interface WebConfigListener {
  /** Another configuration is in force. */
  readonly changed: (config: WebConfig) => void;
  /** What is wrong. The old one stays in force; with `isServing`, requests are answered all the same. */
  readonly refused: (problems: string, isServing: boolean) => void;
}

/**
 * How long who asks waits for the file system. After that they get what was known before: one that hangs is to hold one
 * thread, not every request.
 */
const PATIENCE_MS = 3000;

/**
 * Reads a web configuration file, and again whenever it, or a certificate it names, has changed.
 *
 * A file with a mistake is told to all who ask until it is mended, as in exporter-toolkit. Certificates that change by
 * themselves are another matter: two files are never replaced at the same moment, so those in force stay until the new
 * ones can be used.
 *
 * @param pause waits; for tests that decide how long.
 * @throws {ConfigError} with every problem of the first reading.
 */
export async function openWebConfig(
  file: string,
  listener: WebConfigListener,
  pause: () => Promise<void> = () => delay(STEP_MS),
): Promise<WebConfigReader> {
  let good = await read(file, Date.now(), await readWebText(file));
  let seen: Content = good.text;
  let state: WebState = { config: good.config, problem: undefined };
  let reported: string | undefined;
  const initial = good.config;

  const accept = (next: Reading) => {
    const isSame = isDeepStrictEqual(next.config, good.config);
    good = isSame ? { ...next, config: good.config } : next;
    state = { config: good.config, problem: undefined };
    reported = undefined;
    if (!isSame) listener.changed(good.config);
  };
  const refuse = (problems: string, isServing: boolean) => {
    state = { config: good.config, problem: isServing ? undefined : problems };
    if (problems !== reported) listener.refused(problems, isServing);
    reported = problems;
  };
  const look = async () => {
    const isKnown = reported === undefined && good.isSettled;
    if (isKnown && (await versionsOf(good.files)).version === good.version) return;
    const startedAt = Date.now();
    const content = await readAtRest(file, seen, pause);
    seen = content;
    try {
      if (content instanceof ConfigError) throw content;
      accept(await read(file, startedAt, content));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      refuse(error.message, content === good.text);
    }
  };
  let looking: Promise<void> | undefined;
  return {
    initial,
    current: async () => {
      looking ??= within(
        PATIENCE_MS,
        look().finally(() => {
          looking = undefined;
        }),
      );
      await looking;
      return state;
    },
  };
}

interface Reading {
  readonly text: string;
  readonly config: WebConfig;
  readonly files: readonly string[];
  readonly version: string;
  /** Whether a later change is sure to show in `version`. */
  readonly isSettled: boolean;
}

/** File systems count time in steps of up to some hundredths of a second: a second change within one shows nowhere. */
const STEP_MS = 100;

async function read(file: string, startedAt: number, text: string): Promise<Reading> {
  const config = await parseWebConfig(file, text);
  const files = [file, ...config.files];
  const { version, changedAt } = await versionsOf(files);
  return { text, config, files, version, isSettled: changedAt < startedAt - STEP_MS };
}

/** Text, or why there is none. */
type Content = string | ConfigError;

/** More often nobody goes on writing. */
const MAX_LOOKS = 5;

/**
 * Reads what stands in a file when nobody is in the middle of writing it: of a file of users, the first half, or
 * nothing yet, would let everybody in.
 *
 * @param known what stood there before, which is not waited for.
 */
async function readAtRest(
  file: string,
  known: Content,
  pause: () => Promise<void>,
): Promise<Content> {
  let content = await tryToRead(file);
  for (let looks = 0; looks < MAX_LOOKS && String(content) !== String(known); looks++) {
    await pause();
    const next = await tryToRead(file);
    if (String(next) === String(content)) return next;
    content = next;
  }
  return content;
}

async function tryToRead(file: string): Promise<Content> {
  try {
    return await readWebText(file);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

/** What differs when one of the files does, and when the last of them changed, in milliseconds since 1970. */
async function versionsOf(
  files: readonly string[],
): Promise<{ version: string; changedAt: number }> {
  const found = await Promise.all(
    files.map((file) => stat(file, { bigint: true }).catch(() => undefined)),
  );
  const version = found
    .map((one) => one && [one.dev, one.ino, one.size, one.mtimeNs, one.ctimeNs].join())
    .join(' ');
  // One that is not there now was there when it was read.
  const times = found.map((one) => (one ? Number(one.ctimeMs) : Number.POSITIVE_INFINITY));
  return { version, changedAt: Math.max(...times) };
}

async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  try {
    await Promise.race([work, patience]);
  } finally {
    clearTimeout(timer);
  }
}
