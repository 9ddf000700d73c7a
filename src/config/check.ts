import type { Secret } from '../lib/secret.ts';
import type { ProbeOutcome, Prober } from '../probers/contract.ts';
import type { ProbePolicy } from './policy/probe-policy.ts';

/** A way of probing: a prober with its parsed options. `modules:` of the file, or one written into a check. */
export interface Module {
  readonly name: string;
  readonly prober: Prober;
  /** As the prober's own schema gives them. */
  readonly options: unknown;
  /** Seconds, or `undefined` where the module sets none. */
  readonly timeoutSeconds: number | undefined;
  /** Options that came from the environment: how they are written in the file, by the `pathKey` of their place. */
  readonly written?: ReadonlyMap<string, string> | undefined;
}

/** One line of `checks:`, validated: whatever takes this type takes no other. */
export interface Check {
  /** Unique in a configuration. */
  readonly name: string;
  /** Empty for probers of this host. A secret, for it may hold one; it prints as `shownTarget`. */
  readonly target: Secret;
  /** The target as it may be shown: without credentials. */
  readonly shownTarget: string;
  readonly module: Module;
  /** The check's own limit in seconds, before the scrape's budget caps it. */
  readonly timeoutSeconds: number;
  /** The check's own `labels:`. */
  readonly labels: Readonly<Record<string, string>>;
  /** What all its series carry: `check`, `target`, `prober` and the check's own. */
  readonly seriesLabels: Readonly<Record<string, string>>;
  /** Names its series: two checks with the same identity continue each other across a reload. */
  readonly identity: string;
}

/** A whole configuration, validated. */
export interface Config {
  /** Probes in flight at once. */
  readonly concurrency: number;
  readonly maxResultAgeSeconds: number;
  /** Upper bounds in seconds, ascending, without +Inf. */
  readonly latencyBuckets: readonly number[];
  readonly checks: readonly Check[];
  readonly modules: ReadonlyMap<string, Module>;
  /** Who may be probed through `/probe`. */
  readonly probePolicy: ProbePolicy;
}

/** What one scrape has to say of one check. */
export interface CheckView {
  readonly check: Check;
  /** The last outcome, or `undefined` for a check never yet executed or whose last verdict is too old. */
  readonly outcome: ProbeOutcome | undefined;
  /** Whether `outcome` was found out in this scrape; otherwise the check was skipped. */
  readonly fresh: boolean;
  /** How old `outcome` is: 0 unless it was known before the scrape asked. */
  readonly ageSeconds: number;
}
