import { createServer } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { startTargetProcess } from '../bench/targets/target-process.ts';
import { createAuthority, daysFromNow } from '../support/certificates.ts';
import { freePort, httpLoopback, loopback } from '../support/loopback.ts';

/** Targets of every kind, and the checks of them. */
export interface MixedChecks extends AsyncDisposable {
  /** The configuration, whole. */
  readonly config: string;
  /** How many checks succeed, fail at once, and hang until their timeout. */
  readonly healthy: number;
  readonly failing: number;
  readonly hanging: number;
  /** The name of a healthy one that needs no network. */
  readonly quickCheck: string;
}

const HANGING_SECONDS = '20ms';

/** Starts real servers on the loopback interface, those that never answer in a process of their own. */
export async function startMixedChecks(): Promise<MixedChecks> {
  await using stack = new AsyncDisposableStack();
  const page = stack.use(
    await httpLoopback((request, response) => {
      response.statusCode = request.url === '/broken' ? 503 : 200;
      response.end('welcome');
    }),
  );
  const authority = stack.adopt(createAuthority(), ({ remove }) => remove());
  const secure = async (validTo: Date) => {
    const identity = authority.issue({
      names: 'IP:127.0.0.1',
      validFrom: daysFromNow(-9),
      validTo,
    });
    const server = createHttps(identity, (_request, response) => response.end('ok'));
    return stack.use(await loopback(server)).port;
  };
  const [valid, expired] = [await secure(daysFromNow(90)), await secure(daysFromNow(-1))];
  const dns = stack.use(await startTargetProcess('instant-dns'));
  const silent = stack.use(await startTargetProcess('silent-tcp'));
  // Answers, but with what neither grpc nor websocket take.
  const beside = stack.use(await loopback(createServer((_request, response) => response.end())));
  const closed = await freePort();

  const trust = `{tls_config: {ca_file: ${JSON.stringify(authority.certFile)}}}`;
  const question = 'query_name: example.test, query_type: A';
  const healthy = [
    `{target: "http://127.0.0.1:${page.port}/", prober: http}`,
    `{target: "https://127.0.0.1:${valid}/", prober: http, http: ${trust}}`,
    `{target: "127.0.0.1:${page.port}", prober: tcp}`,
    `{target: "127.0.0.1:${dns.port}", prober: dns, dns: {${question}}}`,
    '{target: /, prober: disk}',
    '{prober: memory}',
    '{prober: cpu, cpu: {interval: 10ms}}',
  ];
  const failing = [
    `{target: "http://127.0.0.1:${page.port}/broken", prober: http}`,
    `{target: "http://127.0.0.1:${page.port}/", prober: http, http: {fail_if_body_matches_regexp: [welcome]}}`,
    `{target: "http://127.0.0.1:${closed}/", prober: http}`,
    `{target: "https://127.0.0.1:${expired}/", prober: http, http: ${trust}}`,
    `{target: "https://127.0.0.1:${valid}/", prober: http}`,
    `{target: "127.0.0.1:${closed}", prober: tcp}`,
    `{target: "127.0.0.1:${page.port}", prober: tcp, tcp: {tls: true}}`,
    `{target: "127.0.0.1:${closed}", prober: dns, dns: {${question}, transport_protocol: tcp}}`,
    `{target: "127.0.0.1:${beside.port}", prober: grpc, grpc: {tls: false}}`,
    `{target: "ws://127.0.0.1:${beside.port}/", prober: websocket}`,
    '{target: /nowhere/socket, prober: unix}',
    '{target: /nowhere, prober: disk}',
  ];
  const hanging = [
    `{target: "http://127.0.0.1:${silent.port}/", prober: http}`,
    `{target: "https://127.0.0.1:${silent.port}/", prober: http}`,
    `{target: "http://127.0.0.1:1/", prober: http, http: {proxy_url: "http://127.0.0.1:${silent.port}"}}`,
    `{target: "127.0.0.1:${silent.port}", prober: tcp, tcp: {query_response: [{expect: never}]}}`,
    `{target: "127.0.0.1:${silent.port}", prober: tcp, tcp: {tls: true}}`,
    `{target: "127.0.0.1:${silent.port}", prober: dns, dns: {${question}, transport_protocol: tcp}}`,
    `{target: "127.0.0.1:${silent.port}", prober: grpc, grpc: {tls: false}}`,
    `{target: "ws://127.0.0.1:${silent.port}/", prober: websocket}`,
  ].map((check) => check.replace('{', `{timeout: ${HANGING_SECONDS}, `));

  const named = Object.entries({ healthy, failing, hanging }).flatMap(([kind, checks]) =>
    checks.map((check, index) => check.replace('{', `{name: ${kind} ${index}, `)),
  );
  const started = stack.move();
  return {
    config: ['checks:', ...named.map((check) => `  - ${check}`), ''].join('\n'),
    healthy: healthy.length,
    failing: failing.length,
    hanging: hanging.length,
    quickCheck: `healthy ${healthy.findIndex((check) => check.includes('memory'))}`,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}
