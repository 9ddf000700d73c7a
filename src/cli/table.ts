import { displayWidth } from '../lib/display-width.ts';
import { formatDuration } from '../lib/duration.ts';
import { spaced } from '../lib/printable.ts';
import {
  type CheckReport,
  type CheckResult,
  STATUS_SIGNS,
  type Status,
} from '../web/status/check-report.ts';
import { fitted, type Look } from './terminal.ts';

/** For terminals that show no others: of one width, so that names stay aligned. */
const ASCII_SIGNS = {
  healthy: 'ok  ',
  failing: 'FAIL',
  skipped: 'skip',
} as const satisfies Readonly<Record<Status, string>>;
const COLORS = { healthy: 32, failing: 31, skipped: 33 } as const;

/** What the table shows of a check: a {@link CheckResult}, or as much as there is while it runs. */
type Row = Pick<CheckResult, 'name' | 'status' | 'reason' | 'message' | 'duration_seconds'>;

/**
 * A line a check, aligned, and a summary. Ends with a line feed. Where the first lines are no longer seen at the end,
 * what is not healthy stands once more above the summary.
 *
 * @param seconds how long the run took.
 */
export function renderTable(report: CheckReport, seconds: number, look: Look): string {
  const lines = tableLines(report.checks, look);
  const summary = summaryLine(report.summary, seconds);
  const isSeenWhole = look.rows === undefined || lines.length < look.rows;
  const again =
    isSeenWhole || report.summary.healthy === 0
      ? []
      : lines.filter((_, index) => report.checks[index]?.status !== 'healthy');
  const parts = [lines, again, [summary]].filter((part) => part.length > 0);
  return `${parts.map((part) => part.join('\n')).join('\n\n')}\n`;
}

/** A line a check, aligned, without their ends. */
export function tableLines(rows: readonly Row[], look: Look): string[] {
  const { columns } = look;
  // Where there is little room, no name takes more than half of it from what is wrong.
  const mostName = columns === undefined ? undefined : Math.max(MIN_NAME, Math.floor(columns / 2));
  const names = rows.map(({ name }) => fitted(oneLine(name), mostName, look));
  const nameWidth = widest(names);
  const durations = rows.map(durationOf);
  const durationWidth = widest(durations);
  const signs = look.unicode ? STATUS_SIGNS : ASCII_SIGNS;
  return rows.map((row, index) => {
    const sign = signs[row.status];
    const name = names[index] ?? '';
    const padding = ' '.repeat(nameWidth - displayWidth(name));
    const duration = (durations[index] ?? '').padStart(durationWidth);
    const rest = `${name}${padding}  ${duration}${why(row)}`.trimEnd();
    const painted = look.color ? `\u001B[${COLORS[row.status]}m${sign}\u001B[39m` : sign;
    const room = columns === undefined ? undefined : columns - displayWidth(sign) - 1;
    return `${painted} ${fitted(rest, room, look)}`;
  });
}

/** `3 checks in 1.2s: 1 healthy, 2 failing`. */
export function summaryLine(
  { total, healthy, failing, skipped }: CheckReport['summary'],
  seconds: number,
): string {
  const parts = [`${healthy} healthy`, `${failing} failing`];
  if (skipped > 0) parts.push(`${skipped} skipped`);
  const checks = `${total} ${total === 1 ? 'check' : 'checks'}`;
  return `${checks} in ${formatDuration(seconds)}: ${parts.join(', ')}`;
}

/** Text that stays on its line and cannot drive the terminal, whatever a file or a target made of it. */
export function oneLine(text: string): string {
  return spaced(text).replaceAll(/\s+/g, ' ').trim();
}

const MIN_NAME = 10;

function widest(texts: readonly string[]): number {
  return texts.reduce((width, text) => Math.max(width, displayWidth(text)), 0);
}

function durationOf({ duration_seconds }: Row): string {
  return duration_seconds === null ? '' : formatDuration(duration_seconds);
}

function why({ reason, message, status }: Row): string {
  if (reason !== null) return `  ${reason}: ${oneLine(message ?? '')}`;
  return status === 'skipped' ? '  not executed' : '';
}
