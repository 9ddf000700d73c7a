import type { Config } from '../../src/config/check.ts';
import { createEngine, SILENT_LISTENER } from '../../src/engine/engine.ts';
import { createHistory } from '../../src/history/history.ts';
import type { Logger } from '../../src/lib/logger.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';
import { createApplication, type WebParts } from '../../src/web/application.ts';
import type { ServerParts } from '../../src/web/bounds.ts';
import { createConnections } from '../../src/web/connections.ts';
import { type ServerLimits, serverLimits } from '../../src/web/limits.ts';
import { type Listening, listen } from '../../src/web/server.ts';

const SILENT: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** What a server needs beside its handler, with these of its limits changed. */
export function serverParts(
  limits: Partial<ServerLimits> = {},
  { refused = () => {}, logger = SILENT }: Partial<Pick<ServerParts, 'refused' | 'logger'>> = {},
): ServerParts {
  const all = { ...serverLimits(), ...limits };
  const connections = createConnections(all.connections, () => refused('connections'));
  return { limits: all, connections, refused, logger };
}

/** The application with this configuration on a port of its own. */
export function serveApplication(
  config: Config,
  overrides: Partial<WebParts> = {},
): Promise<Listening> {
  const readings = {
    version: '1',
    probesInFlight: () => 0,
    concurrencyLimit: () => 1,
    checks: () => config.checks.length,
  };
  const metrics = createMetrics(readings, () => {});
  metrics.configure(config);
  const history = createHistory(100);
  const application = createApplication({
    engine: createEngine(config, SILENT_LISTENER),
    metrics,
    history,
    record: history.add,
    refused: () => {},
    credentialsToAnyTarget: false,
    timeoutOffsetSeconds: 0.5,
    version: '<1>',
    telemetryPath: '/metrics',
    routePrefix: '',
    isReady: () => true,
    lastCall: new AbortController().signal,
    maxRequests: Infinity,
    maxProbes: Infinity,
    reload: async () => undefined,
    logger: SILENT,
    ...overrides,
  });
  const parts = serverParts({}, { refused: metrics.requestRefused });
  return listen(application, { host: '127.0.0.1', port: 0 }, parts);
}
