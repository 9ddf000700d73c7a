import type { Command } from 'commander';
import { readIfGiven, validateConfig, validateWebConfig } from '../app/configuration.ts';
import type { Exporter } from '../app/exporter.ts';
import type { ServeOptions } from '../app/serve-options.ts';
import { onSignals } from '../app/signals.ts';
import { both } from '../lib/both.ts';
import { createLogger, type LogFormat, type LogLevel } from '../lib/logger.ts';
import type { ListenAddress } from '../web/server.ts';
import { CliCommand } from './cli-command.ts';
import { configPlace, flags, prefixOf } from './flags.ts';

/** As the parser names the flags of `serve`. */
interface ServeFlags {
  readonly 'config.file'?: string;
  readonly 'config.check'?: boolean;
  readonly 'config.expandEnv'?: boolean;
  readonly 'config.enableAutoReload'?: boolean;
  readonly 'config.autoReloadInterval': number;
  readonly 'web.externalUrl'?: URL;
  readonly 'web.routePrefix'?: string;
  readonly 'web.listenAddress': ListenAddress[];
  readonly 'web.systemdSocket'?: boolean;
  readonly 'web.config.file'?: string;
  readonly 'web.telemetryPath': string;
  readonly 'web.maxRequests': number;
  readonly 'web.maxProbes': number;
  readonly timeoutOffset: number;
  readonly 'history.limit': number;
  readonly 'probe.credentialsToAnyTarget'?: boolean;
  readonly 'log.prober': LogLevel;
  readonly 'log.level': LogLevel;
  readonly 'log.format': LogFormat;
}

/** `serve`, the default: answers scrapes until it is told to stop. */
export function serveCommand({ version }: { version: string }): Command {
  return new CliCommand('serve')
    .description('answer scrapes (the default command)')
    .example('healthcheck-exporter --config.file=healthcheck.yml', 'Serve the checks of a file.')
    .example(
      'healthcheck-exporter --web.listen-address=127.0.0.1:9115',
      'Be reached from this host only, at the port of blackbox_exporter.',
    )
    .example(
      'healthcheck-exporter --web.config.file=web.yml',
      'Speak TLS, or ask who scrapes for a password, as that file says.',
    )
    .example(
      'healthcheck-exporter --config.check --config.file=healthcheck.yml',
      'Look whether it would start, and start nothing.',
    )
    .optionsGroup('Configuration')
    .addOption(flags.configFile())
    .addOption(flags.configCheck())
    .addOption(flags.expandEnv())
    .addOption(flags.autoReload())
    .addOption(flags.autoReloadInterval())
    .optionsGroup('Web')
    .addOption(flags.listenAddress())
    .addOption(flags.systemdSocket())
    .addOption(flags.externalUrl())
    .addOption(flags.routePrefix())
    .addOption(flags.webConfigFile())
    .addOption(flags.telemetryPath())
    .addOption(flags.maxRequests())
    .addOption(flags.maxProbes())
    .optionsGroup('Probes')
    .addOption(flags.timeoutOffset())
    .addOption(flags.historyLimit())
    .addOption(flags.credentialsToAnyTarget())
    .optionsGroup('Logs')
    .addOption(flags.logProber())
    .addOption(flags.logLevel())
    .addOption(flags.logFormat())
    .action(async (given: ServeFlags) => {
      if (given['config.check']) {
        const lines = await both(
          validateConfig(configPlace(given)),
          readIfGiven(given['web.config.file'], validateWebConfig),
        );
        for (const line of lines) if (line !== undefined) process.stdout.write(`${line}\n`);
        return;
      }
      await serve(given, version);
    });
}

async function serve(given: ServeFlags, version: string): Promise<void> {
  const format = given['log.format'];
  const write = (line: string) => process.stderr.write(line);
  const logger = createLogger({ level: given['log.level'], format }, write);
  const options: ServeOptions = {
    ...configPlace(given),
    webConfigFile: given['web.config.file'],
    listenAddresses: given['web.listenAddress'],
    systemdSocket: given['web.systemdSocket'] ?? false,
    telemetryPath: given['web.telemetryPath'],
    routePrefix: prefixOf(given),
    externalUrl: given['web.externalUrl']?.href,
    autoReloadSeconds: given['config.enableAutoReload']
      ? given['config.autoReloadInterval']
      : undefined,
    timeoutOffsetSeconds: given.timeoutOffset,
    maxRequests: given['web.maxRequests'],
    maxProbes: given['web.maxProbes'],
    historyLimit: given['history.limit'],
    credentialsToAnyTarget: given['probe.credentialsToAnyTarget'] ?? false,
    version,
    logger,
    probeLogger: createLogger({ level: given['log.prober'], format }, write),
  };
  // Before it says that it listens: whoever starts it may signal at once.
  let exporter: Exporter | undefined;
  const reload = () => {
    // What is wrong is logged; who signals waits for no answer.
    void exporter?.reload();
  };
  onSignals({ SIGHUP: reload });
  const told = new Promise<void>((resolve) => {
    const stop = () => {
      // A second signal ends at once. SIGHUP stays handled: it would end a process that does not handle it.
      undo();
      logger.info('stopping');
      resolve();
    };
    const undo = onSignals({ SIGINT: stop, SIGTERM: stop });
  });
  // Not imported above: other commands would load a web server for nothing, a third of their time.
  const starting = import('../app/exporter.ts').then(({ startExporter }) => startExporter(options));
  // A file that never opens keeps it from starting, and is not to keep it from ending.
  exporter = await Promise.race([starting, told.then(() => soonOrNever(starting))]);
  await told;
  await exporter?.stop();
}

/** A start takes this long at most, where it was told to stop meanwhile. */
const START_MS = 1000;

async function soonOrNever(starting: Promise<Exporter>): Promise<Exporter | undefined> {
  const { promise: never, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, START_MS, undefined);
  try {
    return await Promise.race([starting, never]);
  } finally {
    clearTimeout(timer);
  }
}
