import type { Config } from '../config/check.ts';
import { embeddedConfig, loadConfig, reloadConfig } from '../config/load.ts';
import { fingerprint, watchFile } from '../config/watch.ts';
import { loadWebConfig } from '../config/web/load.ts';
import type { Logger } from '../lib/logger.ts';
import { oneAfterAnother } from '../lib/one-after-another.ts';
import { environmentFor } from './environment.ts';

/** Which configuration to read. */
export interface ConfigPlace {
  /** Absent: the embedded default. */
  readonly configFile: string | undefined;
  /** Whether `${NAME}` in the file stands for a variable of the environment. */
  readonly expandEnv: boolean;
}

/**
 * Reads a configuration.
 *
 * @throws {ConfigError} with every problem found.
 */
export async function readConfig({ configFile, expandEnv }: ConfigPlace): Promise<Config> {
  if (configFile === undefined) return embeddedConfig();
  return loadConfig(configFile, environmentFor({ expandEnv }));
}

/** Reads a file where one is named. */
export async function readIfGiven<T>(
  file: string | undefined,
  read: (file: string) => Promise<T>,
): Promise<T | undefined> {
  return file === undefined ? undefined : read(file);
}

/**
 * Reads a configuration and starts nothing.
 *
 * @returns a line that says what it holds.
 * @throws {ConfigError} with every problem found.
 */
export async function validateConfig(place: ConfigPlace): Promise<string> {
  const { checks, modules } = await readConfig(place);
  const name = place.configFile ?? 'embedded default';
  const ofModules = `${count(modules.size, 'module')} with the built-in ones`;
  return `${name}: valid, ${count(checks.length, 'check')}, ${ofModules}`;
}

/** The same for a web configuration: TLS, users, headers, rate limit. */
export async function validateWebConfig(file: string): Promise<string> {
  const { tls, users } = await loadWebConfig(file);
  return `${file}: valid, TLS ${tls ? 'on' : 'off'}, ${count(users.size, 'user')}`;
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}

interface Reloading extends ConfigPlace {
  readonly logger: Logger;
  /** Puts a configuration in force. */
  readonly apply: (config: Config) => void;
  /** Is told that a configuration was refused. */
  readonly refused: () => void;
}

/**
 * Loads the configuration again. Loads are done one after another, the last one asked for is the one in force.
 *
 * @returns what does so; it resolves to the problems found, and then the old configuration stays in force.
 */
export function createReload(reloading: Reloading): () => Promise<string | undefined> {
  const { configFile, logger, apply, refused } = reloading;
  const load = async () => {
    if (configFile === undefined) return undefined;
    try {
      const config = await reloadConfig(configFile, environmentFor(reloading));
      apply(config);
      logger.info('configuration loaded', { config: configFile, checks: config.checks.length });
      return undefined;
    } catch (error) {
      refused();
      const problems = error instanceof Error ? error.message : String(error);
      logger.error('configuration refused, the old one stays in force', { problems });
      return problems;
    }
  };
  return oneAfterAnother(load);
}

/** What begins to watch the file, from the content that it has now; `undefined` where nobody wants it watched. */
export async function watchedFile({
  configFile,
  autoReloadSeconds,
}: Pick<ConfigPlace, 'configFile'> & {
  readonly autoReloadSeconds: number | undefined;
}): Promise<((reload: () => Promise<unknown>) => () => void) | undefined> {
  if (configFile === undefined || autoReloadSeconds === undefined) return undefined;
  const known = await fingerprint(configFile);
  return (reload) =>
    watchFile(configFile, { known, intervalSeconds: autoReloadSeconds, changed: reload });
}
