import type { Check, Config } from '../../config/check.ts';
import { suggestion } from '../../config/explain.ts';
import { quoted } from '../../lib/printable.ts';
import type { WantedLabel } from './flags.ts';

/** Which checks are wanted: those of these names, if any are named, that have all of these labels. */
export interface Wanted {
  readonly only?: readonly string[];
  readonly label?: readonly WantedLabel[];
}

/**
 * The configuration with the wanted checks alone.
 *
 * @throws {Error} naming everything that no check has: whoever misspells a name is not to hear that all is well.
 */
export function withWantedChecks(config: Config, { only = [], label = [] }: Wanted): Config {
  if (only.length === 0 && label.length === 0) return config;
  const { checks } = config;
  const problems = [
    ...only.flatMap((name) => unknownName(name, checks)),
    ...label.flatMap((wanted) => unknownLabel(wanted, checks)),
  ];
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const wanted = checks.filter(
    (check) =>
      (only.length === 0 || only.includes(check.name)) &&
      label.every(({ name, value }) => check.labels[name] === value),
  );
  if (wanted.length === 0) {
    throw new Error('no check is left by --only and --label: each is met, but by different checks');
  }
  return { ...config, checks: wanted };
}

function unknownName(name: string, checks: readonly Check[]): string[] {
  const names = checks.map((check) => check.name);
  if (names.includes(name)) return [];
  return [`--only: there is no check ${quoted(name)}${orOneOf(name, names)}`];
}

function unknownLabel({ name, value }: WantedLabel, checks: readonly Check[]): string[] {
  if (checks.some(({ labels }) => labels[name] === value)) return [];
  const names = new Set(checks.flatMap(({ labels }) => Object.keys(labels)));
  if (!names.has(name)) {
    return [`--label: no check has a label ${quoted(name)}${orOneOf(name, [...names])}`];
  }
  const values = new Set(checks.flatMap(({ labels }) => labels[name] ?? []));
  return [`--label: no check has ${name}=${quoted(value)}${orOneOf(value, [...values])}`];
}

const MAX_LISTED = 10;

/** The end of a sentence: what was probably meant, or else what there is. */
function orOneOf(word: string, known: readonly string[]): string {
  const near = suggestion(word, known);
  if (near !== '' || known.length === 0) return near;
  const more = known.length > MAX_LISTED ? `, … (${known.length} in all)` : '';
  return `, expected one of ${known.slice(0, MAX_LISTED).map(quoted).join(', ')}${more}`;
}
