import { onTestFinished } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';
import type { WebParts } from '../../src/web/application.ts';
import { httpServer } from './servers.ts';
import { serveApplication } from './web-application.ts';

const MODULES = `
probe_policy: {allow: ["*", {modules: [own_memory]}]}
modules:
  m5: {prober: http, timeout: 5s}
  m9.5: {prober: http, timeout: 9.5s}
  m10: {prober: http, timeout: 10s}
  m20: {prober: http, timeout: 20s}
  short: {prober: tcp, timeout: 300ms, tcp: {query_response: [{expect: never}]}}
  secrets:
    prober: http
    http:
      headers: {Authorization: Bearer s3cret-token, X-Api-Key: s3cret-key}
      basic_auth: {username: user, password: s3cret-password}
      body: s3cret-body
      body_size_limit: 10MB
      fail_if_body_json_matches_cel: "body.state == 'down'"
      proxy_url: http://proxy-user:s3cret@127.0.0.1:1
      proxy_connect_header: {X-Key: [s3cret]}
      fail_if_body_matches_regexp: ["s[e]cret"]
  oauth2:
    prober: http
    http:
      oauth2: {client_id: me, client_secret: s3cret, token_url: "http://u:s3cret@localhost/", endpoint_params: {a: s3cret}}
  metadata: {prober: grpc, grpc: {metadata: {authorization: [s3cret]}}}
  host: {prober: http, http: {headers: {Host: one.example}}}
  tls: {prober: tcp, tcp: {tls: true}}
  tls_named: {prober: tcp, tcp: {tls: true, tls_config: {server_name: own.example}}}
  smtp: {prober: tcp, tcp: {query_response: [{send: "AUTH PLAIN s3cret"}]}}
  own_memory: {prober: memory}
`;

/** What `/probe` answered. */
export interface ProbeAnswer {
  readonly status: number;
  readonly text: string;
  readonly contentType: string | null;
  /** By name, of series without labels. */
  readonly samples: Readonly<Record<string, number>>;
  readonly series: readonly string[];
}

/** Asks `/probe`. */
export type GetProbe = (
  query: Record<string, string>,
  scrapeTimeout?: string,
  headers?: Record<string, string>,
) => Promise<ProbeAnswer>;

const CONFIG = parseConfig({ file: 'modules.yml', text: MODULES });

/** The application with modules of every kind, some of them with secrets, until the test is over. */
export async function serveModules(
  overrides: Partial<WebParts> = {},
): Promise<{ url: string; get: GetProbe }> {
  const server = await serveApplication(CONFIG, { credentialsToAnyTarget: true, ...overrides });
  onTestFinished(() => server.stop(0));
  const url = `http://127.0.0.1:${server.address.port}`;
  const get: GetProbe = async (query, scrapeTimeout, more = {}) => {
    const headers = {
      ...more,
      ...(scrapeTimeout !== undefined && { 'x-prometheus-scrape-timeout-seconds': scrapeTimeout }),
    };
    const response = await fetch(`${url}/probe?${new URLSearchParams(query)}`, { headers });
    const text = await response.text();
    const lines = text.split('\n').filter((line) => /^probe_/.test(line));
    return {
      status: response.status,
      text,
      contentType: response.headers.get('content-type'),
      samples: Object.fromEntries(
        lines
          .filter((line) => !line.includes('{'))
          .map((line) => line.split(' '))
          .map(([name, value]) => [name, Number(value)]),
      ),
      series: lines.map((line) => line.slice(0, line.lastIndexOf(' '))),
    };
  };
  return { url, get };
}

/** `127.0.0.1:port` of a web server that answers with this status. */
export async function answering(status: number): Promise<string> {
  const server = await httpServer((_request, response) => {
    response.statusCode = status;
    response.end();
  });
  return `127.0.0.1:${server.port}`;
}
