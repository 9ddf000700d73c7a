import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';
import { printConfig } from '../../src/config/print.ts';
import { ConfigError } from '../../src/config/problem.ts';
import type { Secret } from '../../src/lib/secret.ts';

type Variables = Readonly<Record<string, string>>;

function load(text: string, environment?: Variables) {
  return parseConfig({ file: 'f.yml', text }, environment);
}

function httpOptions(block: string, environment?: Variables): Record<string, unknown> {
  const { modules } = load(`modules: {m: {prober: http, http: {${block}}}}`, environment);
  return modules.get('m')?.options as Record<string, unknown>;
}

function refusal(text: string, environment: Variables): string {
  try {
    load(text, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('it loads');
}

const bodyOf = (written: string, environment?: Variables) =>
  (httpOptions(`body: ${written}`, environment).body as Secret).reveal();

describe('where nobody asked for it', () => {
  test('a variable stands for itself', () => {
    expect(bodyOf('"${A} $${A}"')).toBe('${A} $${A}');
  });
});

describe('where text belongs', () => {
  test.each([
    ['"${A}"', { A: 'x' }, 'x'],
    ['"a${A}b${A}${_b2}c"', { A: 'x', _b2: '-' }, 'axbx-c'],
    ['"$${A}"', {}, '${A}'],
    ['"$${A}${A}"', { A: 'x' }, '${A}x'],
    ['"${1} $1 $$ ${} ${a-b} $A {A} ${"', { A: 'x' }, '${1} $1 $$ ${} ${a-b} $A {A} ${'],
    ['"${A}"', { A: '0123' }, '0123'],
    ['"${A}"', { A: 'true' }, 'true'],
    ['"${A}"', { A: '${B}', B: 'x' }, '${B}'],
    ['"${A}"', { A: 'x\n}}}\nmodules: [' }, 'x\n}}}\nmodules: ['],
    ['"\\x24{A}"', { A: 'x' }, 'x'],
    ['"${A}"', { A: '\u0000\u2028"' }, '\u0000\u2028"'],
  ])('%s is text with the variables filled in', (written, environment, expected) => {
    expect(bodyOf(written, environment as Variables)).toBe(expected);
  });

  test('an empty variable is an option that is empty', () => {
    expect(bodyOf('"${A}"', { A: '' })).toBe('');
  });

  test('a long one is not cut', () => {
    const A = 'x'.repeat(1_000_000);
    expect(bodyOf('"${A}"', { A })).toBe(A);
  });

  test('a key stays as it is', () => {
    const { headers } = httpOptions('headers: {"${A}": "1"}'.replace('${A}', 'X-$'), { A: 'x' });
    expect(Object.keys(headers as object)).toEqual(['X-$']);
  });
});

describe('where another type belongs, the variable stands as if it were written there without quotes:', () => {
  test.each([
    ['valid_status_codes: ["${A}"]', '204', { valid_status_codes: [204] }],
    ['fail_if_ssl: "${A}"', 'true', { fail_if_ssl: true }],
    ['fail_if_ssl: "${A}"', 'yes', { fail_if_ssl: true }],
    ['fail_if_ssl: "${A}"', '', { fail_if_ssl: false }],
    ['body_size_limit: "${A}"', '1KB', { body_size_limit: 1024 }],
    ['compression: "${A}"', 'gzip', { compression: 'gzip' }],
    [
      'oauth2: {client_id: a, token_url: "http://a/", claims: {a: "${A}", b: [{c: "${A}"}]}}',
      '7',
      { oauth2: { claims: { a: 7, b: [{ c: 7 }] } } },
    ],
  ])('%s with %j', (block, A, expected) => {
    expect(httpOptions(block, { A })).toMatchObject(expected);
  });

  test('also outside of option blocks', () => {
    const text =
      'concurrency: ${N}\nlatency_buckets: ["${N}", 9]\nchecks: [{name: "${S}", target: "${S}:${N}", module: "${M}", timeout: "${T}", labels: {a: "${N}"}}]';
    const config = load(text, { N: '7', S: 'db', M: 'tcp_connect', T: '3s' });
    expect(config).toMatchObject({ concurrency: 7, latencyBuckets: [7, 9] });
    expect(config.checks[0]).toMatchObject({
      name: 'db',
      shownTarget: 'db:7',
      timeoutSeconds: 3,
      labels: { a: '7' },
    });
  });

  test('also in blocks that have no effect', () => {
    const block =
      'http_config: {oauth2: {client_id: "${A}", token_url: "http://a/", client_secret: "${A}"}}';
    const text = `modules: {m: {prober: websocket, websocket: {${block}}}}`;
    expect(load(text, { A: 'x' }).modules.get('m')?.options).toMatchObject({
      http_config: { oauth2: { client_id: 'x' } },
    });
  });
});

test('aliases and merge keys share what was filled in', () => {
  const text = `
modules:
  a: {prober: http, http: &web {body: &b "\${A}", headers: {X: "\${A}"}}}
  b: {prober: http, http: {<<: *web, headers: {Y: *b}}}
`;
  const options = load(text, { A: 'x' }).modules.get('b')?.options as {
    body: Secret;
    headers: Record<string, Secret>;
  };
  expect([options.body.reveal(), options.headers.Y?.reveal()]).toEqual(['x', 'x']);
});

test('the file is filled in out of a hundred thousand variables', () => {
  const names = Array.from({ length: 100_000 }, (_, index) => `V${index}`);
  const environment = Object.fromEntries(names.map((name) => [name, `/${name}`]));
  const checks = names
    .slice(0, 5000)
    .map((name) => `{name: ${name}, target: "\${${name}}", module: disk}`);
  const text = `checks: [${checks}]\nmodules: {disk: {prober: disk}}`;
  expect(load(text, environment).checks.at(-1)?.shownTarget).toBe('/V4999');
});

describe('refused is', () => {
  test('every variable that is not set, at its place', () => {
    const text = 'concurrency: ${A}\nchecks:\n  - {name: a, target: "x${B}${A}", prober: &p tcp}\n';
    expect(refusal(text, { toString: 'x' })).toBe(
      [
        'f.yml:1:14: the environment has no variable A; where the text itself is meant, write "$${A}"',
        '  1 | concurrency: ${A}',
        '                   ^',
        'f.yml:3:25: the environment has no variable B; where the text itself is meant, write "$${B}"',
        '  3 |   - {name: a, target: "x${B}${A}", prober: &p <secret>}',
        '                              ^',
        'f.yml:3:29: the environment has no variable A; where the text itself is meant, write "$${A}"',
        '  3 |   - {name: a, target: "x${B}${A}", prober: &p <secret>}',
        '                                  ^',
      ].join('\n'),
    );
  });

  test('everything else beside them, and nothing that they may mend', () => {
    const text = `concurrency: \${N}
checks:
  - {name: "\${A}", target: "\${T}", prober: http, http: {metod: GET}}
  - {name: "\${A}", target: "a", prober: "\${P}", http: {}}
  - {name: b, target: "a", prober: tcp, tcp: {tls_config: {cert: "\${C}", min_version: "\${V}"}}}
  - {name: c, target: "x:1", module: "\${M}", timeout: 5}
  - {name: d, target: "a", prober: http, http: {fail_if_body_matches_regexp: ["\${V}", "("]}}
`;
    const said = refusal(text, {})
      .split('\n')
      .filter((line) => line.startsWith('f.yml:'));
    const [unset, others] = [true, false].map((is) =>
      said.filter((line) => line.includes('the environment has no') === is),
    );
    expect(unset).toHaveLength(9);
    expect(others).toEqual([
      'f.yml:3:57: unknown key "metod" in checks[0].http (did you mean "method"?)',
      expect.stringMatching(/^f\.yml:5:23: checks\[2\]\.target: "a" has no port/),
      expect.stringMatching(/^f\.yml:6:55: checks\[3\]\.timeout: expected a duration/),
      expect.stringMatching(/^f\.yml:7:87: checks\[4\].*"\(" is no regular expression/),
    ]);
  });

  test('what every object has, and nobody has set', () => {
    expect(refusal('concurrency: ${constructor}', {})).toContain('no variable constructor');
  });

  test('more than the memory is there for', () => {
    const text = `modules: {m: {prober: http, http: {body: "${'${A}'.repeat(40)}"}}}`;
    expect(refusal(text, { A: 'x'.repeat(1024 * 1024) })).toMatch(
      /^f\.yml:1:\d+: the variables, filled in, are more than 33554432 characters/,
    );
  });
});

test.each([
  ['checks: [{name: a, target: b, prober: "${A}"}]', 'https', 'got "${A}" (did you mean "http"?)'],
  [
    'checks: [{name: a, prober: cpu, timeout: "${A}"}]',
    '5',
    'such as "500ms", "5s" or "1m30s", got "${A}"',
  ],
  [
    'modules: {m: {prober: dns, dns: {query_name: a, query_type: "${A}"}}}',
    'Q',
    '"${A}" stands for',
  ],
])('a message is as helpful as ever: %s with %j', (text, A, expected) => {
  expect(refusal(text, { A })).toContain(expected);
});

describe('a message shows what stands in the file, and not what a variable holds:', () => {
  const A = 'canary-0815';

  test.each([
    ['concurrency: ${A}', 'concurrency: expected a number, got "${A}"'],
    ['concurrency: x${A}', 'concurrency: expected a number, got "x${A}"'],
    ['checks: ${A}', 'checks: expected a list, got "${A}"'],
    ['modules: ${A}', 'modules: expected a mapping of keys to values, got "${A}"'],
    ['checks: ["${A}"]', 'checks[0]: expected a mapping of keys to values, got "${A}"'],
    ['checks: [{name: a, target: b, module: "${A}"}]', 'unknown module "${A}"'],
    [
      'checks: [{name: a, target: b, prober: "${A}"}]',
      'checks[0].prober: expected one of "http", "tcp", "dns", "unix", "icmp", "grpc", "websocket", "systemd", "disk", "memory", "cpu", got "${A}"',
    ],
    [
      'checks: [{name: "${A}", prober: cpu}, {name: "${A}", prober: cpu}]',
      'two checks are named "${A}", the first on line 1',
    ],
    [
      'checks: [{name: a, target: "ftp://u:${A}@h", prober: http}]',
      'checks[0].target: "ftp://<secret>@h" has the scheme ftp, expected http or https',
    ],
    [
      'checks: [{name: a, target: "${A}://x", prober: http}]',
      'checks[0].target: what "${A}://x" stands for cannot be used here',
    ],
    [
      'modules: {m: {prober: http, http: {fail_if_body_matches_regexp: ["(${A}"]}}}',
      'what "(${A}" stands for cannot be used here',
    ],
    [
      'modules: {m: {prober: dns, dns: {query_name: a, query_type: "${A}"}}}',
      'what "${A}" stands for cannot be used here',
    ],
    [
      'checks: [{name: a, target: h, prober: http, labels: {a: {b: "${A}"}}}]',
      'checks[0].labels.a: expected text, got a mapping',
    ],
    [
      'modules: {m: {prober: http, http: {method: &m ba-d, compression: *m}}}',
      'compression: expected one of "", "gzip", "br", "deflate", "identity", got *m',
    ],
  ])('%s', (text, expected) => {
    const said = refusal(text, { A });
    expect(said).toContain(expected);
    expect(said).not.toMatch(/canary|0815/);
  });

  test('and the error holds it nowhere else', () => {
    const error = (() => {
      try {
        return load('modules: {m: {prober: http, http: {method: "${A} ", body: inline-secret}}}', {
          A,
        });
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(ConfigError);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/canary|inline-secret/);
  });
});

describe('of a target with variables is shown', () => {
  const environment = { H: 'h.example', P: '80', T: 'canary', U: 'https://h.example/canary' };

  test.each([
    ['http', 'https://${H}:${P}/', 'https://h.example:80/'],
    [
      'http',
      'https://${H}/hooks/${T}?a=${T}&b=1#${T}',
      'https://h.example/hooks/${T}?a=${T}&b=1#${T}',
    ],
    ['http', 'https://u:${T}@${H}/', 'https://<secret>@h.example/'],
    ['http', 'https://${H}/?token=${T}', 'https://h.example/?token=<secret>'],
    ['http', '${U}', 'https://h.example/<secret>'],
    ['http', '${U}/x', 'https://h.example/<secret>/x'],
    ['websocket', 'wss://${H}/${T}', 'wss://h.example/${T}'],
    ['tcp', '${H}:${P}', 'h.example:80'],
  ])('by %s: %s', (prober, target, shown) => {
    const { checks } = load(
      `checks: [{name: a, target: "${target}", prober: ${prober}}]`,
      environment,
    );
    expect(checks[0]?.shownTarget).toBe(shown);
    expect(inspect(checks, { depth: 9, showHidden: true })).not.toContain('canary');
    expect(checks[0]?.target.reveal()).toContain('h.example');
  });
});

test('the configuration in force shows the variables as they are written', () => {
  const text = `
checks:
  - {name: a, target: h, prober: http, http: {basic_auth: {username: "\${A}", password: "\${A}"}, valid_status_codes: ["\${N}"]}}
modules:
  m: {prober: http, http: {body_size_limit: "\${S}", method: "\${M}"}}
`;
  const printed = printConfig(load(text, { A: 'canary', N: '204', S: '1KB', M: 'PUT' }));
  for (const shown of [
    'username: ${A}',
    'password: <secret>',
    '- ${N}',
    'limit: ${S}',
    'method: ${M}',
  ])
    expect(printed).toContain(shown);
  expect(printed).not.toContain('canary');
});
