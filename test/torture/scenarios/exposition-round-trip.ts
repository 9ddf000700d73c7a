import { hostileCheck, hostileSamples } from '../../support/hostile-labels.ts';
import { fc } from '../../support/property.ts';
import { anyFamilies, expectSameAfterReading } from '../../support/random-exposition.ts';

const RUNS = 100_000;

/** Proof 28: whatever is written, an independent reader reads the same, in both formats. */
export const scenario = {
  name: 'exposition-round-trip',
  proof: [28],
  title: 'random families, labels and values are written and read again, in both formats',
  /** @param scale 1 for the whole count: 100,000 sets of families in each format, a tenth of it through a probe. */
  run: async (scale: number): Promise<{ figures: Record<string, string | number> }> => {
    const numRuns = Math.max(1, Math.round(RUNS * scale));
    const atOnce = { endOnFailure: true };
    for (const format of ['text', 'openmetrics'] as const) {
      const same = fc.property(anyFamilies, (families) => expectSameAfterReading(families, format));
      fc.assert(same, { ...atOnce, numRuns });
    }
    const probed = Math.ceil(numRuns / 10);
    await fc.assert(fc.asyncProperty(hostileSamples, hostileCheck()), {
      ...atOnce,
      numRuns: probed,
    });
    return {
      figures: { 'sets of families in each format': numRuns, 'probes with hostile labels': probed },
    };
  },
};
