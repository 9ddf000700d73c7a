import { isIPv6 } from 'node:net';
import type { Request, RequestHandler } from 'express';
import type { Check } from '../config/check.ts';
import type { Engine } from '../engine/engine.ts';
import { RequestProblem, sendText } from './respond.ts';
import { readSelection } from './selection.ts';

/** One element of what Prometheus' `http_sd_configs` reads. */
interface TargetGroup {
  readonly targets: readonly [address: string];
  readonly labels: Readonly<Record<string, string | undefined>>;
}

/** Where Prometheus is to ask for the metrics. */
interface Endpoint {
  readonly address: string;
  readonly metricsPath: string;
  /** Absent: Prometheus' own default. */
  readonly scheme?: 'https';
}

interface Discovery {
  readonly engine: Engine;
  readonly telemetryPath: string;
  readonly routePrefix: string;
  readonly externalUrl?: string | undefined;
}

/** `GET /sd`: every check as a target of its own for Prometheus' `http_sd_configs`, always the whole list. */
export function serviceDiscoveryRoute(parts: Discovery): RequestHandler {
  const { engine, telemetryPath, routePrefix, externalUrl } = parts;
  const outside =
    externalUrl === undefined ? undefined : endpointOutside(externalUrl, telemetryPath);
  return (request, response) => {
    const { checks } = engine.config();
    const select = readSelection(request, checks);
    const endpoint = outside ?? {
      address: askedAddress(request),
      metricsPath: routePrefix + telemetryPath,
      ...(request.secure && { scheme: 'https' as const }),
    };
    const groups = (select ? checks.filter(select) : checks).map((check) =>
      targetGroup(check, endpoint),
    );
    response.setHeader('X-Content-Type-Options', 'nosniff');
    return sendText(request, response, 'application/json', `${JSON.stringify(groups)}\n`);
  };
}

function targetGroup(check: Check, { address, metricsPath, scheme }: Endpoint): TargetGroup {
  const { name, shownTarget, module, labels } = check;
  const own = Object.entries(labels).map(([label, value]) => [
    `__meta_healthcheck_label_${label}`,
    value,
  ]);
  const described = {
    __scheme__: scheme,
    __metrics_path__: metricsPath,
    __param_check: name,
    check: name,
    __meta_healthcheck_target: shownTarget || undefined,
    __meta_healthcheck_prober: module.prober.name,
    __meta_healthcheck_module: module.name || undefined,
    ...Object.fromEntries(own),
  };
  return { targets: [address], labels: described };
}

/** Behind a proxy that adds or strips a path, only the URL from outside tells where the metrics are. */
function endpointOutside(externalUrl: string, telemetryPath: string): Endpoint {
  const { protocol, hostname, port, pathname } = new URL(externalUrl);
  const isHttps = protocol === 'https:';
  return {
    address: `${hostname}:${port || (isHttps ? 443 : 80)}`,
    metricsPath: pathname.replace(/\/+$/, '') + telemetryPath,
    ...(isHttps && { scheme: 'https' }),
  };
}

const HOST = /^(?:\[(?<v6>[^[\]]+)\]|[\w.-]{1,253})(?::(?<port>\d{1,5}))?$/;

/**
 * Where whoever asks has reached this exporter, so that Prometheus comes back the same way.
 *
 * @throws {RequestProblem} where the request says no one place.
 */
function askedAddress({ headersDistinct, secure }: Request): string {
  const [host = '', ...more] = headersDistinct.host ?? [];
  const { port, v6 = '::' } = HOST.exec(host)?.groups ?? { port: '0' };
  const defaultPort = secure ? '443' : '80';
  const isValid = more.length === 0 && isIPv6(v6) && isPort(port ?? defaultPort);
  if (isValid) return port === undefined ? `${host}:${defaultPort}` : host;
  throw new RequestProblem(400, NO_HOST);
}

const NO_HOST =
  'Host header: expected one host or host:port, for the targets to be there, or set --web.external-url';

function isPort(digits: string): boolean {
  return Number(digits) >= 1 && Number(digits) <= 65_535;
}
