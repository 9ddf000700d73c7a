import { formatDuration } from '../lib/duration.ts';
import type { CheckReport, CheckResult } from './report.ts';

const SIGNS = { healthy: '✓', failing: '✗', skipped: '–' } as const;
const COLORS = { healthy: 32, failing: 31, skipped: 33 } as const;

/** A line a check, aligned, and a summary. Ends with a line feed. */
export function renderTable(
  { checks, summary }: CheckReport,
  { color }: { color: boolean },
): string {
  const nameWidth = Math.max(0, ...checks.map(({ name }) => name.length));
  const durations = checks.map(durationOf);
  const durationWidth = Math.max(0, ...durations.map((text) => text.length));
  const paint = (status: CheckResult['status'], text: string) =>
    color ? `\u001B[${COLORS[status]}m${text}\u001B[39m` : text;
  const lines = checks.map((check, index) => {
    const sign = paint(check.status, SIGNS[check.status]);
    const duration = (durations[index] ?? '').padStart(durationWidth);
    return `${sign} ${check.name.padEnd(nameWidth)}  ${duration}${why(check)}`;
  });
  return `${[...lines, '', summaryLine(summary)].join('\n')}\n`;
}

function durationOf({ duration_seconds }: CheckResult): string {
  return duration_seconds === null ? '' : formatDuration(duration_seconds);
}

function why({ reason, message, status }: CheckResult): string {
  if (reason !== null) return `  ${reason}: ${message}`;
  return status === 'skipped' ? '  not executed' : '';
}

function summaryLine({ total, healthy, failing, skipped }: CheckReport['summary']): string {
  const parts = [`${healthy} healthy`, `${failing} failing`];
  if (skipped > 0) parts.push(`${skipped} skipped`);
  return `${total} ${total === 1 ? 'check' : 'checks'}: ${parts.join(', ')}`;
}
