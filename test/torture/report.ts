import { align } from '../bench/table.ts';
import type { Registered } from './registry.ts';
import type { Result } from './run.ts';

/** The scenarios: name, numbers of the proofs, title. */
export function renderList(all: readonly Registered[]): string {
  return align(
    all.map(({ scenario: { name, proof, title } }) => [name, `proof ${proof.join(', ')}`, title]),
  );
}

/** What came of one scenario, with its figures below. */
export function renderResult({ name, proof, title, problem, figures, seconds }: Result): string {
  const verdict = problem === undefined ? 'held' : 'NOT HELD';
  const head = `${verdict}  ${name} (proof ${proof.join(', ')}), ${seconds.toFixed(0)} s: ${title}\n`;
  const why = problem === undefined ? '' : `  ${problem}\n`;
  const rows = Object.entries(figures).map(([figure, value]) => [`  ${figure}`, shown(value)]);
  return `${head}${why}${align(rows)}`;
}

/** How many held, and which did not. */
export function renderSummary(results: readonly Result[]): string {
  const broken = results.filter(({ problem }) => problem !== undefined);
  const names = broken.map(({ name }) => name).join(', ');
  const held = `${results.length - broken.length} of ${results.length} held`;
  return broken.length === 0 ? `${held}.\n` : `${held}; not held: ${names}.\n`;
}

function shown(value: string | number): string {
  return typeof value === 'number' ? value.toLocaleString('en') : value;
}
