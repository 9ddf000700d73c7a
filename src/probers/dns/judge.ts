import { ProbeFailure } from '../failure.ts';
import type { Pattern } from '../shared/regexp.ts';
import type { DnsAnswer } from './message.ts';
import { rcodeName, rcodeNumber } from './numbers.ts';
import type { DnsOptions, RecordRules } from './options.ts';
import type { DnsRecord } from './record.ts';

/** A response code nobody wanted, or `undefined`. */
export function rcodeFailure(
  { rcode }: DnsAnswer,
  { valid_rcodes: valid }: DnsOptions,
): ProbeFailure | undefined {
  if (valid.some((name) => rcodeNumber(name) === rcode)) return undefined;
  return new ProbeFailure(
    'status',
    `the answer is ${rcodeName(rcode)}, expected ${valid.join(', ')}`,
  );
}

/** The first thing wrong with the records, section by section, or `undefined`. */
export function recordsFailure(
  { answers, authorities, additionals }: DnsAnswer,
  options: DnsOptions,
): ProbeFailure | undefined {
  const problem =
    sectionProblem('answer', answers, options.validate_answer_rrs) ??
    sectionProblem('authority', authorities, options.validate_authority_rrs) ??
    sectionProblem('additional', additionals, options.validate_additional_rrs);
  return problem === undefined ? undefined : new ProbeFailure('body', problem);
}

function sectionProblem(
  section: string,
  records: readonly DnsRecord[],
  rules: RecordRules | undefined,
): string | undefined {
  if (!rules) return undefined;
  const texts = records.map(({ text }) => Buffer.from(text));
  const problem = RULES.map(([option, judge]) => judge(texts, rules[option])).find(Boolean);
  return problem && `${problem}, in the ${section} section`;
}

type Judge = (texts: readonly Buffer[], patterns: readonly Pattern[]) => string | undefined;

const RULES: readonly (readonly [keyof RecordRules, Judge])[] = [
  ['fail_if_matches_regexp', matching],
  ['fail_if_not_matches_regexp', notMatching],
  ['fail_if_all_match_regexp', allMatching],
  ['fail_if_none_matches_regexp', noneMatching],
];

function matching(texts: readonly Buffer[], patterns: readonly Pattern[]): string | undefined {
  const found = patterns.find((pattern) => texts.some((text) => pattern.test(text)));
  return found && `a record matches "${found}"`;
}

function notMatching(texts: readonly Buffer[], patterns: readonly Pattern[]): string | undefined {
  if (patterns.length > 0 && texts.length === 0)
    return `there is no record to match ${quoted(patterns)}`;
  const missed = patterns.find((pattern) => texts.some((text) => !pattern.test(text)));
  return missed && `a record does not match "${missed}"`;
}

function allMatching(texts: readonly Buffer[], patterns: readonly Pattern[]): string | undefined {
  if (patterns.length === 0 || texts.length === 0) return undefined;
  const all = texts.every((text) => patterns.every((pattern) => pattern.test(text)));
  return all ? `every record matches ${quoted(patterns)}` : undefined;
}

function noneMatching(texts: readonly Buffer[], patterns: readonly Pattern[]): string | undefined {
  if (patterns.length === 0) return undefined;
  const any = texts.some((text) => patterns.some((pattern) => pattern.test(text)));
  return any ? undefined : `no record matches ${quoted(patterns)}`;
}

function quoted(patterns: readonly Pattern[]): string {
  return patterns.map((pattern) => `"${pattern}"`).join(', ');
}
