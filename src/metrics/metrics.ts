import type { Check, CheckView, Config } from '../config/check.ts';
import type { ProbeOutcome } from '../probers/contract.ts';
import { checkFamilies } from './check-families.ts';
import { SELF_METRICS } from './declarations.ts';
import { type ExpositionFormat, type Family, sampleLine, writeSlices } from './exposition.ts';
import { createLivingMetrics } from './living.ts';
import { createSelfMetrics, type RefusalCause, type SelfReadings } from './self.ts';

/** What one scrape of `/metrics` found out. */
export interface ScrapeResult {
  readonly views: readonly CheckView[];
  readonly durationSeconds: number;
}

/** Everything `/metrics` shows. */
export interface Metrics {
  readonly configure: (config: Config) => void;
  readonly executed: (check: Check, outcome: ProbeOutcome, queueSeconds: number) => void;
  readonly skipped: (check: Check) => void;
  readonly shared: () => void;
  /** Somebody asked for a module that does not exist. */
  readonly moduleUnknown: () => void;
  /** The policy of `/probe` refused a request, or ended its probe. */
  readonly targetRefused: () => void;
  /** A request or a connection was refused before it was handled. */
  readonly requestRefused: (cause: RefusalCause) => void;
  /** An attempt to load the configuration ended. */
  readonly reloaded: (success: boolean) => void;
  /**
   * The text of one scrape, written while it is read, in slices: see {@link writeSlices}. Never rejects: a family that
   * cannot be read is left out and logged.
   */
  readonly render: (result: ScrapeResult, format: ExpositionFormat) => Promise<Iterable<string>>;
}

/** @param warn is told of a family that could not be read. */
export function createMetrics(readings: SelfReadings, warn: (error: Error) => void): Metrics {
  const living = createLivingMetrics();
  const self = createSelfMetrics(readings);
  return {
    configure: living.configure,
    executed: (check, outcome, queueSeconds) => {
      living.executed(check, outcome);
      self.queueWaited(queueSeconds);
    },
    skipped: living.skipped,
    shared: self.scrapeShared,
    moduleUnknown: self.moduleUnknown,
    targetRefused: self.targetRefused,
    requestRefused: self.requestRefused,
    reloaded: self.reloaded,
    render: async (result, format) => {
      const checks = result.views.map(({ check }) => check);
      const own = (await self.read()).filter((family): family is Family => {
        if (family instanceof Error) warn(family);
        return !(family instanceof Error);
      });
      const families = [
        ...checkFamilies(result.views),
        ...scrapeFamilies(result),
        ...living.families(checks),
        ...own,
      ];
      return writeSlices(families, format);
    },
  };
}

function scrapeFamilies({ views, durationSeconds }: ScrapeResult): Family[] {
  const skipped = views.filter(({ fresh }) => !fresh).length;
  return [
    gauge(SELF_METRICS.checksSelected, views.length),
    gauge(SELF_METRICS.checksSkipped, skipped),
    gauge(SELF_METRICS.scrapeDuration, durationSeconds),
  ];
}

function gauge({ name, help }: { name: string; help: string }, value: number): Family {
  return { name, help, type: 'gauge', lines: [sampleLine(name, '', value)] };
}
