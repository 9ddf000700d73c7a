import type { Logger } from '../lib/logger.ts';
import type { ListenAddress } from '../web/server.ts';
import type { ConfigPlace } from './configuration.ts';

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
