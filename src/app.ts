import type { AddressInfo } from 'node:net';
import type { CheckView, Config } from './config/check.ts';
import { embeddedConfig, loadConfig, reloadConfig } from './config/load.ts';
import { watchFile } from './config/watch.ts';
import { createEngine, type Engine, SILENT_LISTENER } from './engine/engine.ts';
import { createHistory, type History } from './history/history.ts';
import { createOutcomeLog, type OutcomeLog } from './history/outcome-log.ts';
import type { Logger } from './lib/logger.ts';
import { createMetrics, type Metrics } from './metrics/metrics.ts';
import { useProxyEnvironment } from './probers/shared/http-proxy.ts';
import { shareThreads } from './probers/shared/threads.ts';
import { secureContext } from './probers/shared/tls-options.ts';
import { createApplication } from './web/application.ts';
import {
  type ListenAddress,
  type Listening,
  listen,
  listenOnDescriptor,
  urlOnThisHost,
} from './web/server.ts';
import { takeSystemdSockets } from './web/systemd-sockets.ts';

// Before anything uses the pool. Whatever hangs, a part of it is left: see shareThreads().
process.env.UV_THREADPOOL_SIZE ??= '48';
shareThreads(Number.parseInt(process.env.UV_THREADPOOL_SIZE, 10) || 1);
useProxyEnvironment(process.env);

/** How long a shutdown waits for scrapes in flight. */
const GRACE_MS = 10_000;

/** What `serve` can be told. */
export interface ServeOptions {
  /** Absent: the embedded default. */
  readonly configFile: string | undefined;
  readonly listenAddresses: readonly ListenAddress[];
  /** Listens on the sockets that systemd passes, and nowhere else. */
  readonly systemdSocket: boolean;
  readonly telemetryPath: string;
  /** Stands before every path: empty, or as in `/health`. */
  readonly routePrefix: string;
  /** Where the exporter is reached from outside. Absent: where it is asked. */
  readonly externalUrl: string | undefined;
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
  /** Unix-domain sockets have none. */
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
  const outcomeLog = createOutcomeLog(logger, options.probeLogger);
  const { engine, metrics } = createCore(initial, options, history, outcomeLog);
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
    record: (executed) => {
      outcomeLog.probed(executed);
      return history.add(executed);
    },
    isReady: () => !stopping,
    reload,
  });
  const servers: Listening<AddressInfo | undefined>[] = [];
  const closeAll = () => Promise.all(servers.map((server) => server.stop(GRACE_MS)));
  try {
    for (const place of placesToListen(options)) {
      servers.push(
        typeof place === 'number'
          ? await listenOnDescriptor(application, place)
          : await listen(application, place),
      );
    }
  } catch (error) {
    await closeAll();
    throw error;
  }
  const addresses = servers.flatMap(({ address }) => address ?? []);
  apply(
    configFile === undefined ? embeddedConfig(ownUrl(addresses, options.routePrefix)) : initial,
  );
  const { autoReloadSeconds } = options;
  const stopWatching =
    configFile !== undefined && autoReloadSeconds !== undefined
      ? watchFile(configFile, autoReloadSeconds, reload)
      : () => {};
  for (const { address } of servers) {
    logger.info('listening', {
      address: address?.address ?? 'unix-domain socket',
      port: address?.port,
      checks: engine.config().checks.length,
      config: configFile ?? 'embedded default',
    });
  }
  // Reading whom to trust takes tens of milliseconds, once: no probe's handshake is to show them. It takes megabytes
  // too, and no check of the embedded default speaks TLS: there the first probe of /probe that does has to wait.
  if (configFile !== undefined) void secureContext(undefined, new AbortController().signal);
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
  outcomeLog: OutcomeLog,
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
    changed: outcomeLog.changed,
    troubled: outcomeLog.troubled,
  });
  return { engine, metrics };
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
      const config = await reloadConfig(configFile);
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

/** Addresses, or descriptors of sockets. */
function placesToListen({
  systemdSocket,
  listenAddresses,
}: ServeOptions): readonly (ListenAddress | number)[] {
  const passed = takeSystemdSockets(process.env, process.pid);
  if (!systemdSocket) return listenAddresses;
  if (typeof passed === 'string') throw new Error(`--web.systemd-socket: ${passed}`);
  return passed;
}

/** Where the embedded default finds the exporter's own endpoint. Its probers know no HTTP over unix-domain sockets. */
function ownUrl([first]: readonly AddressInfo[], prefix: string): string | undefined {
  if (!first) return undefined;
  return `${urlOnThisHost({ host: first.address, port: first.port })}${prefix}/-/healthy`;
}
