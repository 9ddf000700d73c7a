import { type Core, createCore } from '../../src/app/core.ts';
import type { Config } from '../../src/config/check.ts';
import type { Logger } from '../../src/lib/logger.ts';
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
export async function serveApplication(
  config: Config,
  overrides: Partial<WebParts> = {},
): Promise<Listening & Pick<Core, 'apply'>> {
  const version = '<1>';
  const core = createCore(config, {
    logger: SILENT,
    probeLogger: SILENT,
    historyLimit: 100,
    version,
  });
  core.apply(config);
  const application = createApplication({
    ...core,
    refused: () => {},
    credentialsToAnyTarget: false,
    timeoutOffsetSeconds: 0.5,
    version,
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
  const parts = serverParts({}, { refused: core.metrics.requestRefused });
  const listening = await listen(application, { host: '127.0.0.1', port: 0 }, parts);
  return { ...listening, apply: core.apply };
}
