import { printModule } from '../config/print.ts';
import type { Executed } from '../history/history.ts';
import { logfmt } from '../lib/logger.ts';
import { timestampOf } from '../lib/timestamp.ts';
import { writeProbe } from '../metrics/probe-families.ts';
import type { LogLine, ProbeOutcome } from '../probers/contract.ts';

const GAP = '\n\n\n';

/** Everything known of one probe, for people: its log, its metrics, its module. Without secrets. */
export function describeProbe(entry: Executed): string {
  const { module, outcome } = entry;
  return [
    `Logs for the probe:\n${logOf(entry).join('\n')}`,
    `Metrics that would have been returned:\n${writeProbe(module.prober, outcome).trimEnd()}`,
    `Module configuration:\n${printModule(module)}`,
  ].join(GAP);
}

function logOf({ module, target, check, outcome }: Executed): string[] {
  const about = {
    module: module.name || undefined,
    check: check?.name,
    target: target || undefined,
  };
  const { durationSeconds: atSeconds } = outcome;
  const begin = { prober: module.prober.name, timeout_seconds: outcome.timeoutSeconds };
  const lines: LogLine[] = [
    { atSeconds: 0, message: 'Beginning probe', fields: begin },
    ...outcome.log,
    { atSeconds, ...ending(outcome) },
  ];
  return lines.map((line, index) =>
    logfmt({
      time: timestampOf(outcome.startedAt + line.atSeconds),
      level: outcome.failure && index === lines.length - 1 ? 'error' : 'info',
      msg: line.message,
      ...about,
      ...line.fields,
    }),
  );
}

function ending({ failure, durationSeconds }: ProbeOutcome): Omit<LogLine, 'atSeconds'> {
  const fields = { duration_seconds: durationSeconds };
  if (!failure) return { message: 'Probe succeeded', fields };
  const { reason, message } = failure;
  return { message: 'Probe failed', fields: { ...fields, reason, message } };
}
