import {
  binaryTag,
  CORE_SCHEMA,
  constructFromEvents,
  mergeTag,
  parseEvents,
  YAMLException,
} from 'js-yaml';
import { type EnvironmentProblems, environmentProblems, expandTexts } from './environment.ts';
import type { Environment } from './expansion.ts';
import { indexPlaces, offsetAt } from './places.ts';
import type { Problem } from './problem.ts';
import { MAX_VALUES, offsetBeyondLimit } from './volume.ts';

/** A YAML document with the way back from every value to its place in the text. */
export interface YamlDocument {
  readonly value: unknown;
  /**
   * The offset of the value at `path`, or with `'key'` of its key; of the nearest ancestor where the path leads
   * nowhere (a missing key, the inside of an alias).
   */
  readonly offsetOf: (path: readonly PropertyKey[], part?: 'key' | 'value') => number;
  /** Whether texts with variables were expanded: `value` may hold instances of `Expansion` then. */
  readonly isExpanded: boolean;
  /** Variables that nobody has set; what names them is an `Expansion` that is unknown. */
  readonly unsetVariables: readonly Problem[];
}

// What aliases stand for is limited already, merged or not: see MAX_VALUES.
const UNLIMITED = -1;

const NO_VARIABLES: EnvironmentProblems = { unset: [], tooLong: undefined };

const SCHEMA = CORE_SCHEMA.withTags(mergeTag, binaryTag);

/**
 * Reads one YAML document. `problems` of the text itself (syntax, double keys, alias bombs) leave no document.
 *
 * @param environment what `${NAME}` stands for; absent: for itself.
 */
export function parseDocument(
  text: string,
  environment?: Environment,
): { document: YamlDocument; problems: [] } | { document: undefined; problems: Problem[] } {
  const beyond = offsetBeyondLimit(text);
  if (beyond !== undefined) {
    const message = `the file holds more than ${MAX_VALUES} values, here is one too many`;
    return { document: undefined, problems: [{ offset: beyond, message }] };
  }
  try {
    const events = parseEvents(text, {});
    const { root, problems } = indexPlaces(text, events);
    const { unset, tooLong } = environment
      ? environmentProblems(text, events, environment)
      : NO_VARIABLES;
    if (tooLong) problems.push(tooLong);
    if (problems.length > 0) return { document: undefined, problems: [...problems, ...unset] };
    const [constructed] = constructFromEvents(events, {
      source: text,
      schema: SCHEMA,
      maxTotalMergeKeys: UNLIMITED,
    });
    const value = environment ? expandTexts(constructed, environment) : constructed;
    return {
      document: {
        value,
        offsetOf: (path, part) => offsetAt(root, path, part),
        isExpanded: environment !== undefined,
        unsetVariables: unset,
      },
      problems: [],
    };
  } catch (error) {
    if (error instanceof RangeError) return { document: undefined, problems: [overlong(text)] };
    if (!(error instanceof YAMLException)) throw error;
    const offset = Math.min(error.mark?.position ?? 0, text.length);
    return {
      document: undefined,
      problems: [syntaxProblem(text, offset, error.reason)],
    };
  }
}

// A hundred times what anybody writes, and far below what the parser takes.
const OVERLONG = /\S{100000}/;

/** The parser matches a whole tag with one pattern, for which some megabytes are more than the stack holds. */
function overlong(text: string): Problem {
  const offset = Math.max(0, text.search(OVERLONG));
  return { offset, message: 'not valid YAML: a tag or a directive longer than can be read' };
}

// The parser's words where they lead astray, or repeat text that may be a password.
const WORDS: readonly [reason: RegExp, message: string][] = [
  [/^deficient indent/, 'too little indentation, or a quote or a bracket above is not closed'],
  [/^missed comma/, 'a comma is missing before this, or a bracket above is not closed'],
  [
    /^unknown escape/,
    'in double quotes a backslash begins an escape such as "\\n"; in single quotes it stands for itself',
  ],
  [/multiline key/, 'this is no key with a ":" behind it, or a bracket above is not closed'],
  [
    /^end of the stream or a document/,
    'this does not go on from what stands above (a space after ":" missing, or bad indentation)',
  ],
  [/^tab characters/, 'indentation with a tab, use spaces'],
  [
    /^unidentified alias/,
    'an alias that names nothing above; text that begins with "*" goes in quotes',
  ],
  [/\btag\b/, 'a tag that cannot be used here; text that begins with "!" goes in quotes'],
  [/^cannot merge/, '"<<" merges a mapping or a list of them, as in "<<: *name"'],
  [/^abnormal merge sequence/, '"<<" merges at most 100 mappings'],
  [/^nesting exceeded/, 'it is nested more than 100 levels deep'],
];

// Begins a line each, and nothing else that anybody writes.
const UNDONE_MERGE = /^(?:<{7}|={7}|>{7})(?= |$)/m;

function syntaxProblem(text: string, offset: number, reason: string): Problem {
  const mark = UNDONE_MERGE.exec(text);
  if (mark) {
    const message = `not valid YAML: "${mark[0]}" is of a merge of two versions that nobody has finished`;
    return { offset: mark.index, message };
  }
  return { offset, message: `not valid YAML: ${inOtherWords(reason, text.charAt(offset))}` };
}

/** @param sign what stands where the parser gave up. */
function inOtherWords(reason: string, sign: string): string {
  if (/^bad indentation of a mapping/.test(reason)) return badIndentation(sign);
  return WORDS.find(([pattern]) => pattern.test(reason))?.[1] ?? reason;
}

/** Three mistakes for which the parser has one sentence. */
function badIndentation(sign: string): string {
  if ('@`%,'.includes(sign)) return `text that begins with "${sign}" goes in quotes`;
  if (sign === ':') {
    return 'no key can stand here: quote text that has ": " in it, or indent the line like those it belongs with';
  }
  return 'bad indentation: indent the line like those it belongs with';
}
