import { describe, expect, test } from 'vitest';
import { displayWidth } from '../../src/lib/display-width.ts';

describe('the columns of a terminal that a text takes', () => {
  test.each([
    ['', 0],
    ['plain text', 10],
    ['café', 4],
    ['cafe\u0301', 4],
    ['東京', 4],
    ['ｆｕｌｌ', 8],
    ['한국', 4],
    ['😀', 2],
    ['👩‍🚀', 2],
    ['🇩🇪', 2],
    ['❤️', 2],
    ['→✓✗', 3],
    ['кириллица', 9],
    ['zero\u200Bwidth', 9],
  ])('%j: %d', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});
