import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { dump } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { BUILTIN_MODULES } from '../../src/config/builtin-modules.ts';
import { defaultConfig } from '../../src/config/default-config.ts';
import { configJsonSchema } from '../../src/config/json-schema/config.ts';
import { webConfigJsonSchema } from '../../src/config/json-schema/web-config.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { printConfig } from '../../src/config/print.ts';
import { REFUSED_HERE } from '../differential/support/refused-here.ts';
import { ROOT } from '../house/source-files.ts';
import { MODULE_FILES } from '../support/module-files.ts';
import {
  EXAMPLE_CONFIGURATIONS,
  EXAMPLE_WEB_CONFIGURATIONS,
} from '../support/own-configurations.ts';
import { schemaChecker } from '../support/schema-checker.ts';

/**
 * The mistakes that only the program finds, each with the kind of thing that no schema can know. All others an editor
 * shows while they are made.
 */
const FOUND_BY_THE_PROGRAM: Readonly<Record<string, string>> = {
  'bad-host-port.yml': 'targets',
  'bad-host-targets.yml': 'targets',
  'bad-regular-expressions.yml': 'expressions',
  'contradictions.yml': 'contradictions',
  'duplicate-check-names.yml': 'names',
  'half-characters.yml': 'characters',
  'latency-buckets-duplicate.yml': 'order',
  'latency-buckets-out-of-order.yml': 'order',
  'max-result-age-huge.yml': 'amounts',
  'max-result-age-zero.yml': 'amounts',
  'probe-policy-modules.yml': 'names',
  'two-kinds-of-authentication.yml': 'contradictions',
  'unknown-module.yml': 'names',
};

/** The same for modules files, by their title. */
const FOUND_IN_MODULES: Readonly<Record<string, string>> = {
  'two bearer tokens': 'contradictions',
  'two kinds of credentials': 'contradictions',
  'a password and its file': 'contradictions',
  'compression that is not accepted': 'contradictions',
  'compression where nothing is accepted': 'contradictions',
  'a bad expression for the body': 'expressions',
  'a bad expression that must match': 'expressions',
  'a bad expression for a header': 'expressions',
  'a bad expression of a dialogue': 'expressions',
  'an expression with what RE2 does not have': 'expressions',
};

const shown = schemaChecker(configJsonSchema());
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const fixtures = (kind: string) =>
  readdirSync(join(ROOT, 'test/config', kind))
    .filter((file) => file.endsWith('.yml'))
    .map((file) => `test/config/${kind}/${file}`);

describe('the schema takes what the program takes:', () => {
  test.each([...fixtures('good'), ...EXAMPLE_CONFIGURATIONS])('%s', (path) => {
    parseConfig({ file: path, text: read(path) });
    expect(shown(read(path))).toBe('');
  });

  test('the embedded configuration, the built-in modules, and what /config writes of them', () => {
    const text = defaultConfig();
    expect(shown(text)).toBe('');
    expect(shown(dump({ modules: BUILTIN_MODULES }))).toBe('');
    expect(shown(printConfig(parseConfig({ file: 'default', text })))).toBe('');
  });

  test.each(MODULE_FILES.filter(([, , isTaken]) => isTaken))('%s', (_title, text) => {
    expect(shown(text)).toBe('');
  });

  test('variables of the environment in place of any value', () => {
    const text = `
      concurrency: \${CONCURRENCY}
      max_result_age: \${MINUTES}m
      latency_buckets: ["\${FIRST}"]
      checks:
        - name: \${NAME}
          target: \${TARGET}
          prober: \${PROBER}
          timeout: \${TIMEOUT}
        - name: Disk
          target: /
          prober: disk
          disk: {max_used_percent: "\${LIMIT}", fail_if_read_only: "\${STRICT}"}`;
    expect(shown(text)).toBe('');
  });
});

describe('the schema refuses what the program refuses:', () => {
  test.each(fixtures('bad'))('%s', (path) => {
    const file = path.split('/').at(-1) ?? '';
    const isRefused = shown(read(path)) !== '';
    expect({ isRefused, why: FOUND_BY_THE_PROGRAM[file] }).toEqual({
      isRefused: FOUND_BY_THE_PROGRAM[file] === undefined,
      why: FOUND_BY_THE_PROGRAM[file],
    });
  });

  const refused = [
    ...MODULE_FILES.filter(([, , isTaken]) => !isTaken).map(([title, text]) => [title, text]),
    ...REFUSED_HERE.map(([, title, text]) => [title, text]),
  ] as [title: string, text: string][];
  test.each(refused)('%s', (title, text) => {
    expect(shown(text) !== '').toBe(FOUND_IN_MODULES[title] === undefined);
  });
});

describe('the first line leads an editor to the schema:', () => {
  const named = (path: string) =>
    /^# yaml-language-server: \$schema=(?<file>\S+)\n/.exec(read(path))?.groups?.file ?? 'nothing';

  test.each(EXAMPLE_CONFIGURATIONS)('%s', (path) => {
    expect(join(dirname(path), named(path))).toBe('docs/schemas/config.schema.json');
  });

  test.each(EXAMPLE_WEB_CONFIGURATIONS)('%s', (path) => {
    expect(join(dirname(path), named(path))).toBe('docs/schemas/web-config.schema.json');
  });
});

describe('every option says what it means:', () => {
  test.each([
    ['config', configJsonSchema()],
    ['web-config', webConfigJsonSchema()],
  ])('%s', (_title, whole) => {
    expect(silentOptions(whole)).toEqual([]);
  });
});

/** The paths of options without a description. Rules about options, which are no mappings themselves, need none. */
function silentOptions(part: unknown, path = ''): string[] {
  if (typeof part !== 'object' || part === null) return [];
  const { type, properties = {} } = part as { type?: unknown; properties?: object };
  const isMapping = [type].flat().includes('object');
  const silent = Object.entries(isMapping ? properties : {}).filter(([, one]) => !one.description);
  return [
    ...silent.map(([name]) => `${path}.${name}`),
    ...Object.entries(part).flatMap(([key, one]) => silentOptions(one, `${path}.${key}`)),
  ];
}
