import { describe, expect, test } from 'vitest';
import { http } from '../../../src/probers/http.ts';
import { urlOf } from '../../support/http-peers.ts';
import { probe } from '../../support/probe.ts';
import { httpServer } from '../../support/servers.ts';

const serving = (body: string | Buffer, status = 200) =>
  httpServer((_request, response) => void response.writeHead(status).end(body));

/** Probes a body under conditions; gives the failure's message and the metric. */
async function judged(body: string | Buffer, options: Record<string, unknown>) {
  const server = await serving(body);
  const outcome = await probe(http, urlOf(server), options);
  expect(outcome.failure?.reason ?? 'body').toBe('body');
  return [outcome.failure?.message, outcome.value('probe_failed_due_to_cel')];
}

const cannot = (source: string, why: string) =>
  `the CEL expression "${source}" cannot be evaluated: ${why}`;
const noSuchKey = (source: string) => cannot(source, 'the body has no such key');
const noBoolean = (source: string) => `the CEL expression "${source}" gives neither true nor false`;
const noJson = 'the body is no JSON';
const nested = '{"foo": {"bar": "baz"}}';

// blackbox_exporter's own cases; `undefined` is a healthy one.
describe('fail_if_body_json_matches_cel', () => {
  const matches = (source: string) => `the body matches the CEL expression "${source}"`;
  test.each([
    ['matches', nested, `body.foo.bar == 'baz'`, matches],
    ['does not match', nested, `body.foo.bar == 'qux'`, undefined],
    ['asks an empty object', '{}', `body.foo.bar == 'qux'`, noSuchKey],
    ['is no boolean', nested, 'body.foo.bar', noBoolean],
    ['looks at no JSON', 'hello world', `body.foo.bar == 'baz'`, () => noJson],
    ['lacks its key', '{}', `body.foo.bar == 'baz'`, noSuchKey],
    ['matches a string', '"foo"', `body == 'foo'`, matches],
    ['matches a list', '["foo","bar","baz"]', `body[2] == 'baz'`, matches],
    ['is the boolean body itself', 'true', 'body', matches],
    ['looks at nothing', '', `body.foo.bar == 'baz'`, () => noJson],
    ['looks at emojis', '🤠🤠🤠', `body.foo.bar == 'baz'`, () => noJson],
    ['finds other emojis', '{"foo": {"bar": "🤠🤠🤠"}}', `body.foo.bar == '😿😿😿'`, undefined],
  ])('that %s', async (_title, body, source, message) => {
    const answer = await judged(body, { fail_if_body_json_matches_cel: source });
    expect(answer).toEqual([message?.(source), message ? 1 : 0]);
  });
});

describe('fail_if_body_json_not_matches_cel', () => {
  const mismatch = (source: string) => `the body does not match the CEL expression "${source}"`;
  test.each([
    ['matches', nested, `body.foo.bar == 'baz'`, undefined],
    ['does not match', nested, `body.foo.bar == 'qux'`, mismatch],
    ['asks an empty object', '{}', `body.foo.bar == 'qux'`, noSuchKey],
    ['is no boolean', nested, 'body.foo.bar', noBoolean],
    ['looks at no JSON', 'hello world', `body.foo.bar == 'baz'`, () => noJson],
    ['asks whether a key is there', '{}', '!has(body.foo)', undefined],
    ['matches a string', '"foo"', `body == 'foo'`, undefined],
    ['matches a list', '["foo","bar","baz"]', `body[2] == 'baz'`, undefined],
    ['is the boolean body itself', 'true', 'body', undefined],
    ['looks at nothing', '', `body.foo.bar == 'baz'`, () => noJson],
    ['looks at emojis', '🤠🤠🤠', `body.foo.bar == 'baz'`, () => noJson],
    ['finds emojis', '{"foo": {"bar": "🤠🤠🤠"}}', `body.foo.bar == '🤠🤠🤠'`, undefined],
  ])('that %s', async (_title, body, source, message) => {
    const answer = await judged(body, { fail_if_body_json_not_matches_cel: source });
    expect(answer).toEqual([message?.(source), message ? 1 : 0]);
  });
});

describe('a CEL expression', () => {
  const holds = (source: string) => ({ fail_if_body_json_not_matches_cel: source });

  test.each([
    ['{"n": 5}', 'body.n == 5 && body.n == 5.0 && body.n == 5u && body.n in [5] && body.n > 4'],
    ['{"n": 12345678901234567890}', 'body.n > 1 && type(body.n) == double'],
    ['{"a": 1, "a": 2}', 'body.a == 2'],
    ['{"a": null}', 'has(body.a) && "a" in body && body.a == null'],
    ['{"__proto__": {"a": 1}, "constructor": 2}', 'body.__proto__.a == 1 && body.constructor == 2'],
    ['{}', '!has(body.toString) && !("hasOwnProperty" in body)'],
    ['[1, 2, 3]', 'body.all(x, x > 0) && body.exists(x, x == 3) && body.exists_one(x, x == 1)'],
    ['[1, 2, 3]', 'body.filter(x, x > 1).map(x, x * 2.0) == [4, 6]'],
    ['{"a": "ok"}', 'body.a.matches("^o.$") && body.a.startsWith("o") && size(body.a) == 2'],
    ['{"t": "2024-01-01T00:00:00Z"}', 'timestamp(body.t) < timestamp("2025-01-01T00:00:00Z")'],
    ['  \n {"a": "\\u00e9"} ', 'body == {"a": "é"} // no more, no less'],
  ])('of %s: %s', async (body, source) => {
    expect(await judged(body, holds(source))).toEqual([undefined, 0]);
  });

  // A busy machine may take its second, but hardly each time: what takes time in the square of the list does.
  test('filters and maps a long list', { retry: 3 }, async () => {
    const source = 'body.filter(x, x == 1).size() == 1 && body.map(x, x + 1.0)[30000] == 2';
    expect(await judged(`[${'0,'.repeat(30_000)}1]`, holds(source))).toEqual([undefined, 0]);
  });

  test.each([
    ['{"n": 5}', 'body.n + 1 == 6', 'something in the body is of another type'],
    ['[]', 'body[0] == 1', 'a list of the body is too short'],
    ['{"s": "canary"}', 'int(body.s) == 1', 'the body is not what it is made for'],
    ['{"n": 0}', '1 / int(body.n) == 1', 'a division by zero'],
  ])('of %s that cannot be evaluated: %s', async (body, source, why) => {
    expect(await judged(body, holds(source))).toEqual([cannot(source, why), 1]);
  });

  test.each([
    ['nested too deeply', '['.repeat(1002) + ']'.repeat(1002), 'is nested more than'],
    ['with a number of no size', '{"n": 1e999}', 'holds a number that is too large'],
    ['that is no JSON to its end', '{"n": 1} x', noJson],
    ['that begins with a byte order mark', '\uFEFF{}', noJson],
  ])('never sees a body %s', async (_title, body, message) => {
    const [said, metric] = await judged(body, holds('true'));
    expect(said).toContain(message);
    expect(metric).toBe(1);
  });

  test('sees no more than 100000 objects and lists, and any number of other values', async () => {
    const objects = (count: number) => `[${new Array(count).fill('{}').join(',')}]`;
    expect(await judged(objects(99_999), holds('size(body) > 1'))).toEqual([undefined, 0]);
    const tooMany = 'the body has more than 100000 objects and lists';
    expect(await judged(objects(100_000), holds('true'))).toEqual([tooMany, 1]);
    const numbers = `[${new Array(300_000).fill('1').join(',')}]`;
    expect(await judged(numbers, holds('size(body) == 300000'))).toEqual([undefined, 0]);
  });

  test('sees no stack end with a body nested deeper than that', async () => {
    const brackets = (count: number) => '['.repeat(count) + ']'.repeat(count);
    const [said] = await judged(brackets(200_000), holds('true'));
    expect(said).toMatch(/is no JSON|is nested more than/);
  });

  test('reads bytes that are no text as Go does', async () => {
    const body = Buffer.concat([Buffer.from('{"a": "'), Buffer.of(255), Buffer.from('"}')]);
    expect(await judged(body, holds('body.a == "\\ufffd"'))).toEqual([undefined, 0]);
  });

  test('of a body longer than is looked at fails, unless body_size_limit allows more', async () => {
    const body = JSON.stringify({ a: 'x'.repeat(1_100_000) });
    const [message, metric] = await judged(body, holds('has(body.a)'));
    expect(message).toBe(
      'the body is longer than the 1 MiB that are looked at without a larger body_size_limit, and JSON is only read as a whole',
    );
    expect(metric).toBe(1);
    const further = { ...holds('has(body.a)'), body_size_limit: '2MB' };
    expect(await judged(body, further)).toEqual([undefined, 0]);
  });

  test('that would take for ever ends', async () => {
    const source = 'body.all(x, body.all(y, body.all(z, x + y + z >= 0.0))) || true';
    const [message, metric] = await judged(`[${'1,'.repeat(100_000)}1]`, holds(source));
    expect(message).toBe(`the CEL expression "${source}" takes longer than 1000 ms`);
    expect(metric).toBe(1);
    expect(await judged('[1]', holds(source))).toEqual([undefined, 0]);
  });

  test('comes after the status, the headers and the other expressions', async () => {
    const server = await serving('{}', 500);
    const rules = {
      fail_if_body_matches_regexp: ['{'],
      fail_if_header_matches: [{ header: 'date', regexp: '.' }],
      ...holds('false'),
    };
    const reasonOf = async (options: Record<string, unknown>) => {
      const outcome = await probe(http, urlOf(server), options);
      const metric = (name: string) => outcome.value(`probe_failed_due_to_${name}`);
      return [outcome.failure?.reason, metric('regex'), metric('cel')];
    };
    const allowed = { ...rules, valid_status_codes: [500] };
    expect(await reasonOf(rules)).toEqual(['status', 0, 0]);
    expect(await reasonOf(allowed)).toEqual(['header', 1, 0]);
    expect(await reasonOf({ ...allowed, fail_if_header_matches: [] })).toEqual(['body', 1, 0]);
    const last = { ...holds('false'), valid_status_codes: [500] };
    expect(await reasonOf(last)).toEqual(['body', 0, 1]);
  });

  test('may be two: one that must not hold, one that must', async () => {
    const both = {
      fail_if_body_json_matches_cel: 'body.a == 1',
      fail_if_body_json_not_matches_cel: 'body.b == 2',
    };
    expect(await judged('{"a": 0, "b": 2}', both)).toEqual([undefined, 0]);
    expect((await judged('{"a": 1, "b": 2}', both))[0]).toContain('matches the CEL');
    expect((await judged('{"a": 0, "b": 3}', both))[0]).toContain('does not match the CEL');
  });

  test('shows its metric only where there is one', async () => {
    const server = await serving('{}');
    const outcome = await probe(http, urlOf(server));
    expect(outcome.value('probe_failed_due_to_cel')).toBeUndefined();
  });
});

describe('the configuration', () => {
  test.each([
    ['', 'line 1, column 1: found end of input'],
    ['body.n ==', 'line 1, column 8: found ='],
    ['body.a &&\nbody.b ==', 'line 2, column 8: found ='],
    ['foo == 1', '"foo" is not known, expected "body"'],
    ['body.all(x, y)', '"y" is not known'],
    ['nosuch(body)', 'there is no function "nosuch"'],
    ['1 + 1', 'it gives neither true nor false'],
    ['"text"', 'it gives neither true nor false'],
    ['[body]', 'it gives neither true nor false'],
    ['size(body)', 'it gives neither true nor false'],
    ['body.map(x, x)', 'it gives neither true nor false'],
    ['body.a ? 1 : 2', 'it gives neither true nor false'],
  ])('refuses %j', (source, message) => {
    const { error } = http.options.safeParse({ fail_if_body_json_matches_cel: source });
    expect(error?.issues[0]?.message).toContain(`no CEL condition: ${message}`);
  });

  test('refuses what no stack is deep enough for', () => {
    const options = { fail_if_body_json_matches_cel: '('.repeat(5000) };
    const message = http.options.safeParse(options).error?.issues[0]?.message;
    expect(message).toContain('it is nested too deeply');
  });

  test.each(['body', 'body.a ? body.b : 1', 'body.all(x, x)', 'has(body.a)', 'dyn(1)'])(
    'takes %s, which may be true or false',
    (source) => {
      const options = { fail_if_body_json_matches_cel: source };
      expect(http.options.safeParse(options).success).toBe(true);
    },
  );
});
