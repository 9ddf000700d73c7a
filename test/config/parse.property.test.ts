import { describe, expect, test } from 'vitest';
import { brokenFiles, isFileLoadedOrRefused } from '../support/broken-files.ts';
import {
  anyCharacters,
  isLoadedOrRefused,
  misplacedYaml,
  mutatedYaml,
  wordsOfYaml,
} from '../support/broken-yaml.ts';
import { fc, runs } from '../support/property.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('whatever the text, it is loaded or refused with problems that have a place in it:', () => {
  test.each([
    ['random characters', anyCharacters, 700],
    ['words of YAML in any order', wordsOfYaml, 1000],
    ['real files with random changes', mutatedYaml, 1000],
    ['documents with anything where something else belongs', misplacedYaml, 200],
  ])('%s', (_, texts, thoroughly) => {
    fc.assert(
      fc.property(texts, (text) => void isLoadedOrRefused(text)),
      { numRuns: runs(thoroughly) },
    );
  });

  test('files of any bytes', async () => {
    await using directory = await temporaryDirectory();
    await fc.assert(
      fc.asyncProperty(brokenFiles, async (bytes) => {
        await isFileLoadedOrRefused(directory.path, bytes);
      }),
      { numRuns: runs(100) },
    );
  });

  test('both happens', () => {
    expect(isLoadedOrRefused('checks: [{name: a, prober: cpu}]')).toBe(true);
    expect(isLoadedOrRefused('checks: [{name: a, prober: gpu}]')).toBe(false);
  });
});
