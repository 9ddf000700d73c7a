import type { Check, CheckView, Config } from '../config/check.ts';
import { createEngine, SILENT_LISTENER } from '../engine/engine.ts';
import { createPasts, type Past } from '../history/past.ts';
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
  /** What its runs have found out of a check so far. */
  readonly pastOf: (check: Check) => Past | undefined;
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
  const { checking } = await start(options);
  return checking;
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
  const { checking, apply } = await start(options);
  const reload = createReload({
    ...options,
    logger: SILENT_LOGGER,
    apply,
    refused: () => {},
  });
  const stop = beginWatching?.(async () => options.refused(await reload())) ?? (() => {});
  return { ...checking, stop };
}

const SILENT_LOGGER = createLogger({ level: 'error', format: 'logfmt' }, () => {});

/** Also what puts another configuration in force. */
async function start(
  options: CheckingOptions,
): Promise<{ checking: Checking; apply: (config: Config) => void }> {
  const { choose, executed, troubled, signal } = options;
  const config = choose(await unlessAborted(readConfig(options), signal));
  const pasts = createPasts();
  const engine = createEngine(config, {
    ...SILENT_LISTENER,
    executed: (check, outcome) => {
      pasts.add(check, outcome);
      executed(check, outcome);
    },
    troubled: (error) => troubled(error instanceof Error ? error.message : String(error)),
  });
  const checking: Checking = {
    checks: () => engine.config().checks,
    // Nobody leaves: whoever interrupts still wants to know what was found out so far.
    run: async (lastCall) =>
      (await engine.scrape({ deadline: NO_DEADLINE, signal: NEVER, lastCall })) ?? [],
    pastOf: pasts.of,
  };
  const apply = (next: Config) => {
    const chosen = choose(next);
    engine.configure(chosen);
    pasts.retain(chosen.checks);
  };
  return { checking, apply };
}

const NO_DEADLINE = { timeoutCapSeconds: Infinity, endSeconds: Infinity };
const NEVER = new AbortController().signal;
