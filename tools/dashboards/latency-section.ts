import { helpOf } from '../declared-metrics.ts';
import type { Section } from './board.ts';
import { aggregate, increase, quantile, rate } from './expressions.ts';
import { heatmap, lines } from './panels.ts';
import type { Scope } from './scope.ts';
import { durationLine } from './state-sections.ts';

/** How latency is distributed, over all executed runs and not only over those that a scrape happened to show. */
export function latencySection(scope: Scope): Section {
  const buckets = scope.select('probe_latency_seconds_bucket');
  const perSecond = aggregate('sum', rate(buckets), ['le']);
  const text = { unit: 's', empty: 'no runs' };
  return {
    title: 'Latency',
    lines: [
      {
        height: 8,
        panels: [
          [
            12,
            heatmap(
              {
                ...text,
                title: 'Latency of all runs',
                description: `${helpOf('probe_latency_seconds_bucket')} The stronger the colour, the more runs.`,
              },
              aggregate('sum', increase(buckets), ['le']),
            ),
          ],
          [
            12,
            lines(
              {
                ...text,
                title: 'Latency quantiles',
                description:
                  'The time within which half, nine of ten and 99 of 100 runs were over, from the histogram.',
              },
              [0.5, 0.9, 0.99].map((share) => ({
                of: quantile(share, perSecond),
                legend: `p${100 * share}`,
              })),
            ),
          ],
        ],
      },
      durationLine(scope),
    ],
  };
}
