/** Lets probes start one per turn of the event loop. */
export interface Pacer {
  /** Resolves when it is this one's turn. */
  readonly turn: () => Promise<void>;
  /** What a turn took lately, in seconds, while somebody was waiting for the next. */
  readonly turnSeconds: () => number;
}

/** How much of the average of turns the last one is. */
const WEIGHT = 0.02;

/**
 * Between two starts, answers that have already arrived are read, so that a burst of starts does not show in the
 * latency of those before it.
 */
export function createPacer(): Pacer {
  const waiting: (() => void)[] = [];
  let head = 0;
  let average = 0;
  let lastAt = 0;

  const letOneThrough = () => {
    const now = performance.now();
    if (head > 0) average += WEIGHT * ((now - lastAt) / 1000 - average);
    lastAt = now;
    const resume = waiting[head++];
    if (head < waiting.length) {
      setImmediate(letOneThrough);
    } else {
      waiting.length = 0;
      head = 0;
    }
    resume?.();
  };

  return {
    turn: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        if (waiting.length - head === 1) setImmediate(letOneThrough);
      }),
    turnSeconds: () => average,
  };
}
