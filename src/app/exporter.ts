import type { AddressInfo } from 'node:net';
import type { OwnEndpoint } from '../config/default-config.ts';
import { embeddedConfig } from '../config/load.ts';
import { requiresCertificate } from '../config/web/web-config.ts';
import { createRefusalLog } from '../history/refusal-log.ts';
import { both } from '../lib/both.ts';
import { descriptorLimit } from '../lib/descriptor-limit.ts';
import { secureContext } from '../probers/shared/tls-options.ts';
import { createApplication } from '../web/application.ts';
import { createConnections } from '../web/connections.ts';
import { serverLimits } from '../web/limits.ts';
import { openProtection, type Protection } from '../web/protection.ts';
import { urlOnThisHost } from '../web/server.ts';
import { createReload, readConfig, readIfGiven, watchedFile } from './configuration.ts';
import { createCore } from './core.ts';
import type { ServeOptions } from './serve-options.ts';
import { openServers } from './servers.ts';

/** How long a shutdown waits for scrapes in flight. */
const GRACE_MS = 10_000;
/** How much of it is for taking the answers that are given in a hurry. */
const LAST_CALL_MS = 1000;

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
  const core = createCore(initial, options);
  const { engine, metrics, apply } = core;
  const reload = createReload({ ...options, apply, refused: () => metrics.reloaded(false) });
  const limits = limitsOf(options);
  const lastCall = new AbortController();
  let stopping = false;

  const application = createApplication({
    ...options,
    ...core,
    ...limits,
    refused: createRefusalLog(logger),
    isReady: () => !stopping,
    lastCall: lastCall.signal,
    reload,
  });
  const servers = await openServers(protection?.guard(application) ?? application, options, {
    limits: limits.server,
    connections: createConnections(limits.server.connections, () =>
      metrics.requestRefused('connections'),
    ),
    refused: metrics.requestRefused,
    logger,
    tls: protection?.tls,
  }).catch(async (error: unknown) => {
    await protection?.close();
    throw error;
  });
  const addresses = servers.addresses.flatMap((address) => address ?? []);
  const own = () => ownEndpoint(addresses, options.routePrefix, protection);
  apply(configFile === undefined ? embeddedConfig(own()) : initial);
  const stopWatching = (await watching)?.(reload) ?? (() => {});
  for (const address of servers.addresses) {
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
      await servers.stop(GRACE_MS);
      clearTimeout(timer);
      await protection?.close();
    },
  };
}

/** As the flags say it, 0 is no limit. */
function limitsOf({ maxRequests, maxProbes }: ServeOptions) {
  const requests = maxRequests || Infinity;
  const probes = maxProbes || Infinity;
  const server = serverLimits({ requests: requests + probes, descriptors: descriptorLimit() });
  return { maxRequests: requests, maxProbes: probes, server };
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
