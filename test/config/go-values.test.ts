import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';
import { Secret } from '../../src/lib/secret.ts';
import { PROBERS } from '../../src/probers/index.ts';

/** The options of the module `m`, whose block stands below `http:`. */
function options(block: string, prober = 'http'): Record<string, unknown> {
  const indented = block.replaceAll(/^/gm, '      ');
  const text = `modules:\n  m:\n    prober: ${prober}\n    ${prober}:\n${indented}\n`;
  return parseConfig({ file: 'go.yml', text }).modules.get('m')?.options as Record<string, unknown>;
}

function revealed(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, of]) => [key, revealed(of)]));
}

describe('where text belongs', () => {
  test.each([
    ['body: 123', { body: '123' }],
    ['body: 0123', { body: '0123' }],
    ['body: 1.10', { body: '1.10' }],
    ['body: 0x1F', { body: '0x1F' }],
    ['body: 1e3', { body: '1e3' }],
    ['body: 12345678901234567890123', { body: '12345678901234567890123' }],
    ['body: True', { body: 'True' }],
    ['body: &anchor 007 # seven', { body: '007' }],
    ['body: yes', { body: 'yes' }],
    [
      'headers: {X-A: 1, X-B: true, X-C: 1.0}',
      { headers: { 'X-A': '1', 'X-B': 'true', 'X-C': '1.0' } },
    ],
    [
      'basic_auth: {username: 0042, password: 123456}',
      { basic_auth: { username: '0042', password: '123456' } },
    ],
    ['tls_config: {server_name: 1}', { tls_config: { server_name: '1' } }],
    [
      'http_headers: {X-A: {values: [1, 2.50]}}',
      { http_headers: { 'X-A': { values: ['1', '2.50'] } } },
    ],
    [
      'oauth2: {client_id: 1, token_url: "http://a/", scopes: [7], endpoint_params: {a: 010}}',
      { oauth2: { client_id: '1', scopes: ['7'], endpoint_params: { a: '010' } } },
    ],
  ])('a number or a boolean is what is written: %s', (block, expected) => {
    expect(revealed(options(block))).toMatchObject(expected);
  });

  test('an expression may be a number', () => {
    const { fail_if_body_matches_regexp: patterns } = options(
      'fail_if_body_matches_regexp: [200, true]',
    );
    expect(String(patterns)).toBe('200,true');
  });

  test('only text becomes text', () => {
    const block =
      'valid_status_codes: [200]\nfail_if_ssl: true\noauth2: {client_id: a, token_url: "http://a/", claims: {a: 1, b: null}}';
    expect(options(block)).toMatchObject({
      valid_status_codes: [200],
      fail_if_ssl: true,
      oauth2: { claims: { a: 1, b: null } },
    });
  });

  test('in the same way for other probers', () => {
    const block = 'query_response: [{expect: 220, send: 1}]';
    const [step] = options(block, 'tcp').query_response as Record<string, unknown>[];
    expect(String(step?.expect)).toBe('220');
  });
});

describe('an option without a value', () => {
  test('counts as absent, at any depth', () => {
    const names = Object.keys(PROBERS.find(({ name }) => name === 'http')?.options.shape ?? {});
    const given = options(names.map((name) => `${name}:`).join('\n'));
    expect(JSON.stringify(given)).toBe(JSON.stringify(options('method: GET')));
    expect(options('tls_config:\n  ca_file:\n  insecure_skip_verify:')).toEqual(
      options('tls_config: {}'),
    );
  });

  test('is empty text among headers, and an empty block among http_headers', () => {
    const given = revealed(options('headers: {X-A: }\nhttp_headers: {X-B: }'));
    expect(given).toMatchObject({
      headers: { 'X-A': '' },
      http_headers: { 'X-B': { values: [], secrets: [], files: [] } },
    });
  });

  test('is still missing where one is needed, and unknown where there is none', () => {
    expect(() => options('fail_if_header_matches: [{header: a, regexp: }]')).toThrow(
      /go.yml:5:44: .*fail_if_header_matches\[0\] needs the key "regexp"/,
    );
    expect(() => options('methud:')).toThrow(/go.yml:5:7: unknown key "methud"/);
  });
});
