import fc from 'fast-check';
import { isThorough } from './thorough.ts';

/** Where the random numbers of properties begin: a number, or `random`. */
export const PROPERTY_SEED = 'PROPERTY_SEED';
const USUAL_SEED = 1;

/** `npm test` tries a third of what CI does. */
const USUAL_PART = 1 / 3;

// `npm test` says of the same tree the same thing each time; `npm run torture` goes where nobody has been.
const seed = process.env[PROPERTY_SEED] ?? String(USUAL_SEED);
if (seed !== 'random') fc.configureGlobal({ seed: Number(seed) });

/** How often to try a property here that is tried so often where everything is. */
export function runs(thoroughly: number): number {
  return isThorough ? thoroughly : Math.ceil(thoroughly * USUAL_PART);
}

export { default as fc } from 'fast-check';
