import { z } from 'zod';
import { MAX_RECENT_RUNS } from '../../history/past.ts';
import { REASONS } from '../../probers/failure.ts';
import { STATUSES } from './status.ts';

// The types of the program and the published JSON Schema both come from here.

const timestamp = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  .meta({ id: 'timestamp', format: 'date-time', description: 'ISO 8601, in UTC.' });
const seconds = z
  .number()
  .nonnegative()
  .meta({ id: 'seconds', description: 'A duration in seconds.' });
const count = z.int().nonnegative().meta({ id: 'count', description: 'A number of things.' });
const reason = z.enum(REASONS).meta({
  id: 'reason',
  description: 'Why a probe fails, in one word: the label "reason" of the metrics.',
});

const recentRun = z
  .strictObject({
    timestamp: timestamp.describe('When the probe started.'),
    duration_seconds: seconds.describe('How long it took, without waiting in a queue.'),
    success: z.boolean().describe('Whether it found its target healthy.'),
    reason: reason.nullable().describe('Why it failed; null where it succeeded.'),
  })
  .meta({ id: 'recentRun', description: 'One executed run of a check.' });

const checkResult = z
  .strictObject({
    name: z.string().describe('Unique among the checks.'),
    target: z
      .string()
      .describe('What is probed, without credentials; empty for probers that look at their host.'),
    prober: z.string().describe('What it is probed by: http, tcp, dns, disk …'),
    module: z
      .string()
      .nullable()
      .describe('The module that says how; null where the check says it itself.'),
    labels: z.record(z.string(), z.string()).describe('The labels of the check itself.'),
    status: z
      .enum(STATUSES)
      .describe(
        'What the last run found; "skipped" where there was none, or none within max_result_age.',
      ),
    reason: reason.nullable().describe('Why it fails; null where it does not.'),
    message: z.string().nullable().describe('The same as a sentence for people.'),
    duration_seconds: seconds
      .nullable()
      .describe(
        'How long the last run took, without waiting in a queue; null where there was none.',
      ),
    timestamp: timestamp
      .nullable()
      .describe('When the last run started; null where there was none.'),
    since: timestamp
      .nullable()
      .describe(
        'When the run started that was the first to find the present status, as far as this process knows; null where the status is "skipped".',
      ),
    log: z
      .string()
      .nullable()
      .describe(
        'Where the log of the last run is, relative to the root of the exporter; null where there is none.',
      ),
    history: z
      .strictObject({
        runs: count.describe('Executed runs, from the start of the process on.'),
        failures: count.describe('How many of them failed.'),
        recent: z
          .array(recentRun)
          .max(MAX_RECENT_RUNS)
          .readonly()
          .describe('The newest runs, the oldest first.'),
      })
      .describe('What the runs before have found. A reload of the configuration does not end it.'),
  })
  .meta({ id: 'checkResult', description: 'What is known of one check.' });

const lastScrape = z
  .strictObject({
    timestamp: timestamp.describe('When it began.'),
    duration_seconds: seconds.describe('How long its checks took together.'),
    executed: count.describe('How many checks it executed.'),
    skipped: count.describe('How many it asked for and could not give their time.'),
  })
  .meta({ id: 'lastScrape', description: 'What the last scrape of /metrics did.' });

/** What `/api/v1/checks` answers and `check --json` writes. */
export const checkReport = z
  .strictObject({
    timestamp: timestamp.describe('When this was written.'),
    summary: z
      .strictObject({
        total: count.describe('How many checks are listed here.'),
        healthy: count.describe('How many of them are "healthy".'),
        failing: count.describe('How many of them are "failing".'),
        skipped: count.describe('How many of them are "skipped".'),
      })
      .describe('The checks that are listed here, counted.'),
    scrape: lastScrape
      .nullable()
      .describe('The last scrape of /metrics; null where there was none yet.'),
    checks: z.array(checkResult).readonly().describe('In the order of the configuration.'),
  })
  .meta({
    title: 'healthcheck-exporter: checks',
    description:
      'What GET /api/v1/checks of a healthcheck-exporter answers, and what its command check --json writes.',
  });

/** See {@link checkReport}. */
export type CheckReport = Readonly<z.infer<typeof checkReport>>;
/** One check of {@link CheckReport}. */
export type CheckResult = Readonly<z.infer<typeof checkResult>>;
/** One executed run of a check. */
export type RecentRun = Readonly<z.infer<typeof recentRun>>;
/** What the last scrape of `/metrics` did. */
export type LastScrape = Readonly<z.infer<typeof lastScrape>>;
