import type { CheckView } from '../../config/check.ts';
import type { Engine } from '../../engine/engine.ts';
import type { History } from '../../history/history.ts';
import {
  type CheckReport,
  type CheckResult,
  describeCheck,
  type KnownCheck,
  type LastScrape,
  summarize,
} from './check-report.ts';

/** What is asked for what is known. */
export interface StatusSources {
  readonly engine: Engine;
  readonly history: History;
  readonly lastScrape: () => LastScrape | null;
}

/** A {@link CheckReport} whose checks are described one by one, while they are written. */
export interface CurrentStatus extends Omit<CheckReport, 'checks'> {
  readonly checks: Iterable<CheckResult>;
}

/** What is known now of the checks that are wanted. Starts no probes. What happens later does not show in it. */
export function currentStatus(
  { engine, history, lastScrape }: StatusSources,
  isWanted: (view: CheckView) => boolean,
): CurrentStatus {
  const views = engine.known().filter(isWanted);
  const known = views.map((view) => knownOf(history, view));
  return {
    timestamp: new Date().toISOString(),
    summary: summarize(views),
    scrape: lastScrape(),
    checks: described(known),
  };
}

function* described(known: readonly KnownCheck[]): Generator<CheckResult> {
  for (const one of known) yield describeCheck(one);
}

/** What is known of a check beside its verdict. */
export function knownOf(history: History, view: CheckView): KnownCheck {
  const last = history.last(view.check);
  return { view, past: history.past(view.check), log: last ? `logs?id=${last.id}` : null };
}
