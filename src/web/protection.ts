import type { RequestListener } from 'node:http';
import { openWebConfig, type WebConfigReader } from '../config/web/reader.ts';
import type { TlsMaterial, WebConfig } from '../config/web/web-config.ts';
import type { Logger } from '../lib/logger.ts';
import { createBcryptThread } from './guard/bcrypt-thread.ts';
import { guard } from './guard/guard.ts';
import type { TlsParts } from './tls/front.ts';

/** What a web configuration file does for a server. */
export interface Protection {
  /** As the file was at the start. */
  readonly initial: WebConfig;
  /** Whether it speaks TLS is decided at the start. Absent: plain HTTP. */
  readonly tls: TlsParts | undefined;
  /** Stands before a handler. */
  readonly guard: (handler: RequestListener) => RequestListener;
  /** Ends what it has started. */
  readonly close: () => Promise<void>;
}

/**
 * Opens a web configuration file, which is from then on looked at with each request and each handshake.
 *
 * @throws {ConfigError} with every problem found.
 */
export async function openProtection(file: string, logger: Logger): Promise<Protection> {
  const reader = await openWebConfig(file, {
    changed: ({ tls }) => {
      logger.info('web configuration loaded', { file });
      const isSwitched = (tls === undefined) !== (reader.initial.tls === undefined);
      if (isSwitched) logger.warn('TLS is switched on and off by a restart only', { file });
    },
    refused: (problems, isServing) => {
      const message = isServing
        ? 'certificates cannot be used, those in force stay'
        : 'web configuration refused, nobody is served until it is mended';
      logger.error(message, { problems });
    },
  });
  const comparer = createBcryptThread();
  const failed = (error: unknown) => logger.error('request failed', { error: String(error) });
  const refused = (why: string, client = '') =>
    logger.debug('TLS handshake failed', { client, error: why });
  const current = materialOf(reader);
  return {
    initial: reader.initial,
    tls: current && { current, refused },
    guard: (handler) => guard(handler, { reader, comparer, failed }),
    close: comparer.close,
  };
}

/** The last there was, where the file speaks of no TLS any more. */
function materialOf({
  initial,
  current,
}: WebConfigReader): (() => Promise<TlsMaterial>) | undefined {
  if (!initial.tls) return undefined;
  let last = initial.tls;
  return async () => {
    last = (await current()).config.tls ?? last;
    return last;
  };
}
