import { fc, runs } from './property.ts';

/** How a scenario of `npm run torture` tells a test of a property how often to try it. */
export const PROPERTY_RUNS = 'PROPERTY_RUNS';

/** A property, and how often to try it. */
export interface Search {
  /** In milliseconds: how long all its runs may take, on a busy machine. */
  readonly limitMs: number;
  /** @throws where the property does not hold, or where its time was over before all runs were. */
  readonly search: (property: fc.IAsyncPropertyWithHooks<[unknown]>) => Promise<void>;
}

/**
 * @param thoroughly how often it is tried by all tests; in `npm test` that is less, see {@link runs}, elsewhere as often as the environment says.
 * @param runMs a hundred times what one run takes on a machine that does nothing else.
 */
export function searchOf(thoroughly: number, runMs: number): Search {
  const numRuns = Number(process.env[PROPERTY_RUNS] ?? runs(thoroughly));
  const limitMs = runMs * numRuns;
  return {
    limitMs,
    search: (property) =>
      // Without the last of these a search that was interrupted early would pass.
      fc.assert(property, {
        numRuns,
        interruptAfterTimeLimit: limitMs,
        markInterruptAsFailure: true,
      }),
  };
}
