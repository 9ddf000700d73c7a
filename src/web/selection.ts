import type { Request } from 'express';
import type { Check } from '../config/check.ts';
import { queryOf, RequestProblem } from './respond.ts';

/**
 * Reads `?check[]=name` and `?prober[]=name`, the brackets optional.
 *
 * @returns a filter, or `undefined` where all checks are asked for.
 * @throws {RequestProblem} saying which name or parameter is unknown.
 */
export function readSelection(
  request: Request,
  checks: readonly Check[],
): ((check: Check) => boolean) | undefined {
  const query = queryOf(request);
  const wrong = [...query.keys()].find((key) => LIKE_SELECTION.test(key) && !SELECTION.test(key));
  if (wrong !== undefined) {
    const sentence = `unknown parameter ${JSON.stringify(wrong)}, expected check[] or prober[]`;
    throw new RequestProblem(400, sentence);
  }
  const names = new Set([...query.getAll('check[]'), ...query.getAll('check')]);
  const probers = new Set([...query.getAll('prober[]'), ...query.getAll('prober')]);
  if (names.size === 0 && probers.size === 0) return undefined;
  const unknown = [
    ...unknownOf(
      'check',
      names,
      checks.map(({ name }) => name),
    ),
    ...unknownOf(
      'prober',
      probers,
      checks.map(({ module }) => module.prober.name),
    ),
  ];
  if (unknown.length > 0) {
    throw new RequestProblem(400, `no such thing configured: ${unknown.join(', ')}`);
  }
  return ({ name, module }) => names.has(name) || probers.has(module.prober.name);
}

const SELECTION = /^(?:check|prober)(?:\[\])?$/;
// A misspelt one would otherwise select all checks.
const LIKE_SELECTION = /^(?:check|prober)/i;

function unknownOf(
  thing: string,
  wanted: ReadonlySet<string>,
  configured: readonly string[],
): string[] {
  // The few that are asked for, and not the many that are configured, make the set.
  const known = new Set(configured.filter((name) => wanted.has(name)));
  return [...wanted]
    .filter((name) => !known.has(name))
    .map((name) => `${thing} ${JSON.stringify(name)}`);
}
