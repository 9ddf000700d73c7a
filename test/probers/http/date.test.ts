import { expect, test } from 'vitest';
import { parseHttpDate } from '../../../src/probers/http/date.ts';

test.each([
  ['Wed, 21 Oct 2015 07:28:00 GMT', 1_445_412_480],
  ['Wednesday, 21-Oct-15 07:28:00 GMT', 1_445_412_480],
  ['Friday, 01-Jan-99 00:00:00 GMT', 915_148_800],
  ['Wed Oct 21 07:28:00 2015', 1_445_412_480],
  ['Thu Jan  1 00:00:00 1970', 0],
  ['Thu, 29 Feb 2024 12:00:00 GMT', 1_709_208_000],
])('%s is a date', (text, seconds) => expect(parseHttpDate(text)).toBe(seconds));

test.each([
  '',
  'yesterday',
  '2020',
  'garbage 7',
  'Wed, 21 Okt 2015 07:28:00 GMT',
  'Mon, 31 Feb 2015 07:28:00 GMT',
  'Wed, 21 Oct 2015 25:28:00 GMT',
  'Wed, 21 Oct 2015 07:28:00 CET',
  '2015-10-21T07:28:00Z',
])('%j is none', (text) => expect(parseHttpDate(text)).toBeUndefined());
