import { createHmac, randomBytes, randomInt } from 'node:crypto';

/** What was compared: for whom, with which hash, and what they said their password is. */
export interface Claim {
  readonly user: string;
  readonly hash: string;
  readonly password: string;
}

/** Remembers which claims were true and which were not. */
export interface ResultCache {
  /** A name for a claim that no other claim has, and from which nobody gets the password back. */
  readonly keyOf: (claim: Claim) => string;
  readonly find: (key: string) => boolean | undefined;
  readonly set: (key: string, result: boolean) => void;
}

/** As many as exporter-toolkit keeps. */
const MAX_RESULTS = 100;

/**
 * A cache that keeps at most 100 results. Which of them goes for a new one is left to chance, so that nobody can choose;
 * one that was false goes before any that was true, so that guessing passwords drops nobody's right one.
 */
export function createResultCache(): ResultCache {
  const secret = randomBytes(32);
  const results = new Map<string, boolean>();
  const makeRoom = () => {
    if (results.size < MAX_RESULTS) return;
    const all = [...results];
    const bad = all.filter(([, result]) => !result);
    const candidates = bad.length > 0 ? bad : all;
    const [chosen] = candidates[randomInt(candidates.length)] ?? [];
    if (chosen !== undefined) results.delete(chosen);
  };
  return {
    // JSON and not a separator: what stands in one field never looks like the next (CVE-2022-46146).
    keyOf: ({ user, hash, password }) =>
      createHmac('sha256', secret)
        .update(JSON.stringify([user, hash, password]))
        .digest('base64'),
    find: (key) => results.get(key),
    set: (key, result) => {
      if (!results.has(key)) makeRoom();
      results.set(key, result);
    },
  };
}
