import type { z } from 'zod';
import { Secret } from '../lib/secret.ts';
import type { Prober } from '../probers/contract.ts';
import { PROBERS } from '../probers/index.ts';
import { isLabelName, isReservedLabel } from '../probers/shared/label-names.ts';
import type { Check, Module } from './check.ts';
import type { Diagnostics } from './diagnostics.ts';
import { Expansion } from './expansion.ts';
import { formatPath, show } from './explain.ts';
import { metricLabelsOf } from './metric-labels.ts';
import { addUnknownModule, moduleOf } from './modules.ts';
import { checkSchema } from './schema.ts';
import { shownAs, targetProblem } from './target.ts';

/** Where neither a check nor its module says how long it may take. */
const DEFAULT_TIMEOUT_SECONDS = 5;

/** Where a file has more, the rest of its checks is not looked at: aliases can make a mistake stand a million times. */
const MAX_PROBLEMS = 100_000;

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
  diagnostics: Diagnostics,
): Check[] {
  const firstWithName = new Map<string, number>();
  const checks: Check[] = [];
  for (const [index, value] of raw.entries()) {
    if (diagnostics.problems.length > MAX_PROBLEMS) break;
    const path = ['checks', index];
    const entry = diagnostics.parse(checkSchema, value, path);
    const draft = draftOf(value);
    if (!draft) continue;
    refuseSecondName(draft.name, index, firstWithName, diagnostics);
    const prober = proberOf(draft, path, modules, diagnostics);
    checkLabels(draft.labels, prober, [...path, 'labels'], diagnostics);
    if (prober) checkTarget(draft, prober, path, diagnostics);
    if (!prober || !entry) continue;
    const module =
      entry.module === undefined
        ? moduleOf('', prober.name, entry, diagnostics, path)
        : modules.get(entry.module);
    if (module) checks.push(makeCheck(entry, module, draft.value.target));
  }
  return checks;
}

function draftOf(value: unknown): Draft | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  if (value instanceof Expansion) return undefined;
  const raw = value as Readonly<Record<string, unknown>>;
  const text = (key: string) => {
    const given = raw[key];
    if (given instanceof Expansion) return given.text();
    return typeof given === 'string' ? given : undefined;
  };
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
  diagnostics: Diagnostics,
): void {
  if (name === undefined) return;
  const first = firstWithName.get(name);
  if (first === undefined) {
    firstWithName.set(name, index);
    return;
  }
  const line = diagnostics.lineOf(['checks', first, 'name']);
  const path = ['checks', index, 'name'];
  diagnostics.add(
    path,
    `two checks are named ${show(diagnostics.standIn(path) ?? name)}, the first on line ${line}: each needs a name of its own`,
  );
}

/** The prober of the module an entry names, or of the one written in place. */
function proberOf(
  { value, module, prober }: Draft,
  path: readonly PropertyKey[],
  modules: ReadonlyMap<string, Module | undefined>,
  diagnostics: Diagnostics,
): Prober | undefined {
  const blocks = PROBERS.map(({ name }) => name).filter((name) => value[name] !== undefined);
  if (module !== undefined && prober !== undefined) {
    diagnostics.add([...path, 'prober'], 'a check names a module or a prober, not both', 'key');
    return undefined;
  }
  if (value.module === undefined && value.prober === undefined) {
    const hint = blocks.length === 1 ? ` (did you mean "prober: ${blocks[0]}"?)` : '';
    diagnostics.add(path, `${formatPath(path)} needs a "prober:" or a "module:"${hint}`);
    return undefined;
  }
  for (const block of blocks.filter((name) => name !== prober)) {
    const key = prober === undefined ? 'module' : 'prober';
    const said = `${key} ${show(diagnostics.standIn([...path, key]) ?? value[key])}`;
    diagnostics.add([...path, block], `"${block}:" has no effect beside ${said}`, 'key');
  }
  if (module === undefined) return PROBERS.find(({ name }) => name === prober);
  if (!modules.has(module)) addUnknownModule(module, [...path, 'module'], modules, diagnostics);
  return modules.get(module)?.prober;
}

function checkTarget(
  { value, target }: Draft,
  prober: Prober,
  path: readonly PropertyKey[],
  diagnostics: Diagnostics,
): void {
  if (prober.target === null) {
    if (value.target !== undefined) {
      diagnostics.add(
        [...path, 'target'],
        `prober "${prober.name}" looks at this host and takes no target`,
        'key',
      );
    }
    return;
  }
  const { description, example } = prober.target;
  if (value.target === undefined) {
    diagnostics.add(
      path,
      `${formatPath(path)} needs a "target:": ${description}, such as ${JSON.stringify(example)}`,
    );
    return;
  }
  const wrong = target ? targetProblem(prober.target, target) : undefined;
  if (wrong === undefined) return;
  const at = [...path, 'target'];
  diagnostics.add(at, `${formatPath(at)}: ${show(diagnostics.standIn(at) ?? target)} ${wrong}`);
}

function checkLabels(
  labels: readonly string[],
  prober: Prober | undefined,
  path: readonly PropertyKey[],
  diagnostics: Diagnostics,
): void {
  for (const name of labels) {
    const wrong = labelProblem(name, prober);
    if (wrong) diagnostics.add([...path, name], `the label ${show(name)} ${wrong}`, 'key');
  }
}

function labelProblem(name: string, prober: Prober | undefined): string | undefined {
  if (!isLabelName(name)) {
    return 'has no valid name: expected letters a to z, digits and "_", not beginning with a digit';
  }
  if (name.startsWith('__')) return 'is reserved: names beginning with "__" are Prometheus’ own';
  if (isReservedLabel(name)) return 'is reserved, choose another name';
  return prober && metricLabelsOf(prober).has(name)
    ? `stands on metrics of prober "${prober.name}", choose another name`
    : undefined;
}

/** @param written the target as it stands in the file. */
function makeCheck(entry: z.output<typeof checkSchema>, module: Module, written: unknown): Check {
  const target = entry.target ?? '';
  const expansion = written instanceof Expansion ? written : undefined;
  const shownTarget = shownAs(target, module.prober, { expansion });
  const seriesLabels: Record<string, string> = { ...entry.labels, check: entry.name };
  if (shownTarget) seriesLabels.target = shownTarget;
  seriesLabels.prober = module.prober.name;
  return {
    name: entry.name,
    target: new Secret(target, shownTarget),
    shownTarget,
    module,
    timeoutSeconds: entry.timeout ?? module.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS,
    labels: entry.labels,
    seriesLabels,
    identity: JSON.stringify(
      Object.entries(seriesLabels).sort(([one], [other]) => (one < other ? -1 : 1)),
    ),
  };
}
