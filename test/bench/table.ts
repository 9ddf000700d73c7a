import {
  type CaseResult,
  CONTENDERS,
  type ContenderName,
  figureOf,
  MEASURES,
  type Measure,
  type Measured,
} from './results.ts';

/** The results, a table for each kind of case. Cells are medians of the rounds, with `(min–max)` where these differ. */
export function renderResults(results: readonly CaseResult[]): string {
  const tables = new Map<string, CaseResult[]>();
  for (const result of results) {
    tables.set(result.kind, [...(tables.get(result.kind) ?? []), result]);
  }
  return [...tables.values()].map(renderTogether).join('\n');
}

function renderTogether(results: readonly CaseResult[]): string {
  const measures = measuresIn(results);
  const head = ['case', 'who', ...measures.map((measure) => MEASURES[measure].head)];
  const rows = results.flatMap((result) => [
    ...contendersOf(result).map(([contender, measured]) => [
      result.name,
      CONTENDERS[contender],
      ...('notMeasured' in measured
        ? [`not measured: ${measured.notMeasured}`]
        : measures.map((measure) => cell(result, contender, measure))),
    ]),
    ...(result.failed === undefined ? [] : [[result.name, 'failed', result.failed]]),
  ]);
  return align([head, ...rows]);
}

/** In the order in which they are declared. */
function measuresIn(results: readonly CaseResult[]): Measure[] {
  const present = new Set(
    results
      .flatMap((result) => contendersOf(result))
      .flatMap(([, measured]) => ('rounds' in measured ? measured.rounds : []))
      .flatMap((round) => Object.keys(round)),
  );
  return (Object.keys(MEASURES) as Measure[]).filter((measure) => present.has(measure));
}

function contendersOf({ contenders }: CaseResult): [ContenderName, Measured][] {
  return Object.entries(contenders) as [ContenderName, Measured][];
}

function cell(result: CaseResult, contender: ContenderName, measure: Measure): string {
  const spread = figureOf(result, contender, measure);
  if (!spread) return '';
  const [median, min, max] = [spread.median, spread.min, spread.max].map((value) =>
    value.toFixed(MEASURES[measure].digits),
  );
  return min === max ? `${median}` : `${median} (${min}–${max})`;
}

/** Columns under each other; the last cell of a shorter row may be as long as it likes. */
export function align(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => (isLong(row, column, columns) ? 0 : (row[column] ?? '').length))),
  );
  const lines = rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return lines.map((line) => `${line}\n`).join('');
}

function isLong(row: readonly string[], column: number, columns: number): boolean {
  return row.length < columns && column === row.length - 1;
}
