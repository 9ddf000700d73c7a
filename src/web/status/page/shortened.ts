import { cut } from '../../../lib/cut.ts';

/** Longer texts have their end on the page of their log. */
const MAX_SHOWN = 300;

/** A text as the page shows it: only the beginning of one that would fill it. */
export function shortened(text: string): string {
  return cut(text, MAX_SHOWN);
}
