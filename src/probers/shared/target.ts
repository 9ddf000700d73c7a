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

/** The parts of a target that the configuration has found to be one. */
export function parsedTarget<T extends object>(parse: ParseTarget<T>, target: string): T {
  const parsed = parse(target);
  if (typeof parsed === 'string') throw new ProbeFailure('internal', `the target ${parsed}`);
  return parsed;
}
