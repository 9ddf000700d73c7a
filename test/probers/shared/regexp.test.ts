import { describe, expect, test } from 'vitest';
import { expand, Pattern } from '../../../src/probers/shared/regexp.ts';

const bytes = (text: string) => Buffer.from(text);

describe('trap 16: a pattern', () => {
  test.each([
    ['café', 'un café'],
    ['^caf.$', 'café'],
    ['(?i)HELLO', 'say hello'],
    ['(?m)^b$', 'a\nb\nc'],
    ['[[:alpha:]]+\\z', '1a'],
    ['(?P<name>日本)', '日本語'],
    ['\\Qa.b\\E', 'a.b'],
    ['(?s)^a.b$', 'a\nb'],
    ['\\Aab?', 'ab'],
  ])('%s finds itself in %j', (source, text) => {
    expect(new Pattern(source).test(bytes(text))).toBe(true);
  });

  test('does not take a line for the whole text', () => {
    expect(new Pattern('^b$').test(bytes('a\nb\nc'))).toBe(false);
  });

  test('that needs to look back is quick all the same', () => {
    expect(new Pattern('^(a+)+$').test(bytes(`${'a'.repeat(50_000)}!`))).toBe(false);
  });

  test.each(['(?=a)', '(a)\\1', 'a(', '*'])('%s is refused by name', (source) => {
    expect(() => new Pattern(source)).toThrow(`"${source}" is no regular expression in RE2 syntax`);
  });

  test('may want as little as possible everywhere', () => {
    const groups = (source: string) => new Pattern(source).match(bytes('aaa'))?.groups.map(String);
    expect(groups('(?U)(a+)')).toEqual(['a', 'a']);
    expect(groups('(a+)')).toEqual(['aaa', 'aaa']);
  });

  test('gives groups as bytes', () => {
    const match = new Pattern('a(.)(x)?').match(Buffer.of(0x61, 0xff));
    expect(match?.groups).toEqual([Buffer.of(0x61, 0xff), Buffer.of(0xff), undefined]);
  });
});

describe('trap 31: a template', () => {
  const match = new Pattern('(?P<first>\\w+) (\\w+)').match(bytes('one two'));
  test.each([
    ['$1-$2', 'one-two'],
    ['${1}0 ${first}s', 'one0 ones'],
    ['$10 $firsts $nobody.', '  .'],
    ['$$1 $ $- ${', '$1 $ $- ${'],
    ['$0', 'one two'],
    ['é$2', 'étwo'],
  ])('%s becomes %j', (template, expected) => {
    expect(match && expand(bytes(template), match).toString()).toBe(expected);
  });
});
