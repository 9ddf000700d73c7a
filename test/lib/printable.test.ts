import { expect, it } from 'vitest';
import { harmless, visible } from '../../src/lib/printable.ts';

it.each([
  ['\uFEFF', 'U+FEFF'],
  ['a\u00A0b', 'aU+00A0b'],
  ['\u202E\0', 'U+202EU+0000'],
  ['\u{E0001}', 'U+E0001'],
  ['a b é 😀', 'a b é 😀'],
])('names what nobody sees of %j', (text, expected) => {
  expect(visible(text)).toBe(expected);
});

it('keeps lines, and shows what a terminal would obey', () => {
  expect(harmless('a\n\tb\u001B[31m\r\u202Ec\u2028')).toBe(
    'a\n\tb\\u001b[31m\\u000d\\u202ec\\u2028',
  );
});
