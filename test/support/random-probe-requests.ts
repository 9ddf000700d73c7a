import { connect } from 'node:net';
import type { Config, Module } from '../../src/config/check.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { fc } from './property.ts';
import { serveApplication } from './web-application.ts';

/** What `/probe` may answer, whatever it is asked. */
export const PROBE_STATUSES: ReadonlySet<number> = new Set([
  ...[200, 400, 403, 405, 413, 414, 429, 431, 503],
]);

const MODULES = ['http', 'tcp', 'dns', 'icmp', 'grpc', 'websocket', 'unix', 'memory', 'systemd'];

/** What a module cannot do without. */
const OPTIONS: Readonly<Record<string, string>> = { dns: ', dns: {query_name: a.invalid}' };

const target = fc.constantFrom(
  ...['127.0.0.1', '127.0.0.1:1', '[::1]:1', '::1', 'http://127.0.0.1:1/', 'http://[::1', 'a b'],
  ...[
    'x.invalid',
    'x.invalid:99999',
    'http://u:p@x.invalid/?q=%00#f',
    'ftp://x.invalid',
    'file:///',
  ],
  ...[
    '',
    ' ',
    '-c',
    '..',
    '/',
    '/run/a.sock',
    'a\r\nX: y',
    '\0',
    '%',
    '%25',
    '%2525',
    '://',
    'é.invalid',
  ],
  ...[
    'x'.repeat(2001),
    'x'.repeat(300),
    '１２７.0.0.1:1',
    '0x7f.1:1',
    '2130706433:1',
    'xn--a.invalid',
  ],
);
const anyText = fc.string({ unit: 'binary', maxLength: 20 });
const value = fc.oneof(
  target,
  anyText,
  fc.constantFrom(...MODULES, 'true', 'false', 'http_2xx', '__proto__', 'constructor'),
);
const name = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('target', 'module', 'hostname', 'debug', 'target', 'module'),
  },
  fc.constantFrom('target[]', 'module[]', 'target[a]', '__proto__', 'constructor', 'TARGET', ''),
  anyText,
);
const parameter = fc
  .record({ name, value, encode: fc.constantFrom(encoded, encoded, encoded, raw, broken) })
  .map((given) => `${given.encode(given.name)}=${given.encode(given.value)}`);
const probe = fc
  .record({ module: fc.constantFrom(...MODULES), target })
  .map((given) => `module=${given.module}&target=${encoded(given.target)}`);
const query = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(probe, fc.array(parameter, { maxLength: 2 }))
      .map(([first, more]) => [first, ...more].join('&')),
  },
  {
    weight: 4,
    arbitrary: fc.array(parameter, { maxLength: 5 }).map((parameters) => parameters.join('&')),
  },
  fc.integer({ min: 1, max: 40_000 }).map((length) => `target=${'a'.repeat(length)}`),
  fc.integer({ min: 1, max: 3000 }).map((times) => 'target=a&'.repeat(times)),
);

const headerText = fc
  .array(fc.integer({ min: 0, max: 255 }).filter(endsNoLine), { maxLength: 20 })
  .map((codes) => String.fromCharCode(...codes));
const header = fc.oneof(
  fc
    .constantFrom(
      ...['NaN', '-1', '1e309', '', '0', 'Infinity', '-Infinity', '5', '5, 6', '0x10', '1e-300'],
      ...['5s', ' 5 ', '١', '1_0', '00005', '1e3', '.5', '5.', '+5', '9'.repeat(400)],
    )
    .map((seconds) => `X-Prometheus-Scrape-Timeout-Seconds: ${seconds}`),
  fc.constantFrom(
    ...['Accept: */*;q=2', 'Accept: ;;,,q=', 'Accept-Encoding: gzip', 'Accept-Encoding: *;q=0'],
    ...['Content-Length: 5', 'Content-Length: 5\r\nContent-Length: 6', 'Content-Length: -1'],
    ...['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked\r\nContent-Length: 3'],
    ...[
      'Expect: 100-continue',
      'Expect: x',
      'Connection: close',
      'Connection: Upgrade\r\nUpgrade: websocket',
      'Host: b',
      ' folded',
    ],
  ),
  fc
    .tuple(fc.constantFrom('X-A', 'Accept', 'Cookie', 'A b'), headerText)
    .map(([a, b]) => `${a}: ${b}`),
  fc.integer({ min: 1, max: 18_000 }).map((length) => `X-Long: ${'a'.repeat(length)}`),
  fc.integer({ min: 1, max: 300 }).map((times) => Array(times).fill('X-Many: a').join('\r\n')),
);

/** Requests of `/probe` as bytes: random parameters, methods and headers, most of them nearly right. */
export const probeRequests: fc.Arbitrary<Buffer> = fc
  .record({
    method: fc.oneof(
      { weight: 8, arbitrary: fc.constant('GET') },
      fc.constantFrom('HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'get', 'X'),
    ),
    query,
    headers: fc.array(header, { maxLength: 3 }),
  })
  .map(({ method, query, headers }) => {
    const lines = [`${method} /probe?${query} HTTP/1.1`, 'Host: 127.0.0.1', ...headers, '', ''];
    return Buffer.from(lines.join('\r\n'), 'latin1');
  });

/** A second request in the same bytes would have an answer of its own. */
function endsNoLine(code: number): boolean {
  return code !== 0x0a && code !== 0x0d;
}

function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** As bytes of UTF-8 that nobody escaped, where they do not end the request line. */
function raw(text: string): string {
  return Buffer.from(text.replaceAll(/[\s\0]/g, '+')).toString('latin1');
}

function broken(text: string): string {
  return `${encoded(text)}%${text.length % 2 ? 'zz' : 'ff'}%`;
}

/** An exporter whose probers read their targets and options as ever, and dial nobody. */
export interface UndialledExporter {
  /** The status of the answer to one request on a connection of its own; rejects where none comes. */
  readonly ask: (request: Buffer) => Promise<number>;
  /** How many requests came as far as to be probed. */
  readonly probed: () => number;
  readonly stop: () => Promise<void>;
}

/** Starts it in this process, on the loopback interface. */
export async function startUndialledExporter(): Promise<UndialledExporter> {
  let probed = 0;
  const quiet = (module: Module): Module => ({
    ...module,
    prober: {
      ...module.prober,
      probe: async () => {
        probed++;
      },
    },
  });
  const blocks = MODULES.map(
    (name) => `  ${name}: {prober: ${name}${OPTIONS[name] ?? ''}}
`,
  );
  const text = `modules:
${blocks.join('')}`;
  const config = parseConfig({ file: 'modules.yml', text });
  const modules = new Map([...config.modules].map(([name, module]) => [name, quiet(module)]));
  const server = await serveApplication({ ...config, modules } satisfies Config);
  return {
    ask: (request) => statusOf(request, server.address.port),
    probed: () => probed,
    stop: () => server.stop(0),
  };
}

/** Far more than anybody needs who dials nobody. */
const PATIENCE_MS = 15_000;

function statusOf(request: Buffer, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    let answer = '';
    const end = (problem: string) => {
      const status = /^HTTP\/1\.1 (?<status>\d{3}) /.exec(answer)?.groups?.status;
      socket.destroy();
      if (status !== undefined) resolve(Number(status));
      else reject(new Error(`${problem}: ${JSON.stringify(request.toString('latin1'))}`));
    };
    socket.setTimeout(PATIENCE_MS, () => end('no answer in time'));
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer = (answer + text).replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '');
      if (answer.includes('\r\n')) end('no answer of HTTP');
    });
    socket.on('error', ({ message }) => end(message));
    socket.on('close', () => end('closed without an answer'));
  });
}

/** @throws where the status of an answer is none of {@link PROBE_STATUSES}. */
export async function expectKnownStatus(
  { ask }: UndialledExporter,
  request: Buffer,
): Promise<number> {
  const status = await ask(request);
  if (PROBE_STATUSES.has(status)) return status;
  throw new Error(
    `answered ${status}: ${JSON.stringify(request.toString('latin1').slice(0, 500))}`,
  );
}
