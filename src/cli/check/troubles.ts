import { oneLine } from '../table.ts';

/** What keeps this program from executing checks, and is no fault of their targets. */
export interface Troubles {
  readonly add: (problem: string) => void;
  /** Says on standard error what there was. */
  readonly tell: () => void;
}

/** As many different ones say enough. */
const MAX_TOLD = 3;

/** Remembers what was different, and not more than is told. */
export function createTroubles(): Troubles {
  const told = new Set<string>();
  return {
    add: (problem) => {
      if (told.size < MAX_TOLD) told.add(oneLine(problem));
    },
    tell: () => {
      for (const problem of told) {
        process.stderr.write(`checks skipped through no fault of their targets: ${problem}\n`);
      }
    },
  };
}
