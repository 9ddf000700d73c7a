import type { z } from 'zod';
import type { Prober } from '../probers/contract.ts';
import { PROBERS } from '../probers/index.ts';
import type { Check, Module } from './check.ts';
import { formatPath, suggestion } from './explain.ts';
import type { Findings } from './findings.ts';
import { maskUrls } from './mask.ts';
import { moduleOf } from './modules.ts';
import { checkSchema } from './schema.ts';

/** Where neither a check nor its module says how long it may take. */
const DEFAULT_TIMEOUT_SECONDS = 5;

/** What an entry says as far as it can be read: the cross-checks run also where its schema found faults. */
interface Draft {
  readonly value: Readonly<Record<string, unknown>>;
  readonly name: string | undefined;
  readonly target: string | undefined;
  readonly module: string | undefined;
  readonly prober: string | undefined;
  readonly labels: readonly string[];
}

/** Reads `checks:`, entry by entry; what is wrong with one does not hide the next. */
export function readChecks(
  raw: readonly unknown[],
  modules: ReadonlyMap<string, Module | undefined>,
  findings: Findings,
): Check[] {
  const firstWithName = new Map<string, number>();
  return raw.flatMap((value, index) => {
    const path = ['checks', index];
    const entry = findings.parse(checkSchema, value, path);
    const draft = draftOf(value);
    if (!draft) return [];
    refuseSecondName(draft.name, index, firstWithName, findings);
    const prober = proberOf(draft, path, modules, findings);
    if (!prober) return [];
    checkTarget(draft, prober, path, findings);
    checkLabels(draft.labels, prober, [...path, 'labels'], findings);
    if (!entry) return [];
    const module =
      entry.module === undefined
        ? moduleOf('', prober.name, entry, findings, path)
        : modules.get(entry.module);
    return module ? [makeCheck(entry, module)] : [];
  });
}

function draftOf(value: unknown): Draft | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const raw = value as Readonly<Record<string, unknown>>;
  const text = (key: string) => (typeof raw[key] === 'string' ? raw[key] : undefined);
  const labels =
    typeof raw.labels === 'object' && raw.labels !== null ? Object.keys(raw.labels) : [];
  return {
    value: raw,
    name: text('name')?.trim(),
    target: text('target'),
    module: text('module'),
    prober: text('prober'),
    labels,
  };
}

function refuseSecondName(
  name: string | undefined,
  index: number,
  firstWithName: Map<string, number>,
  findings: Findings,
): void {
  if (name === undefined) return;
  const first = firstWithName.get(name);
  if (first === undefined) {
    firstWithName.set(name, index);
    return;
  }
  const line = findings.lineOf(['checks', first, 'name']);
  findings.add(
    ['checks', index, 'name'],
    `two checks are named ${JSON.stringify(name)}, the first on line ${line}: names are unique`,
  );
}

/** The prober of the module an entry names, or of the one written in place. */
function proberOf(
  { value, module, prober }: Draft,
  path: readonly PropertyKey[],
  modules: ReadonlyMap<string, Module | undefined>,
  findings: Findings,
): Prober | undefined {
  const blocks = PROBERS.map(({ name }) => name).filter((name) => value[name] !== undefined);
  if (module !== undefined && prober !== undefined) {
    findings.add([...path, 'prober'], 'a check names a module or a prober, not both', 'key');
    return undefined;
  }
  if (value.module === undefined && value.prober === undefined) {
    const hint = blocks.length === 1 ? ` (did you mean "prober: ${blocks[0]}"?)` : '';
    findings.add(path, `${formatPath(path)} needs a "prober:" or a "module:"${hint}`);
    return undefined;
  }
  for (const block of blocks.filter((name) => name !== prober)) {
    const said = prober === undefined ? `module "${module}"` : `prober "${prober}"`;
    findings.add([...path, block], `"${block}:" has no effect beside ${said}`, 'key');
  }
  if (module === undefined) return PROBERS.find(({ name }) => name === prober);
  if (!modules.has(module)) {
    const known = [...modules.keys()];
    const near = suggestion(module, known) || `, known are ${known.slice(0, 20).join(', ')}`;
    findings.add([...path, 'module'], `unknown module "${module}"${near}`);
  }
  return modules.get(module)?.prober;
}

function checkTarget(
  { value, target }: Draft,
  prober: Prober,
  path: readonly PropertyKey[],
  findings: Findings,
): void {
  if (prober.target === null) {
    if (value.target !== undefined) {
      findings.add(
        [...path, 'target'],
        `prober "${prober.name}" looks at this host and takes no target`,
        'key',
      );
    }
    return;
  }
  const { description, example, problem } = prober.target;
  if (value.target === undefined) {
    findings.add(
      path,
      `${formatPath(path)} needs a "target:": ${description}, such as ${JSON.stringify(example)}`,
    );
    return;
  }
  const wrong = target ? problem(target) : undefined;
  if (wrong === undefined) return;
  const shown = maskUrls(JSON.stringify(target));
  findings.add(
    [...path, 'target'],
    `${formatPath([...path, 'target'])}: ${shown} ${wrong}; expected ${description}, such as ${JSON.stringify(example)}`,
  );
}

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
// `job` and `instance` are Prometheus' own, `le` and `quantile` belong to types, the rest stands on every series.
const RESERVED_LABELS = new Set([
  'job',
  'instance',
  'le',
  'quantile',
  'check',
  'target',
  'prober',
  'reason',
]);

function checkLabels(
  labels: readonly string[],
  prober: Prober,
  path: readonly PropertyKey[],
  findings: Findings,
): void {
  const ofMetrics = new Set(
    Object.values(prober.metrics).flatMap(({ labels: names = [] }) => names),
  );
  for (const name of labels) {
    const wrong = labelProblem(name, ofMetrics, prober.name);
    if (wrong) findings.add([...path, name], `label "${name}" ${wrong}`, 'key');
  }
}

function labelProblem(
  name: string,
  ofMetrics: ReadonlySet<string>,
  prober: string,
): string | undefined {
  if (!LABEL_NAME.test(name))
    return 'is no label name: letters, digits and _ are, not beginning with a digit';
  if (name.startsWith('__')) return 'is reserved: names beginning with __ are Prometheus’ own';
  if (RESERVED_LABELS.has(name)) return 'is reserved, choose another name';
  if (ofMetrics.has(name))
    return `is one that metrics of prober "${prober}" carry, choose another name`;
  return undefined;
}

function makeCheck(entry: z.output<typeof checkSchema>, module: Module): Check {
  const target = entry.target ?? '';
  const shownTarget = maskUrls(target);
  const seriesLabels: Record<string, string> = { ...entry.labels, check: entry.name };
  if (shownTarget) seriesLabels.target = shownTarget;
  seriesLabels.prober = module.prober.name;
  return {
    name: entry.name,
    target,
    shownTarget,
    module,
    timeoutSeconds: entry.timeout ?? module.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS,
    labels: entry.labels,
    seriesLabels,
    identity: JSON.stringify(Object.entries(seriesLabels).sort()),
  };
}
