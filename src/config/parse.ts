import { BUILTIN_MODULES } from './builtin-modules.ts';
import type { Config, Module } from './check.ts';
import { readChecks } from './checks.ts';
import { createDiagnostics, type Diagnostics } from './diagnostics.ts';
import { parseDocument } from './document.ts';
import { type Environment, Expansion } from './expansion.ts';
import { readModule } from './modules.ts';
import { checkModuleNames } from './policy/module-names.ts';
import { DEFAULT_POLICY } from './policy/probe-policy.ts';
import { ConfigError, type Source } from './problem.ts';
import { fileSchema } from './schema.ts';

/**
 * Makes a validated configuration of YAML text.
 *
 * @param environment what `${NAME}` in its values stands for; absent: for itself.
 * @throws {ConfigError} with every problem found, in the order of the file.
 */
export function parseConfig(source: Source, environment?: Environment): Config {
  const text = source.text.replace(/^\uFEFF/, '');
  const parsed = text.trim() === '' ? EMPTY : parseDocument(text, environment);
  if (!parsed.document) throw new ConfigError({ ...source, text }, parsed.problems);
  const { value } = parsed.document;
  if (value === undefined || value === null) throw new ConfigError(source, EMPTY.problems);
  const diagnostics = createDiagnostics(parsed.document, text);
  const config = readConfig(value, diagnostics);
  if (diagnostics.problems.length > 0 || !config) {
    throw new ConfigError({ ...source, text }, diagnostics.problems);
  }
  return config;
}

const EMPTY = {
  document: undefined,
  problems: [
    {
      offset: 0,
      message: 'the file holds no configuration, expected "checks:" or "modules:"',
    },
  ],
};

function readConfig(value: unknown, diagnostics: Diagnostics): Config | undefined {
  const file = diagnostics.parse(fileSchema, value, []);
  // Entries are read also where the rest of the file is wrong: all problems at once.
  const { checks: rawChecks, modules: rawModules } = rawEntries(value);
  const modules = readModules(rawModules, diagnostics);
  const checks = readChecks(rawChecks, modules, diagnostics);
  if (!file) return undefined;
  if (!file.checks && !file.modules) {
    diagnostics.add([], 'the file says nothing to check, expected "checks:" or "modules:"');
  }
  const probePolicy = file.probe_policy ?? DEFAULT_POLICY;
  checkModuleNames(probePolicy, modules, diagnostics);
  return {
    concurrency: file.concurrency,
    maxResultAgeSeconds: file.max_result_age,
    latencyBuckets: file.latency_buckets,
    probePolicy,
    checks,
    modules: new Map([...modules].flatMap(([name, module]) => (module ? [[name, module]] : []))),
  };
}

function rawEntries(value: unknown): { checks: unknown[]; modules: Record<string, unknown> } {
  const { checks, modules } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  const isMapping =
    typeof modules === 'object' &&
    modules !== null &&
    !Array.isArray(modules) &&
    !(modules instanceof Expansion);
  return {
    checks: Array.isArray(checks) ? checks : [],
    modules: isMapping ? (modules as Record<string, unknown>) : {},
  };
}

/** Built-in modules and the file's own; one that could not be read stands as `undefined`, so that its name is known. */
function readModules(
  raw: Readonly<Record<string, unknown>>,
  diagnostics: Diagnostics,
): Map<string, Module | undefined> {
  const modules = new Map<string, Module | undefined>();
  for (const [name, value] of Object.entries({ ...BUILTIN_MODULES, ...raw })) {
    modules.set(name, readModule(name, value, diagnostics));
  }
  return modules;
}
