import { InvalidArgumentError, Option } from 'commander';
import { suggestion } from '../config/explain.ts';
import { DEFAULT_MODULE } from '../config/on-demand.ts';
import { CREDENTIALS_FLAG } from '../config/policy/admission.ts';
import { parseDuration } from '../lib/duration.ts';
import { LOG_FORMATS, LOG_LEVELS } from '../lib/logger.ts';
import { Pattern } from '../probers/shared/regexp.ts';
import { isReservedPath } from '../web/reserved-paths.ts';
import { type ListenAddress, parseListenAddress, urlOnThisHost } from '../web/server.ts';

/** The address of the design: see README, "Port". */
const DEFAULT_LISTEN_ADDRESS: ListenAddress = { host: undefined, port: 10_195 };

/** Flags, each declared once: help, parsing and defaults follow from here. Names are blackbox_exporter's. */
export const flags = {
  configFile: () =>
    new Option(
      '--config.file <file>',
      'what to check; without it: this host and the exporter itself',
    ).argParser(fileName),
  modulesFile: () =>
    new Option(
      '--config.file <file>',
      'a file with modules and the policy of probes; without it: the built-in ones',
    ).argParser(fileName),
  configCheck: () =>
    new Option('--config.check', 'check the configuration, start nothing, exit 0 or 2'),
  expandEnv: () =>
    new Option(
      '--config.expand-env',
      'replace ${NAME} in values of the file by variables of the environment',
    ),
  autoReload: () =>
    new Option('--config.enable-auto-reload', 'load the file again when its content has changed'),
  autoReloadInterval: () =>
    new Option('--config.auto-reload-interval <seconds>', 'how often to look whether it has')
      .argParser(interval)
      .default(30),
  externalUrl: () =>
    new Option(
      '--web.external-url <url>',
      'where the exporter is reached from outside; its path goes before every path',
    ).argParser(externalUrl),
  routePrefix: () =>
    new Option(
      '--web.route-prefix <path>',
      'goes before every path, in place of the path of --web.external-url',
    ).argParser(routePrefix),
  listenAddress: (meaning = 'where to listen, may be given several times') =>
    new Option('--web.listen-address <address>', meaning)
      .argParser(listenAddresses)
      .default([DEFAULT_LISTEN_ADDRESS], ':10195'),
  systemdSocket: () =>
    new Option(
      '--web.systemd-socket',
      'listen on the sockets that systemd passes, in place of --web.listen-address',
    ).conflicts('web.listenAddress'),
  webConfigFile: () =>
    new Option(
      '--web.config.file <file>',
      'TLS, users, headers and rate limit, in the format of the Prometheus exporters',
    ).argParser(fileName),
  telemetryPath: () =>
    new Option('--web.telemetry-path <path>', 'path of the metrics')
      .argParser(absolutePath)
      .default('/metrics'),
  maxRequests: () =>
    new Option(
      '--web.max-requests <number>',
      'scrapes answered at once, others get 503; 0 for any number',
    )
      .argParser(wholeNumber)
      .default(40),
  maxProbes: () =>
    new Option('--web.max-probes <number>', 'the same for requests of /probe')
      .argParser(wholeNumber)
      .default(2000),
  timeoutOffset: () =>
    new Option(
      '--timeout-offset <seconds>',
      'taken off the scrape timeout that Prometheus announces',
    )
      .argParser(seconds)
      .default(0.5),
  historyLimit: () =>
    new Option('--history.limit <number>', 'probes kept for /logs, and failures besides')
      .argParser(wholeNumber)
      .default(100),
  credentialsToAnyTarget: () =>
    new Option(
      CREDENTIALS_FLAG,
      'let modules that hold credentials go to any target that /probe is asked for',
    ),
  logProber: () =>
    new Option('--log.prober <level>', 'least level of what probers say of /probe that is logged')
      .choices(LOG_LEVELS)
      .argParser(oneOf(LOG_LEVELS))
      .default('info'),
  logLevel: () =>
    new Option('--log.level <level>', 'least level that is logged')
      .choices(LOG_LEVELS)
      .argParser(oneOf(LOG_LEVELS))
      .default('info'),
  logFormat: () =>
    new Option('--log.format <format>', 'how log lines are written')
      .choices(LOG_FORMATS)
      .argParser(oneOf(LOG_FORMATS))
      .default('logfmt'),
  json: () =>
    new Option('--json <file>', 'write the results as JSON, - for standard output').argParser(
      fileName,
    ),
  module: () =>
    new Option('--module <name>', 'how to probe: a module of the file or a built-in one')
      .argParser(moduleName)
      .default(DEFAULT_MODULE),
  hostname: () =>
    new Option(
      '--hostname <name>',
      'what to ask the target for: Host header and name in TLS, where its own will not do',
    ),
  debug: () => new Option('--debug', 'show every step, the metrics and the module too'),
  timeout: () =>
    new Option('--timeout <duration>', 'how long to wait for an answer')
      .argParser(timeout)
      .default(3, '3s'),
  write: () =>
    new Option(
      '--write <directory>',
      'write into a directory instead: the file named, or all',
    ).argParser(directoryName),
  force: () => new Option('--force', 'overwrite files that differ'),
  job: () =>
    new Option(
      '--job <regex>',
      'what your scrape jobs are called, in place of "healthcheck.*"',
    ).argParser(jobPattern),
} as const;

/** What these flags say about the configuration to read. */
export function configPlace(given: {
  readonly 'config.file'?: string;
  readonly 'config.expandEnv'?: boolean;
}): { configFile: string | undefined; expandEnv: boolean } {
  return { configFile: given['config.file'], expandEnv: given['config.expandEnv'] ?? false };
}

/** The path before every path of an exporter that is started with these flags: empty, or as in `/health`. */
export function prefixOf(given: {
  readonly 'web.externalUrl'?: URL;
  readonly 'web.routePrefix'?: string;
}): string {
  return given['web.routePrefix'] ?? given['web.externalUrl']?.pathname.replace(/\/+$/, '') ?? '';
}

/** Collects the values of a repeated flag; the default is replaced by the first. */
function listenAddresses(text: string, previous: unknown): ListenAddress[] {
  const address = parseListenAddress(text);
  // What no URL can hold is no host.
  if (!address || !URL.canParse(urlOnThisHost(address))) {
    throw new InvalidArgumentError(
      'Expected an address such as ":10195", "127.0.0.1:10195" or "[::1]:10195".',
    );
  }
  const isDefault = !Array.isArray(previous) || previous[0] === DEFAULT_LISTEN_ADDRESS;
  return isDefault ? [address] : [...previous, address];
}

/** Reads one of these words; the parser's own reader would suggest nothing. */
export function oneOf(choices: readonly string[]): (text: string) => string {
  return (text) => {
    if (choices.includes(text)) return text;
    const near = suggestion(text, choices);
    throw new InvalidArgumentError(`Expected one of ${choices.join(', ')}${near}.`);
  };
}

/** Reads the name of a file. @throws {InvalidArgumentError} where it is empty. */
export function fileName(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('Expected the name of a file.');
}

function moduleName(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('Expected the name of a module, such as "tcp_connect".');
}

function directoryName(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('Expected the name of a directory.');
}

function timeout(text: string): number {
  const parsed = parseDuration(text);
  if (parsed !== undefined && parsed > 0) return parsed;
  throw new InvalidArgumentError('Expected a duration such as "3s" or "500ms".');
}

function jobPattern(text: string): string {
  if (text === '') {
    throw new InvalidArgumentError('Expected a regular expression such as "blackbox.*".');
  }
  try {
    return new Pattern(text).source;
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function absolutePath(text: string): string {
  if (isReservedPath(text)) {
    throw new InvalidArgumentError('The exporter answers something else there.');
  }
  if (/^\/[\w./-]*$/.test(text)) return text;
  throw new InvalidArgumentError('Expected a path such as "/metrics".');
}

function interval(text: string): number {
  const value = seconds(text);
  if (value >= 1 && value <= 86_400) return value;
  throw new InvalidArgumentError('Expected a number of seconds from 1 to 86400.');
}

function externalUrl(text: string): URL {
  // A host and its port, as blackbox_exporter takes them, need no scheme.
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const isHttp = /^https?:/i.test(withScheme);
  if (text !== '' && !/["']/.test(text) && isHttp && URL.canParse(withScheme)) {
    return new URL(withScheme);
  }
  throw new InvalidArgumentError('Expected a URL such as "https://example.com/health/".');
}

/** Output: without a slash at its end, so that paths can follow. */
function routePrefix(text: string): string {
  const prefix = `/${text}`.replace(/\/+/g, '/').replace(/\/$/, '');
  if (/^(?:\/[\w.~-]+)*$/.test(prefix)) return prefix;
  throw new InvalidArgumentError('Expected a path such as "/health".');
}

/** Every probe kept, and every request being answered, holds some kilobytes. */
const MAX_NUMBER = 100_000;

function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text) && Number(text) <= MAX_NUMBER) return Number(text);
  throw new InvalidArgumentError(`Expected a whole number from 0 to ${MAX_NUMBER}.`);
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Expected a number of seconds, 0 or more.');
}
