import { describe, expect, test } from 'vitest';
import { parseDocument } from '../../src/config/document.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { ConfigError } from '../../src/config/problem.ts';
import { isThorough } from '../support/thorough.ts';

describe.skipIf(!isThorough)('a large file', () => {
  test('with very many misspelt names says what the first may mean', () => {
    const modules = Array.from({ length: 300 }, (_, index) => `  module_${index}: {prober: tcp}\n`);
    const checks = Array.from(
      { length: 300 },
      (_, index) => `  - {name: c${index}, target: "h:1", module: modul_${index}}\n`,
    );
    const { problems } = refusal(`modules:\n${modules.join('')}checks:\n${checks.join('')}`);
    const suggested = problems.map(({ message }) => message.includes('did you mean'));
    expect(suggested).toEqual(Array.from({ length: 300 }, (_, index) => index < 100));
  });

  test('of one long regular expression is refused, and shown in part', () => {
    const long = 'a'.repeat(70_000);
    const { message } = refusal(
      `modules: {m: {prober: http, http: {fail_if_body_matches_regexp: ["${long}"]}}}`,
    );
    expect(message).toContain(
      'a…" is no regular expression in RE2 syntax: it is longer than 65536 characters',
    );
    expect(message.length).toBeLessThan(1000);
  });

  test('of 20,000 checks loads', () => {
    const { checks } = parseConfig({ file: 'f.yml', text: checksOf(20_000, 'prober: memory') });
    expect(checks).toHaveLength(20_000);
    expect(checks.at(-1)?.name).toBe('check 19999');
  });

  test('of 10,000 checks that merge what they have in common loads', () => {
    const first = '  - &common {name: first, target: "localhost:22", prober: tcp, timeout: 1s}\n';
    const others = Array.from(
      { length: 10_000 },
      (_, index) => `  - {<<: *common, name: check ${index}}\n`,
    );
    const { checks } = parseConfig({ file: 'f.yml', text: `checks:\n${first}${others.join('')}` });
    expect(checks).toHaveLength(10_001);
    expect(checks.at(-1)).toMatchObject({ shownTarget: 'localhost:22', timeoutSeconds: 1 });
  });

  test('may have lists of 100,000 entries, of one more it is refused at that one', () => {
    const most = `checks:\n${'- a\n'.repeat(100_000)}`;
    expect(parseDocument(most).problems).toEqual([]);
    expect(refusal(`${most}- one more\n`).message).toBe(
      'f.yml:100002:3: a list of more than 100000 entries, here is one too many\n' +
        '  100002 | - one more\n' +
        '             ^',
    );
  });

  // With a parser that goes through all of it these would take gigabytes, more than a test has.
  test.each([
    ['a million checks', `checks:\n${'- {}\n'.repeat(1_000_000)}`, 'f.yml:100002:3: a list of'],
    [
      'a million checks by alias',
      `checks:\n- &c {name: a}\n${'- *c\n'.repeat(999_999)}`,
      'f.yml:100002:3: a list of',
    ],
    ['ten million checks on a line', `checks: [${'{},'.repeat(10_000_000)}]`, `f.yml:1:4500007: `],
    [
      'two hundred thousand keys',
      `checks:\n- {${Array.from({ length: 200_000 }, (_, key) => `k${key}`).join()}}`,
      'f.yml:2:688894: a mapping of',
    ],
  ])('of %s is refused where there are too many', (_, text, expected) => {
    const { message, problems } = refusal(text);
    expect(message.startsWith(expected) ? expected : message.slice(0, 200)).toBe(expected);
    expect(problems).toHaveLength(1);
    expect(message.split('\n')[0]).toMatch(
      /more than \d+ (?:entries|values), here is one too many$/,
    );
  });

  test('with a mistake that aliases repeat a million times is refused with those of some checks', () => {
    const unknown = Array.from({ length: 24 }, (_, index) => `k${index}: 1`).join(', ');
    const { problems } = refusal(`checks:\n  - &a {${unknown}}\n${'  - *a\n'.repeat(50_000)}`);
    expect(problems.length).toBeGreaterThan(100_000);
    expect(problems.length).toBeLessThan(101_000);
  });

  test('with a mistake far from its beginning is refused as soon as any other', () => {
    // With all lines above searched for each mistake this would take minutes, more than a test has.
    const many = checksOf(90_000, 'prober: memory');
    const wrong = Array.from({ length: 100 }, (_, index) => `  - name: wrong ${index}\n`);
    expect(refusal(`${many}${wrong.join('')}`).problems).toHaveLength(100);
  });

  test('with a mistake in each of 20,000 checks is refused with the first hundred', () => {
    const { problems, message } = refusal(checksOf(20_000, 'prober: memory, timout: 5s'));
    expect(problems).toHaveLength(20_000);
    const places = message.split('\n').filter((line) => line.startsWith('f.yml'));
    expect(places).toHaveLength(101);
    expect(places.at(0)).toMatch(/^f\.yml:2:\d+: unknown key "timout" in checks\[0\]/);
    expect(places.at(-1)).toBe('f.yml: … and 19900 more');
  });

  test('with 20,000 checks of one name is refused at each but the first', () => {
    const text = `checks:\n${'  - {name: a, prober: memory}\n'.repeat(20_000)}`;
    const { problems } = refusal(text);
    expect(problems).toHaveLength(19_999);
    expect(problems[0]?.message).toBe(
      'two checks are named "a", the first on line 2: each needs a name of its own',
    );
  });

  test('with a key that stands 50,000 times is refused at each but the first', () => {
    expect(refusal('concurrency: 1\n'.repeat(50_000)).problems).toHaveLength(49_999);
  });

  test('that is one line is refused without the line', () => {
    const target = 'x'.repeat(1_000_000);
    const { message } = refusal(`checks: [{name: a, target: ${target}, prober: tcp}]`);
    expect(message).toMatch(/^f\.yml:1:28: checks\[0\]\.target: expected text of at most 2000 /);
    expect(message.length).toBeLessThan(1000);
  });

  test('with a long word before a mistake is refused as soon as any other', () => {
    // With work that grows with the square of the word this would take minutes, more than a test has.
    const word = 'x'.repeat(1_000_000);
    const { message } = refusal(
      `checks:\n  - {name: a, tcp: {query_response: [{send: ${word}}]},\n     timout: 1s}`,
    );
    expect(message).toContain('unknown key "timout"');
    expect(message.length).toBeLessThan(1000);
  });

  test('whose aliases stand for many mistakes is refused', () => {
    const unknown = Array.from({ length: 200 }, (_, index) => `k${index}: 1`).join(', ');
    const text = `checks:\n  - &a {${unknown}}\n${'  - *a\n'.repeat(300)}`;
    expect(refusal(text).problems.length).toBeGreaterThan(60_000);
  });
});

describe('a long line', () => {
  test('is shown around the place of the mistake', () => {
    const filler = 'y'.repeat(300);
    const { message } = refusal(
      `checks: [{name: ${filler.slice(0, 190)}, labels: {a: ${filler}}, prober: cpu, nam: 1}]`,
    );
    const [, shown = '', caret = ''] = message.split('\n');
    expect(shown.slice(caret.indexOf('^')).startsWith('nam: 1')).toBe(true);
    expect(shown.length).toBeLessThan(130);
  });
});

function checksOf(count: number, rest: string): string {
  const lines = Array.from(
    { length: count },
    (_, index) => `  - {name: check ${index}, ${rest}}\n`,
  );
  return `checks:\n${lines.join('')}`;
}

function refusal(text: string): ConfigError {
  try {
    parseConfig({ file: 'f.yml', text });
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('it was loaded');
}
