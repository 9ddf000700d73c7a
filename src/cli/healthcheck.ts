import { type IncomingMessage, request } from 'node:http';
import { Command } from 'commander';
import { formatDuration } from '../lib/duration.ts';
import { timerMs } from '../lib/timer.ts';
import { type ListenAddress, urlOnThisHost } from '../web/server.ts';
import { EXIT } from './exit.ts';
import { flags, prefixOf } from './flags.ts';

interface HealthcheckFlags {
  readonly 'web.listenAddress': ListenAddress[];
  readonly 'web.externalUrl'?: URL;
  readonly 'web.routePrefix'?: string;
  readonly timeout: number;
}

/** `healthcheck`: asks the exporter beside it whether it is alive, for images that hold no other program to ask with. */
export function healthcheckCommand({
  setExitCode,
}: {
  setExitCode: (code: number) => void;
}): Command {
  return new Command('healthcheck')
    .description('ask the exporter that runs on this host whether it is alive')
    .addOption(flags.listenAddress())
    .addOption(flags.externalUrl())
    .addOption(flags.routePrefix())
    .addOption(flags.timeout())
    .action(async (given: HealthcheckFlags) => {
      const [address = { host: undefined, port: 0 }] = given['web.listenAddress'];
      const url = `${urlOnThisHost(address)}${prefixOf(given)}/-/healthy`;
      const wrong = await problemAt(url, given.timeout);
      if (wrong === undefined) return;
      process.stderr.write(`${url}: ${wrong}\n`);
      setExitCode(EXIT.someFail);
    });
}

/** What is wrong with what answers there, as the end of a sentence. */
function problemAt(url: string, timeoutSeconds: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(timerMs(timeoutSeconds));
    // An agent of its own: the common one would use a proxy where Node.js is told of one.
    const judge = (response: IncomingMessage) => {
      response.destroy();
      const { statusCode } = response;
      resolve(statusCode === 200 ? undefined : `answered ${statusCode}, expected 200`);
    };
    const asked = request(url, { signal, agent: false }, judge);
    asked.on('upgrade', judge);
    asked.on('error', (error: NodeJS.ErrnoException) => {
      if (signal.aborted) resolve(`no answer within ${formatDuration(timeoutSeconds)}`);
      else resolve(ASK_ERRORS[error.code ?? ''] ?? error.message);
    });
    asked.end();
  });
}

const ASK_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused, nothing listens there',
  ECONNRESET: 'the connection was closed without an answer',
  ENOTFOUND: 'no such host',
};
