import { z } from 'zod';
import { PROBERS } from '../probers/index.ts';
import { LABEL_NAME_SCHEMA } from '../probers/shared/label-names.ts';
import { duration } from '../probers/shared/options.ts';
import { schemaHints } from '../probers/shared/schema-hints.ts';
import { probePolicySchema } from './policy/probe-policy.ts';

/** Each probe in flight takes a socket, and a process seldom has more; a core is busy with a few hundred. */
const MAX_CONCURRENCY = 10_000;
/** Each bucket is a series of every check. What blackbox_exporter's users have by hand is a tenth of it. */
const MAX_BUCKETS = 100;

const DEFAULT_LATENCY_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const proberName = z.enum(PROBERS.map(({ name }) => name)).describe('Which prober does the work.');
const optionBlocks = Object.fromEntries(
  // A block left empty counts as absent, as in blackbox_exporter.
  PROBERS.map(({ name, options, summary }) => [name, options.nullish().describe(summary)]),
);

/** Prometheus knows no shorter time, and nothing is checked for longer than a year. */
const SHORTEST_LIMIT_SECONDS = 0.001;
const LONGEST_LIMIT_SECONDS = 31_536_000;

/** A duration that is a limit. Output: seconds. */
function limit() {
  return duration().refine(
    (seconds) => seconds >= SHORTEST_LIMIT_SECONDS && seconds <= LONGEST_LIMIT_SECONDS,
    'expected a duration from "1ms" to "1y"',
  );
}

const latencyBuckets = z
  .array(z.number().positive())
  .min(1)
  .max(MAX_BUCKETS)
  .superRefine(
    (bounds, context) => {
      for (const [index, bound] of bounds.entries()) {
        const previous = bounds[index - 1];
        // What is no finite number has its own problem.
        if (!Number.isFinite(bound) || previous === undefined || !Number.isFinite(previous))
          continue;
        if (bound > previous) continue;
        const message = `expected bounds in ascending order, got ${bound} after ${previous}`;
        context.addIssue({ code: 'custom', path: [index], message });
      }
    },
    { when: ({ value }) => Array.isArray(value) },
  );

/**
 * The file's own keys. What stands in `checks` and `modules` is read entry by entry with {@link checkSchema} and
 * {@link moduleSchema}, so that one broken entry does not hide what is wrong with the next.
 */
export const fileSchema = z.strictObject({
  concurrency: z
    .int()
    .min(1)
    .max(MAX_CONCURRENCY)
    .default(64)
    .describe('Probes in flight at once.'),
  max_result_age: limit()
    .default(300)
    .describe('How long a check that was skipped keeps showing its last verdict.'),
  latency_buckets: latencyBuckets
    .default(DEFAULT_LATENCY_BUCKETS)
    .describe('Upper bounds of the latency histogram, in seconds.'),
  probe_policy: probePolicySchema.nullish().describe('Who may be probed through /probe.'),
  checks: z.array(z.unknown()).nullish().describe('What must be healthy.'),
  modules: z
    .record(z.string().min(1), z.unknown())
    .nullish()
    .describe('Named ways of probing, as in a blackbox_exporter modules file.'),
});

/** One entry of `modules:`. */
export const moduleSchema = z.strictObject({
  prober: proberName,
  timeout: duration()
    .refine((seconds) => seconds <= LONGEST_LIMIT_SECONDS, 'expected a duration of at most "1y"')
    .optional()
    .describe('How long one probe may take. 0 and absent: no own limit.'),
  ...optionBlocks,
});

const label = z.string({
  error: ({ input }) =>
    typeof input === 'number' || typeof input === 'boolean'
      ? `expected text, got ${input}: write it in quotes`
      : undefined,
});

/** Text on one line: it ends up in labels, logs and tables. */
function line(maxLength: number) {
  return z
    .string()
    .max(maxLength)
    .regex(/^\P{Cc}*$/u, 'expected text without line breaks and control characters');
}

/** One entry of `checks:`. */
export const checkSchema = z.strictObject({
  name: line(200).trim().min(1).describe('Unique; the label `check` of all its series.'),
  target: line(2000).min(1).optional().describe('What to probe, in the form its prober takes.'),
  module: z.string().optional().describe('A module of this file or a built-in one.'),
  prober: proberName.optional(),
  timeout: limit().optional().describe('How long one probe may take, 5s where nothing is said.'),
  labels: z
    .record(z.string().register(schemaHints, LABEL_NAME_SCHEMA), label)
    .default({})
    .describe('Labels of your own on all its series.'),
  ...optionBlocks,
});
