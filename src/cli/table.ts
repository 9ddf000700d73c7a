import { displayWidth } from '../lib/display-width.ts';
import { formatDuration } from '../lib/duration.ts';
import { spaced } from '../lib/printable.ts';
import type { CheckReport, CheckResult } from '../web/status/check-report.ts';

const SIGNS = { healthy: '✓', failing: '✗', skipped: '–' } as const;
const COLORS = { healthy: 32, failing: 31, skipped: 33 } as const;

/** A line a check, aligned, and a summary. Ends with a line feed. */
export function renderTable(
  { checks, summary }: CheckReport,
  { color }: { color: boolean },
): string {
  const nameWidth = widest(checks.map(({ name }) => name));
  const durations = checks.map(durationOf);
  const durationWidth = widest(durations);
  const paint = (status: CheckResult['status'], text: string) =>
    color ? `\u001B[${COLORS[status]}m${text}\u001B[39m` : text;
  const lines = checks.map((check, index) => {
    const sign = paint(check.status, SIGNS[check.status]);
    const duration = (durations[index] ?? '').padStart(durationWidth);
    const padding = ' '.repeat(nameWidth - displayWidth(check.name));
    return `${sign} ${check.name}${padding}  ${duration}${why(check)}`.trimEnd();
  });
  if (lines.length > 0) lines.push('');
  return `${[...lines, summaryLine(summary)].join('\n')}\n`;
}

function widest(texts: readonly string[]): number {
  return texts.reduce((width, text) => Math.max(width, displayWidth(text)), 0);
}

function durationOf({ duration_seconds }: CheckResult): string {
  return duration_seconds === null ? '' : formatDuration(duration_seconds);
}

function why({ reason, message, status }: CheckResult): string {
  if (reason !== null) return `  ${reason}: ${oneLine(message ?? '')}`;
  return status === 'skipped' ? '  not executed' : '';
}

/** A message stays on its line and cannot drive the terminal, whatever a target made of it. */
function oneLine(message: string): string {
  return spaced(message).replaceAll(/\s+/g, ' ').trim();
}

function summaryLine({ total, healthy, failing, skipped }: CheckReport['summary']): string {
  const parts = [`${healthy} healthy`, `${failing} failing`];
  if (skipped > 0) parts.push(`${skipped} skipped`);
  return `${total} ${total === 1 ? 'check' : 'checks'}: ${parts.join(', ')}`;
}
