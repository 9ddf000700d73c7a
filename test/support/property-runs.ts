/** How a scenario of `npm run torture` tells a test of a property how often to try it. */
export const PROPERTY_RUNS = 'PROPERTY_RUNS';

/** @returns how often to try a property: `usual` in `npm test`, as often as the environment says elsewhere. */
export function propertyRuns(usual: number): number {
  return Number(process.env[PROPERTY_RUNS] ?? usual);
}
