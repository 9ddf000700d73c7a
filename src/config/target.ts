import type { Prober, TargetDeclaration } from '../probers/contract.ts';
import { maskTarget, maskUrls } from './mask.ts';

/**
 * What is wrong with a target and what was expected, as the end of a sentence that begins with the target; `undefined`
 * where nothing is wrong.
 */
export function targetProblem(
  { description, example, problem }: TargetDeclaration,
  target: string,
): string | undefined {
  const wrong = problem(target);
  if (wrong === undefined) return undefined;
  const expected = wrong.includes('expected') ? '' : `; expected ${description}`;
  const such = wrong.includes('such as') ? '' : `, such as ${JSON.stringify(example)}`;
  return `${wrong}${expected}${such}`;
}

/** A target as it may be shown: without credentials. Empty for probers of this host. */
export function shownAs(target: string, { target: declared }: Prober, isValid = true): string {
  if (declared === null) return '';
  return declared.isUrl ? maskTarget(target, isValid) : maskUrls(target);
}
