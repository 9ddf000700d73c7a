import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';
import { ConfigError } from '../../src/config/problem.ts';

// Every file here is a mistake somebody can make; beside it stands all that is said about it. After a change of
// words: UPDATE_EXPECTED=1 writes them anew, to be read as the person who made the mistake.
const DIRECTORY = join(import.meta.dirname, 'bad');
const FILES = readdirSync(DIRECTORY).filter((file) => file.endsWith('.yml'));

describe('a file with a mistake is refused with everything that is wrong', () => {
  test.each(FILES)('%s', (file) => {
    const said = `${problemsOf(file)}\n`;
    const expected = join(DIRECTORY, file.replace(/yml$/, 'txt'));
    if (process.env.UPDATE_EXPECTED) writeFileSync(expected, said);
    expect(said).toBe(readFileSync(expected, 'utf8'));
  });
});

describe('the messages', () => {
  test('show no secret', () => {
    const secrets = /correct-horse|battery-staple/;
    const files = FILES.filter((file) => secrets.test(textOf(file)));
    expect(files.length).toBeGreaterThan(3);
    expect(files.filter((file) => secrets.test(problemsOf(file)))).toEqual([]);
  });

  test('hold nothing that a terminal obeys', () => {
    const obeyed = /(?!\n)[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/u;
    expect(FILES.filter((file) => obeyed.test(problemsOf(file)))).toEqual([]);
  });

  test('speak of no value of JavaScript', () => {
    const foreign = /undefined|\[object|NaN|null\b|Invalid input/;
    expect(FILES.filter((file) => foreign.test(withoutFrames(problemsOf(file))))).toEqual([]);
  });

  test('are of a hundred kinds and more: sentences that differ in more than names and values', () => {
    const kinds = new Set(FILES.flatMap((file) => sentencesOf(problemsOf(file)).map(kindOf)));
    expect(kinds.size).toBeGreaterThanOrEqual(100);
  });

  test('stand beside a file each', () => {
    const texts = readdirSync(DIRECTORY).filter((file) => file.endsWith('.txt'));
    expect(texts.map((file) => basename(file, '.txt'))).toEqual(
      FILES.map((file) => basename(file, '.yml')),
    );
  });
});

function textOf(file: string): string {
  return readFileSync(join(DIRECTORY, file), 'utf8');
}

function problemsOf(file: string): string {
  try {
    parseConfig({ file, text: textOf(file) });
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error(`${file} is taken for a good one`);
}

function withoutFrames(message: string): string {
  return message.replaceAll(/^ .*$/gm, '');
}

/** What is said, without the place. */
function sentencesOf(message: string): string[] {
  return [...message.matchAll(/^\S+\.yml:\d+:\d+: (?<sentence>.*)$/gm)].map(
    ({ groups }) => groups?.sentence ?? '',
  );
}

/** A sentence without the option it is about, and without what is quoted, counted or listed in it. */
function kindOf(sentence: string): string {
  return sentence
    .replace(/^[\w.[\]"-]+(?=:| needs)/, 'option')
    .replaceAll(/"[^"]*"|<secret>|\b\d[\d.]*\b|\*\w+/g, 'x')
    .replace(/ ?\(did you mean .*$|, expected one of .*$|, known are .*$/, '')
    .replace(/(?<=\b(?:in|got)) .*$/, ' x')
    .replaceAll(/x(?:(?:,| or) x)+/g, 'x');
}
