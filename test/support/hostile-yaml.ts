const DEPTH = 50_000;

const long = (size: number) => 'x'.repeat(size);
const digits = (size: number) => '9'.repeat(size);
const check = (fields: string) => `checks: [{name: a, prober: cpu, ${fields}}]`;

/** A text in which one thing takes so many bytes, or a few less. */
export type TextOfSize = (size: number) => string;

/** Tags, which the YAML parser matches whole. */
export const LONG_TAGS: Readonly<Record<string, TextOfSize>> = {
  'a tag': (size) => `checks: !${long(size)} 1`,
  'a tag in full': (size) => `checks: !<${long(size)}> 1`,
  'a prefix of tags': (size) => `%TAG !e! ${long(size)}\n--- !e!x 1`,
};

/** One long value, wherever one may stand. None of these files is a configuration. */
export const LONG_TEXTS: Readonly<Record<string, TextOfSize>> = {
  ...LONG_TAGS,
  'a plain text': (size) => check(`labels: {a: [${long(size)}]}`),
  'a text in double quotes': (size) => check(`labels: {a: ["${long(size)}"]}`),
  'a text of escapes': (size) => check(`labels: {a: ["${'\\u00e9'.repeat(size / 6)}"]}`),
  'a text in single quotes': (size) => check(`labels: {a: ['${long(size)}']}`),
  'a block': (size) => `checks: |\n${`  ${'x'.repeat(78)}\n`.repeat(size / 81)}`,
  'a folded block': (size) => `checks: >-\n${`  ${'x'.repeat(78)}\n`.repeat(size / 81)}`,
  'a key': (size) => `${long(size)}: 1`,
  'a key in a check': (size) => check(`${long(size)}: 1`),
  'a number': (size) => `concurrency: ${digits(size)}`,
  'a fraction': (size) => `concurrency: 0.${digits(size)}`,
  'an exponent': (size) => `concurrency: 1e${digits(size)}`,
  'a duration': (size) => `max_result_age: ${digits(size)}s`,
  'a size': (size) => `modules: {m: {prober: http, http: {body_size_limit: ${digits(size)}KB}}}`,
  'a regular expression': (size) =>
    `modules: {m: {prober: http, http: {fail_if_body_matches_regexp: ["${long(size)}"]}}}`,
  'an expression of CEL': (size) =>
    `modules: {m: {prober: http, http: {fail_if_body_json_matches_cel: "${long(size)}"}}}`,
  'a name': (size) => `checks: [{name: ${long(size)}, prober: cpu}]`,
  'a target': (size) => `checks: [{name: a, prober: http, target: "http://${long(size)}"}]`,
  'an anchor': (size) => `checks: &${long(size)} 1`,
  'an alias': (size) => `checks: *${long(size)}`,
  'a directive': (size) => `%YAML ${digits(size)}\n--- 1`,
  'an indentation': (size) => `checks:\n${' '.repeat(size)}a`,
  'bytes in base64': (size) => `checks: !!binary ${long(size)}`,
  'a comment before a mistake': (size) => `# ${long(size)}\nchecks: 1`,
  'blank lines before a mistake': (size) => `${'\n'.repeat(size / 10)}checks: 1`,
};

/** Fifty thousand levels of everything that has levels. */
export const DEEP_TEXTS: Readonly<Record<string, () => string>> = {
  lists: () => `checks: ${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}`,
  'lists that never end': () => `checks: ${'['.repeat(DEPTH)}`,
  mappings: () => `checks: ${'{a: '.repeat(DEPTH)}1${'}'.repeat(DEPTH)}`,
  'dashes on one line': () => `${'- '.repeat(DEPTH)}a`,
  'keys on one line': () => `${'? '.repeat(DEPTH)}a`,
  'ends without a beginning': () => `checks: ${']'.repeat(DEPTH)}`,
  'indented mappings': () =>
    Array.from({ length: 3000 }, (_, level) => `${' '.repeat(level)}a:`).join('\n'),
};

const times = (count: number, each: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => each(index)).join('');

/** Aliases that stand for more than any memory holds. */
export const ALIAS_BOMBS: Readonly<Record<string, () => string>> = {
  'lists of lists': () =>
    `a0: &a0 [x, x]\n${times(60, (level) => `a${level + 1}: &a${level + 1} [*a${level}, *a${level}]\n`)}checks: *a60`,
  'mappings of mappings': () =>
    `a0: &a0 {x: y}\n${times(60, (level) => `a${level + 1}: &a${level + 1} {p: *a${level}, q: *a${level}}\n`)}checks: *a60`,
  'mappings merged into each other': () =>
    `a0: &a0 {x0: y}\n${times(60, (level) => `a${level + 1}: &a${level + 1} {<<: [*a${level}, *a${level}], x${level + 1}: y}\n`)}checks: [*a60]`,
  'a list within itself': () => 'checks: &a [*a]',
  'a mapping merged into itself': () => 'checks: &a {<<: *a}',
  'keys by alias': () => `a: &a [x]\nchecks: {${times(1000, () => '? *a : 1, ')}}`,
};

/** Keys that mean something to JavaScript, wherever the user chooses one. Some of these files are configurations. */
export const PROTOTYPE_TEXTS: readonly string[] = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'],
].flatMap((key) => [
  `${key}: {polluted: 1}`,
  `${key}: {prototype: {polluted: 1}}`,
  `"${key}": {polluted: 1}\nchecks: []`,
  `checks: [{name: a, prober: cpu, ${key}: {polluted: 1}}]`,
  `checks: [{name: a, prober: cpu, labels: {${key}: polluted}}]`,
  `checks: [{name: ${key}, prober: cpu}]`,
  `checks: [{name: a, prober: ${key}}]`,
  `checks: [{name: a, target: "h:1", module: ${key}}]`,
  `checks: [{<<: {${key}: {polluted: 1}}, name: a, prober: cpu}]`,
  `checks: [{<<: &a {${key}: {polluted: 1}}, name: a, prober: cpu}, {<<: [*a, *a]}]`,
  `modules: {${key}: {prober: http, http: {headers: {${key}: polluted}}}}`,
  `modules: {m: {prober: ${key}}}`,
  `modules: {m: {prober: http, ${key}: {polluted: 1}}}`,
  `modules: {m: {prober: http, http: {${key}: {polluted: 1}}}}`,
  `modules: {m: {prober: tcp, tcp: {query_response: [{labels: [{name: ${key}, value: x}]}]}}}`,
]);
