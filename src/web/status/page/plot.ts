import { MAX_RECENT_RUNS, type PastRun } from '../../../history/past.ts';
import { formatDuration } from '../../../lib/duration.ts';
import { type Html, html } from '../../../lib/html.ts';

/** What of a run is plotted. */
type Run = Pick<PastRun, 'durationSeconds' | 'reason'>;

/** As many as are kept of a check; fewer runs stand at the right, where the newest is. */
const PLACES = MAX_RECENT_RUNS;
const STEP = 4;
const HEIGHT = 24;
/** Of a bar, so that also the fastest run is seen. */
const LOWEST = 2;

/**
 * A small picture of the last runs, the oldest at the left: for each that succeeded a bar as high as it took long, for
 * each that failed a cross. Its text says the same in numbers.
 */
export function plotRuns(runs: readonly Run[]): Html {
  const shown = runs.slice(-PLACES);
  const slowest = Math.max(...shown.filter(succeeded).map(secondsOf));
  const first = PLACES - shown.length;
  const at = (index: number) => (first + index) * STEP;
  let bars = '';
  let crosses = '';
  shown.forEach((run, index) => {
    if (succeeded(run)) bars += `M${at(index) + 2} ${HEIGHT}v-${barHeight(run, slowest)}`;
    else crosses += `M${at(index)} 9l4 6m0-6l-4 6`;
  });
  return html`<svg class="plot" role="img" viewBox="0 0 ${PLACES * STEP} ${HEIGHT}" preserveAspectRatio="none"><title>${inWords(shown)}</title><path d="${bars}"/><path d="${crosses}"/></svg>`;
}

function barHeight(run: Run, slowest: number): number {
  const part = slowest > 0 ? secondsOf(run) / slowest : 0;
  return Math.round(LOWEST + part * (HEIGHT - LOWEST));
}

function inWords(runs: readonly Run[]): string {
  const isOne = runs.length === 1;
  const which = isOne ? 'last run' : `last ${runs.length} runs`;
  const successful = runs.filter(succeeded).map(secondsOf);
  const failures = runs.length - successful.length;
  if (successful.length === 0) return `${which}: ${isOne ? 'failed' : `${failures} failed`}`;
  const [fastest, slowest] = [Math.min(...successful), Math.max(...successful)].map(formatDuration);
  const took = `took ${fastest === slowest ? fastest : `${fastest} to ${slowest}`}`;
  return failures === 0 ? `${which}: ${took}` : `${which}: ${failures} failed, the others ${took}`;
}

function succeeded({ reason }: Run): boolean {
  return reason === undefined;
}

function secondsOf({ durationSeconds }: Run): number {
  return durationSeconds;
}
