import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/config/problem.ts';
import { anyCharacters, expectPlaces, mutatedYaml } from './broken-yaml.ts';
import { fc } from './property.ts';

/** What an editor, a system or an accident makes of a text. */
const ENCODINGS: Readonly<Record<string, (text: string) => Buffer>> = {
  'UTF-8': (text) => Buffer.from(text),
  'a byte order mark': (text) => Buffer.from(`\uFEFF${text}`),
  'two of them': (text) => Buffer.from(`\uFEFF\uFEFF${text}`),
  'CR and LF': (text) => Buffer.from(text.replaceAll('\n', '\r\n')),
  'CR alone': (text) => Buffer.from(text.replaceAll('\n', '\r')),
  'UTF-16': (text) => Buffer.from(`\uFEFF${text}`, 'utf16le'),
  'UTF-16 of the other order': (text) => Buffer.from(`\uFEFF${text}`, 'utf16le').swap16(),
  'UTF-16 without its mark': (text) => Buffer.from(text, 'utf16le'),
  'Latin-1': (text) => Buffer.from(text, 'latin1'),
  'a NUL at its end': (text) => Buffer.from(`${text}\0`),
};

/** The bytes of a file. */
export const brokenFiles: fc.Arbitrary<Buffer> = fc.oneof(
  fc
    .record({
      text: fc.oneof(mutatedYaml, anyCharacters),
      encode: fc.constantFrom(...Object.values(ENCODINGS)),
      cut: fc.constantFrom(0, 0, 1, 2, 3),
    })
    .map(({ text, encode, cut }) => {
      const bytes = encode(text);
      return bytes.subarray(0, Math.max(0, bytes.length - cut));
    }),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
);

/**
 * Writes bytes to a file of a directory and loads it.
 *
 * @returns whether it is a configuration; rejects where it is refused by anything but problems that have a place.
 */
export async function isFileLoadedOrRefused(directory: string, bytes: Buffer): Promise<boolean> {
  const file = join(directory, 'f.yml');
  await writeFile(file, bytes);
  try {
    await loadConfig(file);
    return true;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expectPlaces(new ConfigError({ ...error.source, file: 'f.yml' }, error.problems));
    return false;
  }
}
