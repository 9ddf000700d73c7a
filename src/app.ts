import type { AddressInfo } from 'node:net';
import type { Check, CheckView, Config } from './config/check.ts';
import { embeddedConfig, loadConfig } from './config/load.ts';
import { watchFile } from './config/watch.ts';
import { createEngine, type Engine, SILENT_LISTENER } from './engine/engine.ts';
import {
  createHistory,
  type Executed,
  type History,
  type HistoryEntry,
} from './history/history.ts';
import { formatDuration } from './lib/duration.ts';
import type { LogFields, Logger } from './lib/logger.ts';
import { createMetrics, type Metrics } from './metrics/metrics.ts';
import type { ProbeOutcome } from './probers/contract.ts';
import { secureContext } from './probers/shared/tls-options.ts';
import { createApplication } from './web/application.ts';
import { type ListenAddress, type Listening, listen } from './web/server.ts';

// Before anything uses the pool: name lookups take at most half of its threads, file systems that hang the rest.
process.env.UV_THREADPOOL_SIZE ??= '32';

/** How long a shutdown waits for scrapes in flight. */
const GRACE_MS = 10_000;

/** What `serve` can be told. */
export interface ServeOptions {
  /** Absent: the embedded default. */
  readonly configFile: string | undefined;
  readonly listenAddresses: readonly ListenAddress[];
  readonly telemetryPath: string;
  /** Stands before every path: empty, or as in `/health`. */
  readonly routePrefix: string;
  /** How often to look whether the file has changed; absent: never. */
  readonly autoReloadSeconds: number | undefined;
  readonly timeoutOffsetSeconds: number;
  /** How many probes of `/probe` are kept to be looked at. */
  readonly historyLimit: number;
  readonly version: string;
  readonly logger: Logger;
  /** For the steps of each probe of `/probe`. */
  readonly probeLogger: Logger;
}

/** An exporter that is serving. */
export interface Exporter {
  readonly addresses: readonly AddressInfo[];
  /** Loads the configuration again. Resolves to the problems found; the old one then stays in force. */
  readonly reload: () => Promise<string | undefined>;
  /** Lets scrapes in flight end, then closes. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts the exporter: configuration first, so that a bad one starts nothing.
 *
 * @throws {ConfigError} every problem of the configuration; or the listen error.
 */
export async function startExporter(options: ServeOptions): Promise<Exporter> {
  const { configFile, logger } = options;
  const initial = await readConfig(configFile);
  const history = createHistory(options.historyLimit);
  const { engine, metrics } = createCore(initial, options, history);
  let stopping = false;

  const apply = (config: Config) => {
    engine.configure(config);
    metrics.configure(config);
    history.retain(config.checks);
    metrics.reloaded(true);
  };
  const reload = createReload(options, apply, metrics);
  const application = createApplication({
    ...options,
    engine,
    metrics,
    history,
    record: (executed) => recordProbe(executed, history, options),
    isReady: () => !stopping,
    reload,
  });
  const servers: Listening[] = [];
  const closeAll = () => Promise.all(servers.map((server) => server.stop(GRACE_MS)));
  try {
    for (const address of options.listenAddresses) servers.push(await listen(application, address));
  } catch (error) {
    await closeAll();
    throw error;
  }
  const addresses = servers.map(({ address }) => address);
  apply(
    configFile === undefined ? embeddedConfig(ownUrl(addresses[0], options.routePrefix)) : initial,
  );
  const { autoReloadSeconds } = options;
  const stopWatching =
    configFile !== undefined && autoReloadSeconds !== undefined
      ? watchFile(configFile, autoReloadSeconds, reload)
      : () => {};
  for (const { address, port } of addresses) {
    logger.info('listening', {
      address,
      port,
      checks: engine.config().checks.length,
      config: configFile ?? 'embedded default',
    });
  }
  // Reading whom to trust takes tens of milliseconds, once: no probe's handshake is to show them.
  void secureContext(undefined, new AbortController().signal);
  return {
    addresses,
    reload,
    stop: async () => {
      stopping = true;
      stopWatching();
      await closeAll();
    },
  };
}

/** Runs every check of a configuration once, without a deadline of its own. `undefined` where `signal` fired before. */
export async function checkOnce(
  configFile: string | undefined,
  signal: AbortSignal,
): Promise<readonly CheckView[] | undefined> {
  const config = await readConfig(configFile);
  const deadline = { timeoutCapSeconds: Infinity, endSeconds: Infinity };
  return createEngine(config, SILENT_LISTENER).scrape({ deadline, signal });
}

/**
 * Reads a configuration and starts nothing.
 *
 * @returns a sentence that says what it holds.
 * @throws {ConfigError} with every problem found.
 */
export async function validateConfig(configFile: string | undefined): Promise<string> {
  const { checks, modules } = await readConfig(configFile);
  return `${configFile ?? 'embedded default'}: valid, ${count(checks.length, 'check')}, ${count(modules.size, 'module')}`;
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}

/** Calls back on the signals a service is sent. Returns what undoes it. */
export function onSignals(
  handlers: Partial<Record<'SIGHUP' | 'SIGINT' | 'SIGTERM', () => void>>,
): () => void {
  const entries = Object.entries(handlers) as [NodeJS.Signals, () => void][];
  for (const [signal, handler] of entries) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of entries) process.off(signal, handler);
  };
}

/** Whether output may be coloured, as far as the environment says. See https://no-color.org. */
export function environmentAllowsColor(): boolean {
  return !process.env.NO_COLOR && process.env.TERM !== 'dumb';
}

async function readConfig(configFile: string | undefined): Promise<Config> {
  return configFile === undefined ? embeddedConfig() : loadConfig(configFile);
}

function createCore(
  config: Config,
  { logger, version }: ServeOptions,
  history: History,
): { engine: Engine; metrics: Metrics } {
  const metrics: Metrics = createMetrics(
    {
      version,
      probesInFlight: () => engine.inFlight(),
      concurrencyLimit: () => engine.config().concurrency,
      checks: () => engine.config().checks.length,
    },
    (error) => logger.error('a metric could not be read', { error: error.message }),
  );
  const engine: Engine = createEngine(config, {
    executed: (check, outcome, queueSeconds) => {
      metrics.executed(check, outcome, queueSeconds);
      history.add({ check, module: check.module, target: check.shownTarget, outcome });
    },
    skipped: metrics.skipped,
    shared: metrics.shared,
    changed: (check, outcome, before) => logChange(logger, check, outcome, before),
    troubled: createTroubleLog(logger),
  });
  return { engine, metrics };
}

const TROUBLE_PAUSE_MS = 10_000;

/** Trouble comes in hundreds: one line in ten seconds says it. */
function createTroubleLog(logger: Logger): (error: unknown) => void {
  let quietUntil = 0;
  return (error) => {
    const now = performance.now();
    if (now < quietUntil) return;
    quietUntil = now + TROUBLE_PAUSE_MS;
    logger.error('the exporter itself is in trouble, checks are skipped', { error: String(error) });
  };
}

function logChange(
  logger: Logger,
  check: Check,
  outcome: ProbeOutcome,
  before: ProbeOutcome | undefined,
): void {
  const about = { check: check.name, target: check.shownTarget || undefined };
  logOutcome(logger, 'check', about, outcome, before);
}

/** One line where a state has changed; that something is healthy from the beginning is no news. */
function logOutcome(
  logger: Logger,
  what: 'check' | 'probe',
  about: LogFields,
  { failure, durationSeconds, success }: ProbeOutcome,
  before: ProbeOutcome | undefined,
): void {
  const fields = { ...about, duration: formatDuration(durationSeconds) };
  if (failure) {
    const { reason, message } = failure;
    logger.warn(`✗ ${what} fails`, { ...fields, reason, message });
  } else if (before && success) logger.info(`✓ ${what} is healthy again`, fields);
}

/** Keeps a probe of `/probe`, and logs it where it differs from the one before. */
function recordProbe(
  executed: Executed,
  history: History,
  { logger, probeLogger }: ServeOptions,
): HistoryEntry {
  const { module, target, outcome } = executed;
  const before = history.find({ module: module.name, target })?.outcome;
  const entry = history.add(executed);
  const about = { module: module.name, target: target || undefined };
  for (const { message, fields } of outcome.log)
    probeLogger.debug(message, { ...about, ...fields });
  if (before?.success !== outcome.success) logOutcome(logger, 'probe', about, outcome, before);
  return entry;
}

/** Loads are done one after another: the last one asked for is the one in force. */
function createReload(
  { configFile, logger }: ServeOptions,
  apply: (config: Config) => void,
  metrics: Metrics,
): () => Promise<string | undefined> {
  let queue: Promise<unknown> = Promise.resolve();
  const load = async () => {
    if (configFile === undefined) return undefined;
    try {
      const config = await loadConfig(configFile);
      apply(config);
      logger.info('configuration loaded', { config: configFile, checks: config.checks.length });
      return undefined;
    } catch (error) {
      metrics.reloaded(false);
      const problems = error instanceof Error ? error.message : String(error);
      logger.error('configuration refused, the old one stays in force', { problems });
      return problems;
    }
  };
  return () => {
    const loaded = queue.then(load);
    queue = loaded;
    return loaded;
  };
}

function ownUrl(address: AddressInfo | undefined, prefix: string): string | undefined {
  if (!address) return undefined;
  const isWildcard = address.address === '::' || address.address === '0.0.0.0';
  const host = isWildcard
    ? '127.0.0.1'
    : address.family === 'IPv6'
      ? `[${address.address}]`
      : address.address;
  return `http://${host}:${address.port}${prefix}/-/healthy`;
}
