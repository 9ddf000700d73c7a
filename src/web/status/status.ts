import type { CheckView } from '../../config/check.ts';

/** `skipped`: there is no verdict to show, for the check was never executed or longer ago than `max_result_age`. */
export const STATUSES = ['healthy', 'failing', 'skipped'] as const;

/** One of {@link STATUSES}. */
export type Status = (typeof STATUSES)[number];

/** What each status is told by beside its word, or in its place where there is little room. */
export const STATUS_SIGNS = {
  healthy: '✓',
  failing: '✗',
  skipped: '–',
} as const satisfies Readonly<Record<Status, string>>;

/** What there is to say of a check in one word. */
export function statusOf({ outcome }: CheckView): Status {
  if (!outcome) return 'skipped';
  return outcome.success ? 'healthy' : 'failing';
}
