import type { Check, Module } from '../config/check.ts';
import type { ProbeOutcome } from '../probers/contract.ts';
import { createPasts, type Past } from './past.ts';

/** One probe that was executed, kept to be looked at. */
export interface HistoryEntry {
  /** Counts up from 1 over all probes of this process. */
  readonly id: number;
  readonly module: Module;
  /** As it may be shown: without credentials. */
  readonly target: string;
  /** The check it was made for; absent where `/probe` asked. */
  readonly check: Check | undefined;
  readonly outcome: ProbeOutcome;
}

/** A probe to be kept. */
export type Executed = Omit<HistoryEntry, 'id'>;

/** What to look for; every word given has to match. */
export interface HistoryQuery {
  readonly target?: string | undefined;
  /** Name of the module. */
  readonly module?: string | undefined;
  /** Name of the check. */
  readonly check?: string | undefined;
}

/**
 * The last probes. Of `/probe`, as many as the limit says, and failures pushed out of them once more as many; of each
 * check its last run and its last failure, so that one that fails often does not push out the others, and of the runs
 * before that a few bytes each.
 */
export interface History {
  readonly add: (executed: Executed) => HistoryEntry;
  readonly get: (id: number) => HistoryEntry | undefined;
  /** The newest entry that matches. */
  readonly find: (query: HistoryQuery) => HistoryEntry | undefined;
  /** The last run of a check; `undefined` for one never yet executed. */
  readonly last: (check: Check) => HistoryEntry | undefined;
  /** All runs of a check; `undefined` for one never yet executed. */
  readonly past: (check: Check) => Past | undefined;
  /** What is kept of `/probe`, the newest first. */
  readonly probes: () => readonly HistoryEntry[];
  /** Forgets checks that are no longer configured. */
  readonly retain: (checks: readonly Check[]) => void;
}

interface OfCheck {
  readonly last: HistoryEntry;
  readonly lastFailure: HistoryEntry | undefined;
}

/** @param limit how many probes of `/probe` are kept, 0 or more. */
export function createHistory(limit: number): History {
  const recent: HistoryEntry[] = [];
  const failures: HistoryEntry[] = [];
  const ofChecks = new Map<string, OfCheck>();
  const pasts = createPasts();
  let lastId = 0;

  const addProbe = (entry: HistoryEntry) => {
    recent.push(entry);
    if (recent.length <= limit) return;
    const pushedOut = recent.shift();
    if (!pushedOut || pushedOut.outcome.success) return;
    failures.push(pushedOut);
    if (failures.length > limit) failures.shift();
  };
  const addCheck = (check: Check, entry: HistoryEntry) => {
    const { identity } = check;
    const before = ofChecks.get(identity)?.lastFailure;
    const lastFailure = entry.outcome.success ? before : entry;
    ofChecks.set(identity, { last: entry, lastFailure });
    pasts.add(check, entry.outcome);
  };
  function* all(): Generator<HistoryEntry> {
    yield* failures;
    yield* recent;
    for (const { last, lastFailure } of ofChecks.values()) {
      yield last;
      if (lastFailure && lastFailure !== last) yield lastFailure;
    }
  }
  const newest = (wanted: (entry: HistoryEntry) => boolean) => {
    let found: HistoryEntry | undefined;
    for (const entry of all()) if (wanted(entry) && entry.id > (found?.id ?? 0)) found = entry;
    return found;
  };

  return {
    add: (executed) => {
      const entry = { ...executed, id: ++lastId };
      if (executed.check) addCheck(executed.check, entry);
      else addProbe(entry);
      return entry;
    },
    get: (id) => newest((entry) => entry.id === id),
    find: (query) => newest((entry) => matches(entry, query)),
    last: ({ identity }) => ofChecks.get(identity)?.last,
    past: pasts.of,
    // A failure is pushed out of the others: all of them are older.
    probes: () => [...failures, ...recent].reverse(),
    retain: (checks) => {
      const kept = new Set(checks.map(({ identity }) => identity));
      for (const identity of ofChecks.keys()) if (!kept.has(identity)) ofChecks.delete(identity);
      pasts.retain(checks);
    },
  };
}

function matches(entry: HistoryEntry, { target, module, check }: HistoryQuery): boolean {
  return (
    (target === undefined || entry.target === target) &&
    (module === undefined || entry.module.name === module) &&
    (check === undefined || entry.check?.name === check)
  );
}
