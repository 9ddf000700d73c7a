/** What writing and sending one answer took. Memory in bytes, above what was in use before it. */
export interface Writing {
  /** Whether garbage was collected meanwhile, again and again. */
  readonly collects: boolean;
  /** Parts that were written one at a time, with turns for everybody else in between. */
  readonly slices: number;
  readonly characters: number;
  /** The most of JavaScript's heap, what is garbage already included where none was collected. */
  readonly heapBytes: number;
  /** The most of bytes beside the heap: what was written and not yet sent. */
  readonly bufferBytes: number;
  readonly ms: number;
  /** How long the event loop was held up at most. */
  readonly longestTurnMs: number;
}
