/**
 * Lets one start through per turn of the event loop: between two starts, answers that have already arrived are read,
 * so that a burst of starts does not show in the latency of those before it.
 */
export function createPacer(): { turn: () => Promise<void> } {
  const waiting: (() => void)[] = [];
  let head = 0;

  const letOneThrough = () => {
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
  };
}
