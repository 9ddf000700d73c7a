import { type IncomingMessage, request } from 'node:http';
import { request as requestTls } from 'node:https';
import type { Command } from 'commander';
import { loadWebConfig } from '../config/web/load.ts';
import { requiresCertificate, type WebConfig } from '../config/web/web-config.ts';
import { formatDuration } from '../lib/duration.ts';
import { timerMs } from '../lib/timer.ts';
import { type ListenAddress, urlOnThisHost } from '../web/server.ts';
import { CliCommand } from './cli-command.ts';
import { EXIT } from './exit.ts';
import { flags, prefixOf } from './flags.ts';

interface HealthcheckFlags {
  readonly 'web.listenAddress': ListenAddress[];
  readonly 'web.externalUrl'?: URL;
  readonly 'web.routePrefix'?: string;
  readonly 'web.config.file'?: string;
  readonly timeout: number;
}

/** `healthcheck`: asks the exporter beside it whether it is alive, for images that hold no other program to ask with. */
export function healthcheckCommand({
  setExitCode,
}: {
  setExitCode: (code: number) => void;
}): Command {
  return new CliCommand('healthcheck')
    .description('ask the exporter that runs on this host whether it is alive')
    .example(
      'healthcheck-exporter healthcheck',
      'Exit with 0 where it is, with 1 and a reason where not.',
    )
    .example(
      'healthcheck-exporter healthcheck --web.listen-address=:9115 --timeout=1s',
      'Ask one that was started with this address, and do not wait for long.',
    )
    .addOption(flags.listenAddress('where it listens; of several, the first is asked'))
    .addOption(flags.externalUrl())
    .addOption(flags.routePrefix())
    .addOption(flags.webConfigFile())
    .addOption(flags.timeout())
    .action(async (given: HealthcheckFlags) => {
      const [address = { host: undefined, port: 0 }] = given['web.listenAddress'];
      const file = given['web.config.file'];
      const signs = signsOfLife(file === undefined ? undefined : await loadWebConfig(file));
      const base = urlOnThisHost(address, signs.isTls ? 'https' : 'http');
      const url = `${base}${prefixOf(given)}/-/healthy`;
      const wrong = await problemAt(url, signs, given.timeout);
      if (wrong === undefined) return;
      process.stderr.write(`${url}: ${wrong}\n`);
      setExitCode(EXIT.someFail);
    });
}

/** What shows that an exporter is alive. */
interface SignsOfLife {
  readonly isTls: boolean;
  readonly statuses: readonly number[];
  /** It asks for a certificate that this command does not have, and to ask is a sign too. */
  readonly asksForCertificate: boolean;
}

/** Who is asked for a password, or to come later, was answered. */
function signsOfLife(web: WebConfig | undefined): SignsOfLife {
  return {
    isTls: web?.tls !== undefined,
    statuses: [200, ...(web && web.users.size > 0 ? [401] : []), ...(web?.rateLimit ? [429] : [])],
    asksForCertificate: web?.tls !== undefined && requiresCertificate(web.tls),
  };
}

/** What is wrong with what answers there, as the end of a sentence. */
function problemAt(
  url: string,
  { isTls, statuses, asksForCertificate }: SignsOfLife,
  timeoutSeconds: number,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(timerMs(timeoutSeconds));
    let hasShaken = false;
    // An agent of its own: the common one would use a proxy where Node.js is told of one.
    const judge = (response: IncomingMessage) => {
      response.destroy();
      const { statusCode = 0 } = response;
      const wanted = statuses.join(' or ');
      resolve(
        statuses.includes(statusCode) ? undefined : `answered ${statusCode}, expected ${wanted}`,
      );
    };
    // Its certificate is for the names that others know it by, and nothing secret is sent.
    const asked = isTls
      ? requestTls(url, { signal, agent: false, rejectUnauthorized: false }, judge)
      : request(url, { signal, agent: false }, judge);
    asked.on('upgrade', judge);
    asked.on('socket', (socket) => {
      socket.once('secureConnect', () => {
        hasShaken = true;
      });
    });
    asked.on('error', (error: NodeJS.ErrnoException) => {
      const wasAsked = hasShaken || /alert/i.test(`${error.code} ${error.message}`);
      if (signal.aborted) resolve(`no answer within ${formatDuration(timeoutSeconds)}`);
      else if (asksForCertificate && wasAsked) resolve(undefined);
      else resolve(ASK_ERRORS[error.code ?? ''] ?? error.message);
    });
    asked.end();
  });
}

const ASK_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused, nothing listens there',
  ECONNRESET: 'the connection was closed without an answer',
  ENOTFOUND: 'no such host',
  EPROTO: 'it does not speak TLS, or none that it was offered',
};
