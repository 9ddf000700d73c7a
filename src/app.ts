import type { AddressInfo } from 'node:net';
import type { CheckView, Config } from './config/check.ts';
import type { OwnEndpoint } from './config/default-config.ts';
import type { Environment } from './config/expansion.ts';
import { embeddedConfig, loadConfig, reloadConfig } from './config/load.ts';
import { fingerprint, watchFile } from './config/watch.ts';
import { loadWebConfig } from './config/web/load.ts';
import { requiresCertificate } from './config/web/web-config.ts';
import { createEngine, type Engine, SILENT_LISTENER } from './engine/engine.ts';
import { createHistory, type History } from './history/history.ts';
import { createOutcomeLog, type OutcomeLog } from './history/outcome-log.ts';
import { createRefusalLog } from './history/refusal-log.ts';
import { both } from './lib/both.ts';
import { descriptorLimit } from './lib/descriptor-limit.ts';
import type { Logger } from './lib/logger.ts';
import { oneAfterAnother } from './lib/one-after-another.ts';
import { createMetrics, type Metrics } from './metrics/metrics.ts';
import { useProxyEnvironment } from './probers/shared/http-proxy.ts';
import { shareThreads } from './probers/shared/threads.ts';
import { secureContext } from './probers/shared/tls-options.ts';
import { createApplication } from './web/application.ts';
import { createConnections } from './web/connections.ts';
import { serverLimits } from './web/limits.ts';
import { openProtection, type Protection } from './web/protection.ts';
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
/** How much of it is for taking the answers that are given in a hurry. */
const LAST_CALL_MS = 1000;

/** Which configuration to read. */
export interface ConfigPlace {
  /** Absent: the embedded default. */
  readonly configFile: string | undefined;
  /** Whether `${NAME}` in the file stands for a variable of the environment. */
  readonly expandEnv: boolean;
}

/** What `serve` can be told. */
export interface ServeOptions extends ConfigPlace {
  /** TLS, users, headers and rate limit. Absent: everybody is served, in plain text. */
  readonly webConfigFile: string | undefined;
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
  /** Scrapes that are answered at once; 0: any number. */
  readonly maxRequests: number;
  /** Requests of `/probe` that are answered at once; 0: any number. */
  readonly maxProbes: number;
  /** How many probes of `/probe` are kept to be looked at. */
  readonly historyLimit: number;
  /** Whether modules that hold credentials go to any target that `/probe` is asked for. */
  readonly credentialsToAnyTarget: boolean;
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
  /**
   * Lets scrapes in flight end, then closes. Those that do not end in time are answered with what there is, and probes
   * that the exporter was asked for with 503.
   */
  readonly stop: () => Promise<void>;
}

/**
 * Starts the exporter: configuration first, so that a bad one starts nothing.
 *
 * @throws {ConfigError} every problem of the configuration; or the listen error.
 */
export async function startExporter(options: ServeOptions): Promise<Exporter> {
  const { configFile, logger } = options;
  const watching = watchedFile(options);
  const [initial, protection] = await both(
    readConfig(options),
    readIfGiven(options.webConfigFile, (file) => openProtection(file, logger)),
  );
  const history = createHistory(options.historyLimit);
  const outcomeLog = createOutcomeLog(logger, options.probeLogger);
  const { engine, metrics } = createCore(initial, options, history, outcomeLog);
  let stopping = false;
  const lastCall = new AbortController();
  const limits = limitsOf(options);

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
    refused: createRefusalLog(logger),
    isReady: () => !stopping,
    lastCall: lastCall.signal,
    ...limits,
    reload,
  });
  const serverParts = {
    limits: limits.server,
    connections: createConnections(limits.server.connections, () =>
      metrics.requestRefused('connections'),
    ),
    refused: metrics.requestRefused,
    logger,
    tls: protection?.tls,
  };
  const handler = protection?.guard(application) ?? application;
  const servers: Listening<AddressInfo | undefined>[] = [];
  const closeAll = async () => {
    await Promise.all(servers.map((server) => server.stop(GRACE_MS)));
    await protection?.close();
  };
  try {
    for (const place of placesToListen(options)) {
      servers.push(
        typeof place === 'number'
          ? await listenOnDescriptor(handler, place, serverParts)
          : await listen(handler, place, serverParts),
      );
    }
  } catch (error) {
    await closeAll();
    throw error;
  }
  const addresses = servers.flatMap(({ address }) => address ?? []);
  const own = () => ownEndpoint(addresses, options.routePrefix, protection);
  apply(configFile === undefined ? embeddedConfig(own()) : initial);
  const stopWatching = (await watching)?.(reload) ?? (() => {});
  for (const { address } of servers) {
    logger.info('listening', {
      address: address?.address ?? 'unix-domain socket',
      port: address?.port,
      checks: engine.config().checks.length,
      config: configFile ?? 'embedded default',
      tls: protection && protection.tls !== undefined,
    });
  }
  // Reading whom to trust takes tens of milliseconds, once: no probe's handshake is to show them. It takes megabytes
  // too, and of the embedded default only the check of itself speaks TLS, if that does: there the first probe of /probe
  // has to wait.
  if (configFile !== undefined || protection?.tls)
    void secureContext(undefined, new AbortController().signal);
  return {
    addresses,
    reload,
    stop: async () => {
      stopping = true;
      stopWatching();
      const timer = setTimeout(() => lastCall.abort(), GRACE_MS - LAST_CALL_MS);
      await closeAll();
      clearTimeout(timer);
    },
  };
}

/** Runs every check of a configuration once, without a deadline of its own. `undefined` where `signal` fired before. */
export async function checkOnce(
  place: ConfigPlace,
  signal: AbortSignal,
): Promise<readonly CheckView[] | undefined> {
  const config = await readConfig(place);
  const deadline = { timeoutCapSeconds: Infinity, endSeconds: Infinity };
  return createEngine(config, SILENT_LISTENER).scrape({ deadline, signal });
}

/**
 * Reads a configuration, and a web configuration where one is given, and starts nothing.
 *
 * @returns a line for each that says what it holds.
 * @throws {ConfigError} with every problem found; an AggregateError of two where both files have some.
 */
export async function validateConfig(
  place: ConfigPlace,
  webConfigFile: string | undefined,
): Promise<string> {
  const [config, web] = await both(readConfig(place), readIfGiven(webConfigFile, loadWebConfig));
  const { checks, modules } = config;
  const line = `${place.configFile ?? 'embedded default'}: valid, ${count(checks.length, 'check')}, ${count(modules.size, 'module')}`;
  return web
    ? `${line}\n${webConfigFile}: valid, TLS ${web.tls ? 'on' : 'off'}, ${count(web.users.size, 'user')}`
    : line;
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

async function readConfig({ configFile, expandEnv }: ConfigPlace): Promise<Config> {
  if (configFile === undefined) return embeddedConfig();
  return loadConfig(configFile, environmentFor({ expandEnv }));
}

function environmentFor({ expandEnv }: Pick<ConfigPlace, 'expandEnv'>): Environment | undefined {
  return expandEnv ? process.env : undefined;
}

async function readIfGiven<T>(
  file: string | undefined,
  read: (file: string) => Promise<T>,
): Promise<T | undefined> {
  return file === undefined ? undefined : read(file);
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

/** Loads are done one after another, the last one asked for is the one in force. */
function createReload(
  options: ServeOptions,
  apply: (config: Config) => void,
  metrics: Metrics,
): () => Promise<string | undefined> {
  const { configFile, logger } = options;
  const load = async () => {
    if (configFile === undefined) return undefined;
    try {
      const config = await reloadConfig(configFile, environmentFor(options));
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
  return oneAfterAnother(load);
}

/** As the flags say it, 0 is no limit. */
function limitsOf({ maxRequests, maxProbes }: ServeOptions) {
  const requests = maxRequests || Infinity;
  const probes = maxProbes || Infinity;
  const server = serverLimits({ requests: requests + probes, descriptors: descriptorLimit() });
  return { maxRequests: requests, maxProbes: probes, server };
}

/** What begins to watch the file, from the content that it has now. */
async function watchedFile({ configFile, autoReloadSeconds }: ServeOptions) {
  if (configFile === undefined || autoReloadSeconds === undefined) return undefined;
  const known = await fingerprint(configFile);
  return (reload: () => Promise<unknown>) =>
    watchFile(configFile, { known, intervalSeconds: autoReloadSeconds, changed: reload });
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

/**
 * Where the embedded default finds the exporter's own endpoint. Its probers know no HTTP over unix-domain sockets, and
 * have no certificate to show.
 */
function ownEndpoint(
  [first]: readonly AddressInfo[],
  prefix: string,
  protection: Protection | undefined,
): OwnEndpoint | undefined {
  const tls = protection?.initial.tls;
  if (!first || (tls && requiresCertificate(tls))) return undefined;
  const base = urlOnThisHost({ host: first.address, port: first.port }, tls ? 'https' : 'http');
  return { url: `${base}${prefix}/-/healthy`, isGuarded: protection !== undefined };
}
