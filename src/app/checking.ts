import type { Check, CheckView, Config } from '../config/check.ts';
import { createEngine, SILENT_LISTENER } from '../engine/engine.ts';
import { createLogger } from '../lib/logger.ts';
import { unlessAborted } from '../lib/unless-aborted.ts';
import type { ProbeOutcome } from '../probers/contract.ts';
import { type ConfigPlace, createReload, readConfig, watchedFile } from './configuration.ts';

/** The checks of a configuration, run whenever somebody asks and served to nobody. */
export interface Checking {
  /** Those of the configuration in force that were chosen. */
  readonly checks: () => readonly Check[];
  /** Runs them all, without a deadline. What is not done when `lastCall` fires is skipped. */
  readonly run: (lastCall: AbortSignal) => Promise<readonly CheckView[]>;
}

/** What {@link startChecking} goes by. */
export interface CheckingOptions extends ConfigPlace {
  /** Keeps those checks that are wanted. What it throws refuses the configuration. */
  readonly choose: (config: Config) => Config;
  /** Is told of each run of a check as soon as it ends. */
  readonly executed: (check: Check, outcome: ProbeOutcome) => void;
  /** Is told, in a sentence, of what is no fault of a target. */
  readonly troubled: (problem: string) => void;
  /** Ends the waiting for a file that hangs. */
  readonly signal: AbortSignal;
}

/**
 * Reads a configuration and makes what runs its checks.
 *
 * @throws {ConfigError} with every problem found; the reason of `signal` where that fires before the file is read.
 */
export async function startChecking(options: CheckingOptions): Promise<Checking> {
  const { engine } = await startEngine(options);
  return runnerOf(engine);
}

/** {@link startChecking}, with what to do about changes of the file while it goes on. */
export interface ReloadingOptions extends CheckingOptions {
  /** How often to look whether the file has changed. */
  readonly autoReloadSeconds: number;
  /** Is told what is wrong with a changed file, `undefined` when nothing is any more. */
  readonly refused: (problems: string | undefined) => void;
}

/**
 * As {@link startChecking}, and takes a changed file from its next run on. One that is refused changes nothing.
 *
 * @returns also what ends the looking at the file.
 */
export async function startReloadingChecking(
  options: ReloadingOptions,
): Promise<Checking & { readonly stop: () => void }> {
  // Before the file is read: a change in between is seen as one.
  const beginWatching = await unlessAborted(watchedFile(options), options.signal);
  const { engine, choose } = await startEngine(options);
  const reload = createReload({
    ...options,
    logger: SILENT_LOGGER,
    apply: (next) => engine.configure(choose(next)),
    refused: () => {},
  });
  const stop = beginWatching?.(async () => options.refused(await reload())) ?? (() => {});
  return { ...runnerOf(engine), stop };
}

const SILENT_LOGGER = createLogger({ level: 'error', format: 'logfmt' }, () => {});

async function startEngine(options: CheckingOptions) {
  const { choose, executed, troubled, signal } = options;
  const config = choose(await unlessAborted(readConfig(options), signal));
  const engine = createEngine(config, {
    ...SILENT_LISTENER,
    executed,
    troubled: (error) => troubled(error instanceof Error ? error.message : String(error)),
  });
  return { engine, choose };
}

function runnerOf(engine: ReturnType<typeof createEngine>): Checking {
  const deadline = { timeoutCapSeconds: Infinity, endSeconds: Infinity };
  return {
    checks: () => engine.config().checks,
    // Nobody leaves: whoever interrupts still wants to know what was found out so far.
    run: async (lastCall) => (await engine.scrape({ deadline, signal: NEVER, lastCall })) ?? [],
  };
}

const NEVER = new AbortController().signal;
