import { describe, expect, test } from 'vitest';
import { http } from '../../../src/probers/http.ts';

describe('the configuration', () => {
  test.each([
    [
      { fail_if_body_matches_regexp: ['a', '(?=b)'] },
      '"(?=b)" is no regular expression in RE2 syntax',
    ],
    [{ fail_if_header_matches: [{ header: 'a' }] }, 'expected string'],
    [
      { basic_auth: { username: 'u' }, bearer_token: 't' },
      'at most one of basic_auth, authorization',
    ],
    [{ bearer_token: 't', bearer_token_file: 'f' }, 'at most one of basic_auth, authorization'],
    [
      { basic_auth: { password: 'p', password_file: 'f' } },
      'at most one of password and password_file',
    ],
    [{ authorization: { type: ' Basic' } }, 'belongs into basic_auth'],
    [{ body: 'b', body_file: 'f' }, 'at most one of body and body_file'],
    [{ compression: 'gzip', headers: { 'accept-ENCODING': 'br' } }, 'does not accept "gzip"'],
    [{ compression: 'lzma' }, 'expected one of'],
    [{ http_headers: { Authorization: { values: ['a'] } } }, 'cannot be set in http_headers'],
    [{ http_headers: { 'KEEP-alive': { values: ['a'] } } }, 'cannot be set in http_headers'],
    [{ basic_auth: { username_ref: 'a' } }, 'there are no secret providers here'],
    [{ basic_auth: { password_ref: 'a' } }, 'there are no secret providers here'],
    [{ authorization: { credentials_ref: 'a' } }, 'there are no secret providers here'],
    [{ headers: { 'a b': 'c' } }, 'expected the name of an HTTP header'],
    [{ headers: { a: 'b\r\nc: d' } }, 'has a line break'],
    [{ enable_http3: true }, 'HTTP/3 cannot be had in Node.js'],
    [{ valid_http_versions: ['HTTP/3.0'] }, 'HTTP/3 cannot be had in Node.js'],
    [{ valid_http_versions: ['HTTP/4'] }, 'expected "HTTP/1.0", "HTTP/1.1" or "HTTP/2.0"'],
    [{ method: 'connect' }, 'CONNECT asks for a tunnel'],
    [{ method: 'GET /' }, 'expected an HTTP method'],
    [{ tls_config: { min_version: 'TLS13', max_version: 'TLS12' } }, 'newer than max_version'],
    [{ tls_config: { cert: 'x' } }, 'needs both cert'],
    [
      { tls_config: { ca: '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----' } },
      'cannot be used',
    ],
    [{ body_size_limit: '10 apples' }, 'expected a size'],
    [{ body_size_limit: 10 }, 'expected a size such as "512KB" or "10MB"'],
    [{ proxy: 'http://proxy' }, 'Unrecognized key'],
  ])('%j is refused', (input, message) => {
    const { error } = http.options.safeParse(input);
    const messages = JSON.stringify(error?.issues);
    expect(messages).toContain(JSON.stringify(message).slice(1, -1));
  });

  test.each([
    { http_headers: { 'X-Amz-Target': { values: ['a'] }, 'Content-Language': { values: ['b'] } } },
    { basic_auth: { username: 'u', username_ref: '', password: '', password_file: 'f' } },
    { bearer_token: '', bearer_token_file: 'f' },
    { bearer_token: '', basic_auth: { username: 'u' } },
    { authorization: { credentials: '', credentials_file: 'f' } },
    { body: '', body_file: 'f' },
    { method: '' },
    { valid_status_codes: [200, 404] },
    { body_size_limit: '10MB' },
    { body_size_limit: 0 },
    { no_follow_redirects: true },
    { compression: 'gzip', headers: { 'Accept-Encoding': 'br, gzip' } },
  ])('%j is taken, as blackbox_exporter does', (input) => {
    expect(http.options.safeParse(input).error?.issues).toBeUndefined();
  });

  test('shows no secret', () => {
    const parsed = http.options.parse({
      headers: { 'X-Api-Key': 'canary' },
      basic_auth: { username: 'u', password: 'canary' },
      http_headers: { 'X-Secret': { secrets: ['canary'] } },
      body: 'canary',
    });
    expect(JSON.stringify(parsed)).not.toContain('canary');
  });
});
