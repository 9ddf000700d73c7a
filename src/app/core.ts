import type { Config } from '../config/check.ts';
import { createEngine, type Engine } from '../engine/engine.ts';
import type { Executed, HistoryEntry } from '../history/history.ts';
import { createHistory, type History } from '../history/history.ts';
import { createOutcomeLog } from '../history/outcome-log.ts';
import { createMetrics, type Metrics } from '../metrics/metrics.ts';
import type { ServeOptions } from './serve-options.ts';

/** What executes checks, counts, and remembers. */
export interface Core {
  readonly engine: Engine;
  readonly metrics: Metrics;
  readonly history: History;
  /** Keeps what `/probe` was asked for, and logs it. */
  readonly record: (executed: Executed) => HistoryEntry;
  /** Puts a configuration in force. */
  readonly apply: (config: Config) => void;
}

type CoreOptions = Pick<ServeOptions, 'logger' | 'probeLogger' | 'historyLimit' | 'version'>;

/** Makes the engine, the metrics and the history, each told of what it has to know of the others. */
export function createCore(
  config: Config,
  { logger, probeLogger, historyLimit, version }: CoreOptions,
): Core {
  const history = createHistory(historyLimit);
  const outcomeLog = createOutcomeLog(logger, probeLogger);
  const metrics: Metrics = createMetrics(
    {
      version,
      probesInFlight: () => engine.inFlight(),
      concurrencyLimit: () => engine.config().concurrency,
      checks: () => engine.config().checks.length,
    },
    (error) => logger.error('a metric could not be read', { error: error.message }),
  );
  const engine: Engine = createEngine(config, {
    executed: (check, outcome, queueSeconds) => {
      metrics.executed(check, outcome, queueSeconds);
      history.add({ check, module: check.module, target: check.shownTarget, outcome });
    },
    skipped: metrics.skipped,
    shared: metrics.shared,
    changed: outcomeLog.changed,
    troubled: outcomeLog.troubled,
  });
  return {
    engine,
    metrics,
    history,
    record: (executed) => {
      outcomeLog.probed(executed);
      return history.add(executed);
    },
    apply: (next) => {
      engine.configure(next);
      metrics.configure(next);
      history.retain(next.checks);
      metrics.reloaded(true);
    },
  };
}
