import { LimitedCache } from '../../lib/limited-cache.ts';
import type { TargetDeclaration } from '../contract.ts';
import { ProbeFailure } from '../failure.ts';

/** Reads a target: its parts, or what is wrong with it as the end of the sentence `target: "x" …`. */
export type ParseTarget<T extends object> = (target: string) => T | string;

/** A declaration's `problem`, out of the parser. */
export function problemBy(parse: ParseTarget<object>): TargetDeclaration['problem'] {
  return (target) => {
    const parsed = parse(target);
    return typeof parsed === 'string' ? parsed : undefined;
  };
}

// More targets than one scrape has time for; the parts of one take some hundred bytes.
const MAX_PARSED = 20_000;
const parsedBy = new WeakMap<ParseTarget<object>, LimitedCache<string, object | string>>();

/** The parts of a target that the configuration has found to be one. They are kept: do not change them. */
export function parsedTarget<T extends object>(parse: ParseTarget<T>, target: string): T {
  const kept = parsedBy.get(parse) ?? new LimitedCache(MAX_PARSED);
  parsedBy.set(parse, kept);
  const parsed = kept.get(target, () => parse(target)) as T | string;
  if (typeof parsed === 'string') throw new ProbeFailure('internal', `the target ${parsed}`);
  return parsed;
}
