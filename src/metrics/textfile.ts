import type { CheckView } from '../config/check.ts';
import { checkFamilies, seriesLabels } from './check-families.ts';
import { TEXTFILE_METRICS } from './declarations.ts';
import { type Family, sampleLine, writeExposition } from './exposition.ts';

/** In a file it would stay what it was, while the result grows old. */
const NOT_IN_A_FILE = 'probe_result_age_seconds';

/**
 * What one run found out, as the textfile collector of node_exporter reads it: the text format without times. A check
 * that was not executed is left out.
 */
export function writeTextfile(views: readonly CheckView[]): string {
  const executed = views.filter(({ fresh }) => fresh);
  const families = checkFamilies(executed).filter(({ name }) => name !== NOT_IN_A_FILE);
  return writeExposition([...families, lastRunFamily(executed)], 'text');
}

function lastRunFamily(executed: readonly CheckView[]): Family {
  const name = 'probe_last_run_timestamp_seconds';
  const lines = executed.flatMap(({ check, outcome }) =>
    outcome ? [sampleLine(name, seriesLabels(check), outcome.startedAt)] : [],
  );
  return { name, type: 'gauge', help: TEXTFILE_METRICS[name].help, lines };
}
