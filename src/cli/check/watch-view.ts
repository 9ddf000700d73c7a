import type { CheckingOptions, ReloadingOptions } from '../../app/checking.ts';
import type { Check } from '../../config/check.ts';
import type { Results } from './results.ts';

/** Shows what checks find out that are run again and again. */
export interface WatchView {
  /** A run of these checks begins. */
  readonly begin: (checks: readonly Check[]) => void;
  readonly executed: CheckingOptions['executed'];
  /** A run is over. */
  readonly show: (results: Results) => void;
  readonly refused: ReloadingOptions['refused'];
  /** There are no more runs. @param last the results of the last one, where one came to its end. */
  readonly end: (last: Results | undefined) => void;
}
