import { describe, expect, test } from 'vitest';
import { maskLine, maskTarget, maskText, maskUrls, maskValue } from '../../src/config/mask.ts';
import { parseConfig } from '../../src/config/parse.ts';

describe('in a line that is shown, hidden are', () => {
  test.each([
    ['password: correct-horse', 'password: <secret>'],
    ['password: correct, horse', 'password: <secret>'],
    ['password: "correct \\" horse", b: 1', 'password: <secret>'],
    ['a: {password: "correct \\" horse", b: 1}', 'a: {password: <secret>, b: 1}'],
    ["a: {password: 'it''s, correct', b: 1}", 'a: {password: <secret>, b: 1}'],
    ['a: {"password":"correct-horse","b":1}', 'a: {"password":<secret>,"b":1}'],
    ['{bearer_token: [correct, horse], b: 1}', '{bearer_token: <secret>, b: 1}'],
    ['{headers: {X: {y: z}, W: v}, b: 1}', '{headers: <secret>, b: 1}'],
    ['{proxy_connect_header: {X: [y]}, b: 1}', '{proxy_connect_header: <secret>, b: 1}'],
    ['{basic_auth: {username: a, pasword: b}, c: 1}', '{basic_auth: <secret>, c: 1}'],
    ['- {name: a, target: https://me:secret@host/}', '- {name: a, target: https://<secret>@host/}'],
    ['target: me:correct@host', 'target: <secret>@host'],
    ['target: 1https://me:correct@host/', 'target: 1https://<secret>@host/'],
    ['target: x=-https://me:correct@host/', 'target: x=-https://<secret>@host/'],
    ['target: "https://me:cor/re?ct@host"', 'target: "https://<secret>@host"'],
    ['target: https://host/?api_key=abc&page=1', 'target: https://host/?api_key=<secret>&page=1'],
    ['password: "correct', 'password: <secret>'],
    ['client_certificate_key: abc', 'client_certificate_key: <secret>'],
    ['endpoint_params: {a: correct}', 'endpoint_params: <secret>'],
    ['key: |', 'key: <secret>'],
    ['X-Api-Key: abc', 'X-Api-Key: <secret>'],
    ['x: &pw correct-horse', 'x: &pw <secret>'],
    ['{x: &pw correct-horse, y: 1}', '{x: &pw <secret>, y: 1}'],
    ['- &pw "correct-horse"', '- &pw <secret>'],
    ['x: &pw |', 'x: &pw <secret>'],
    ['- {expect: "(", send: "PASS correct"}', '- {expect: "(", send: <secret>}'],
    ['target: "https://me:cor\\"re@host/"', 'target: "https://<secret>@host/"'],
    [
      'target: https://h/?key=a&sig=b&x=1&pwd=c',
      'target: https://h/?key=<secret>&sig=<secret>&x=1&pwd=<secret>',
    ],
    [
      'target: https://h/?keyword=a&access_key=b&apikey=c&monkey=d',
      'target: https://h/?keyword=a&access_key=<secret>&apikey=<secret>&monkey=d',
    ],
  ])('%s', (line, shown) => {
    expect(maskLine(line, { before: [], column: 0 }).text).toBe(shown);
  });

  test.each([
    [['password: >-']],
    [['x: &pw |-']],
    [['  a: b', 'basic_auth:']],
    [['', '', 'secrets:']],
    [['http: {bearer_token: "correct']],
    [['  - name: x', 'authorization: {type: Bearer,']],
  ])('what stands below %j', (before) => {
    expect(maskLine('    horse: staple', { before, column: 6 })).toEqual({
      text: '    <secret>',
      column: 4,
    });
  });

  test('text with its anchor on the line before', () => {
    const shown = maskLine('  correct-horse', { before: ['x: &pw'], column: 2 }).text;
    expect(shown).toBe('  <secret>');
  });

  test('what continues an open quote, however little it is indented', () => {
    const before = ['  password: "correct'];
    expect(maskLine('horse"', { before, column: 0 }).text).toBe('<secret>');
  });
});

describe('in a line that is shown, not hidden is', () => {
  test.each([
    ['name: Password reset'],
    ['body_size_limit: 10MB'],
    ['fail_if_body_matches_regexp: [a]'],
    ['target: https://example.com/users/@me'],
    ['target: getty@tty1.service'],
    ['password:'],
    ['base: &base {method: GET, no_proxy: x}'],
    ['base: &base # shared'],
    ['base: &base'],
    ['target: a&b c'],
    ['target: "a &b c"'],
  ])('%s', (line) => {
    // A password in a broken URL may hold a slash; where no quote ends it, what follows is hidden rather than shown.
    const shown = maskLine(line, { before: [], column: 0 }).text;
    expect(shown).toBe(line.replace(/example\.com\/users\//, '<secret>'));
  });

  test('what stands in a mapping with its anchor on the line before', () => {
    expect(maskLine('  method: GET', { before: ['base: &base'], column: 2 }).text).toBe(
      '  method: GET',
    );
    expect(maskLine('  - GET', { before: ['base: &base'], column: 2 }).text).toBe('  - GET');
  });

  test('what stands below a module whose name sounds secret', () => {
    const before = ['  token_service:', 'modules:'];
    expect(maskLine('    prober: htp', { before, column: 4 }).text).toBe('    prober: htp');
    expect(maskValue(['modules', 'token_service', 'timeout'], '5')).toBe('5');
    expect(maskValue(['modules', 'web', 'http', 'bearer_token'], '5')).toBe('<secret>');
  });
});

describe('the column of a place', () => {
  test.each([
    ['before a secret', 2, 2],
    ['in a secret', 16, 14],
    ['behind a secret', 28, 23],
  ])('%s moves with what is shown', (_, column, shown) => {
    const line = '{a: 1, token: correct-horse, b: 2}';
    expect(maskLine(line, { before: [], column }).column).toBe(shown);
  });

  test('behind credentials in a URL moves with what is shown', () => {
    const line = '{target: "https://me:correct-horse@host", b: 2}';
    const { text, column } = maskLine(line, { before: [], column: line.indexOf('b:') });
    expect(text.slice(column)).toBe('b: 2}');
  });
});

describe('of a target', () => {
  test.each([
    ['https://a:b@host/', 'https://<secret>@host/'],
    ['https://a@host/', 'https://<secret>@host/'],
    ['a:b@host:80', '<secret>@host:80'],
    ['https://host/@a', 'https://host/@a'],
    ['[::1]:22', '[::1]:22'],
    ['host:22', 'host:22'],
  ])('%s the credentials alone are hidden', (target, shown) => {
    expect(maskUrls(target)).toBe(shown);
  });

  test('that is broken everything that may be a password is hidden', () => {
    expect(maskText('"https://a:b/c#d@host"')).toBe('"https://<secret>@host"');
  });
});

test('text that the YAML parser takes for an alias or a tag is not repeated', () => {
  for (const value of ['*correct-horse', '!correct-horse x', '!!correct-horse x']) {
    const text = `modules: {web: {prober: http, http: {bearer_token: ${value}}}}`;
    expect(() => parseConfig({ file: 'f.yml', text })).toThrow(/^(?!.*correct-horse)/s);
  }
});

test('the name of an anchor is shown without what a terminal obeys', () => {
  for (const text of ['&a\u001B\nchecks:&a', 'x: &a\u0085 y\nchecks: *a\u0085']) {
    expect(() => parseConfig({ file: 'f.yml', text })).toThrow(/^(?:\n|\P{Cc})+$/u);
  }
});

test('a password in a URL is hidden also where the URL is too long to be shown whole', () => {
  const target = `ftp://monitor:${'correct-horse-'.repeat(9)}@example.com`;
  const text = `checks: [{name: a, prober: http, target: "${target}"}, {name: b, prober: "${target}"}]`;
  expect(() => parseConfig({ file: 'f.yml', text })).toThrow(/^(?!.*correct-horse)/s);
});

describe('of a target that is a URL, hidden are', () => {
  test.each([
    ['https://me:secret@host/', 'https://<secret>@host/'],
    ["http://u:pa'ss@h/", 'http://<secret>@h/'],
    ['http://u:pa ss@h/', 'http://<secret>@h/'],
    ['u:pa ss@h/', '<secret>@h/'],
    ['token@h', '<secret>@h'],
    [':pass@h', '<secret>@h'],
    ['u@x:pass@h', '<secret>@h'],
    ['http:///u:pass@h', 'http:///<secret>@h'],
    ['http:/u:pass@h', 'http:/<secret>@h'],
    ['http:\\\\u:pass@h/', '<secret>@h/'],
    ['h/?sas=a&hmac=b&pin=c&page=1', 'h/?sas=<secret>&hmac=<secret>&pin=<secret>&page=1'],
    ['h/;token=a', 'h/;token=<secret>'],
    ['h/#token=a', 'h/#token=<secret>'],
    ['h/?tok%65n=a&b=c', 'h/?tok%65n=<secret>&b=c'],
  ])('%s', (target, shown) => expect(maskTarget(target)).toBe(shown));

  test.each([
    ['http://h/users/@me', 'http://h/users/@me'],
    ['h:80/a?b=c@d', 'h:80/a?b=c@d'],
    ['http://[::1]:80/', 'http://[::1]:80/'],
    ['h/?spinner=a&design=b', 'h/?spinner=a&design=b'],
  ])('not what is none: %s', (target, shown) => expect(maskTarget(target)).toBe(shown));

  test.each([
    ['http://u:a/b@h', 'http://<secret>@h'],
    ['http://u:a@b@[zz]/', 'http://<secret>@[zz]/'],
    ['u:a/b?c@h', '<secret>@h'],
  ])('where it is broken, all before its last @: %s', (target, shown) => {
    expect(maskTarget(target, false)).toBe(shown);
  });
});
