import { Turns } from '../lib/turns.ts';
import { unlessAborted } from '../lib/unless-aborted.ts';
import type { Config } from './check.ts';
import { defaultConfig, type OwnEndpoint } from './default-config.ts';
import type { Environment } from './expansion.ts';
import { parseConfig } from './parse.ts';
import { ConfigError } from './problem.ts';
import { readText } from './text-file.ts';

/**
 * Reads and validates a configuration file.
 *
 * @param environment what `${NAME}` in its values stands for; absent: for itself.
 * @throws {ConfigError} with every problem found.
 */
export async function loadConfig(file: string, environment?: Environment): Promise<Config> {
  return parseConfig({ file, text: await readText(file) }, environment);
}

/** How long a reload waits for the file. What holds an old configuration in force has to be said soon. */
const RELOAD_SECONDS = 5;
/** Less, so that its own end is what is said, and nothing is held any longer. */
const PIPE_SECONDS = 4;
// A read that hangs holds a thread: not more than these, however often a reload is asked for. Not one only: the file
// may be another one by now.
const reloads = new Turns(2);

/**
 * Reads and validates a configuration file again, for a process that has others waiting: a file that hangs is given up.
 *
 * @param environment as of {@link loadConfig}.
 * @throws {ConfigError} with every problem found.
 */
export async function reloadConfig(file: string, environment?: Environment): Promise<Config> {
  const signal = AbortSignal.timeout(RELOAD_SECONDS * 1000);
  try {
    const text = await unlessAborted(
      reloads.run(() => readText(file, PIPE_SECONDS), { signal }),
      signal,
    );
    return parseConfig({ file, text }, environment);
  } catch (error) {
    if (error !== signal.reason) throw error;
    const message = `cannot be read: its filesystem has not answered for ${RELOAD_SECONDS} seconds`;
    throw new ConfigError({ file, text: '' }, [{ offset: undefined, message }]);
  }
}

/** The configuration that applies where no file is given; see {@link defaultConfig}. */
export function embeddedConfig(own?: OwnEndpoint): Config {
  return parseConfig({ file: 'embedded default', text: defaultConfig(own) });
}
