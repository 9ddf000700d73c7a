import { brokenFiles, isFileLoadedOrRefused } from '../../support/broken-files.ts';
import {
  anyCharacters,
  isLoadedOrRefused,
  misplacedYaml,
  mutatedYaml,
  wordsOfYaml,
} from '../../support/broken-yaml.ts';
import { fc } from '../../support/property.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** How many texts of each kind: a million in all. */
const TEXTS = [
  [mutatedYaml, 600_000],
  [wordsOfYaml, 300_000],
  [anyCharacters, 60_000],
  [misplacedYaml, 20_000],
] as const;
const FILES = 20_000;

/** Proof 24: whatever is given as a configuration, it is loaded or refused with problems that have a place. */
export const scenario = {
  name: 'config-fuzz',
  proof: [24],
  title: 'a million broken configurations are loaded, or refused with file, line and column',
  limitSeconds: 3600,
  /** @param scale 1 for the million. */
  run: async (scale: number): Promise<{ figures: Record<string, string | number> }> => {
    const seen = createJudge();
    const options = (whole: number) => ({
      endOnFailure: true,
      numRuns: Math.max(1, Math.round(whole * scale)),
    });
    for (const [texts, whole] of TEXTS) {
      const held = fc.property(texts, (text) =>
        seen.judge(text.length, () => isLoadedOrRefused(text)),
      );
      fc.assert(held, options(whole));
    }
    await using directory = await temporaryDirectory();
    const readable = fc.asyncProperty(brokenFiles, async (bytes) => {
      seen.count(await isFileLoadedOrRefused(directory.path, bytes));
    });
    await fc.assert(readable, options(FILES));
    return { figures: seen.figures() };
  },
};

/** Counts, and remembers which text took longest. */
function createJudge() {
  const counts = { loaded: 0, refused: 0 };
  let slowest = { milliseconds: 0, characters: 0 };
  const count = (isLoaded: boolean) => void counts[isLoaded ? 'loaded' : 'refused']++;
  return {
    count,
    judge: (characters: number, load: () => boolean) => {
      const before = process.cpuUsage();
      count(load());
      const { user, system } = process.cpuUsage(before);
      const milliseconds = (user + system) / 1000;
      if (milliseconds > slowest.milliseconds) slowest = { milliseconds, characters };
    },
    figures: () => ({
      ...counts,
      'CPU time of the slowest, ms': Math.round(slowest.milliseconds),
      'characters of the slowest': slowest.characters,
    }),
  };
}
