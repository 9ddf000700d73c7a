import type { Prober, TargetDeclaration } from '../probers/contract.ts';
import type { Expansion } from './expansion.ts';
import { authorityEnd, maskTarget, maskUrls } from './mask.ts';

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

/**
 * A target as it may be shown: without credentials. Empty for probers of this host.
 *
 * @param isValid whether it is a target of this prober.
 * @param expansion what it came of, where it has variables: behind the host of a URL they are shown as they are written.
 */
export function shownAs(
  target: string,
  { target: declared }: Prober,
  { isValid = true, expansion }: { isValid?: boolean; expansion?: Expansion | undefined } = {},
): string {
  if (declared === null) return '';
  if (!declared.isUrl) return maskUrls(target);
  const shown = expansion?.shownUpTo(authorityEnd(expansion.text())) ?? target;
  return maskTarget(shown, isValid);
}
