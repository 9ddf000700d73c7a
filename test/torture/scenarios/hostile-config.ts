import { isLoadedOrRefused } from '../../support/broken-yaml.ts';
import {
  ALIAS_BOMBS,
  DEEP_TEXTS,
  LONG_TEXTS,
  PROTOTYPE_TEXTS,
} from '../../support/hostile-yaml.ts';

const TEN_MEGABYTES = 10 * 1024 * 1024;
/** A shorter number is one, a shorter text is no mistake. */
const LEAST = 100_000;

/** Proof 25: files made to hurt are refused with a place, and leave the process as it was. */
export const scenario = {
  name: 'hostile-config',
  proof: [25],
  title:
    'values of ten megabytes, fifty thousand levels, alias bombs and keys of prototypes are refused',
  /** @param scale 1 for ten megabytes. */
  run: async (scale: number): Promise<{ figures: Record<string, string | number> }> => {
    const size = Math.max(LEAST, Math.round(TEN_MEGABYTES * scale));
    const texts = [
      ...Object.entries(LONG_TEXTS).map(([name, text]) => [name, () => text(size)] as const),
      ...Object.entries({ ...DEEP_TEXTS, ...ALIAS_BOMBS }),
    ];
    let slowest = { name: '', milliseconds: 0 };
    for (const [name, text] of texts) {
      const given = text();
      const before = performance.now();
      if (isLoadedOrRefused(given)) throw new Error(`${name}: it was loaded`);
      const milliseconds = Math.round(performance.now() - before);
      if (milliseconds > slowest.milliseconds) slowest = { name, milliseconds };
    }
    const keys = Reflect.ownKeys(Object.prototype).length;
    for (const text of PROTOTYPE_TEXTS) isLoadedOrRefused(text);
    const added = Reflect.ownKeys(Object.prototype).length - keys;
    if (added !== 0) throw new Error(`${added} keys more in every object`);
    return {
      figures: {
        'files refused with their place': texts.length,
        'files with keys of prototypes': PROTOTYPE_TEXTS.length,
        'slowest, ms': slowest.milliseconds,
        'slowest of all': slowest.name,
      },
    };
  },
};
