/** How often somebody may pass. */
export interface Rate {
  /** From one token to the next. */
  readonly intervalSeconds: number;
  /** How many are there when nobody has come for long. */
  readonly burst: number;
}

/** Says who may pass, at a rate. */
export interface TokenBucket {
  /**
   * Takes a token.
   *
   * @returns 0 where there was one, else the seconds until the next; Infinity where there never is one.
   */
  readonly take: () => number;
}

/**
 * A bucket that is full at first and then gets a token every interval.
 *
 * @param now seconds of a clock that never jumps.
 */
export function createTokenBucket(
  { intervalSeconds, burst }: Rate,
  now: () => number = () => performance.now() / 1000,
): TokenBucket {
  let tokens = burst;
  let countedAt = now();
  return {
    take: () => {
      const elapsed = now() - countedAt;
      countedAt += elapsed;
      tokens = Math.min(burst, tokens + elapsed / intervalSeconds);
      if (tokens < 1) return burst < 1 ? Infinity : (1 - tokens) * intervalSeconds;
      tokens -= 1;
      return 0;
    },
  };
}
