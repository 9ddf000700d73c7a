/** Far more than a property takes on a busy machine. */
const LIMIT_MS = 60_000;

/**
 * How often a property is tried: as often as the test says, within a minute; or `PROPERTY_RUNS` of the environment, by
 * which a scenario of `npm run torture` tries the same property as often as it takes.
 */
export function propertyRuns(usually: number): {
  numRuns: number;
  interruptAfterTimeLimit?: number;
} {
  const { PROPERTY_RUNS: asked } = process.env;
  return asked === undefined
    ? { numRuns: usually, interruptAfterTimeLimit: LIMIT_MS }
    : { numRuns: Number(asked) };
}
