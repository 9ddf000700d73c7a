import type { RequestHandler } from 'express';
import type { Engine } from '../engine/engine.ts';
import { CONTENT_TYPES } from '../metrics/exposition.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { readDeadline, SCRAPE_TIMEOUT_HEADER } from './deadline.ts';
import { negotiateFormat } from './negotiate.ts';
import { goneSignal, sendSentence, sendSlices } from './respond.ts';
import { readSelection } from './selection.ts';
import type { ScrapeMemory } from './status/scrape-memory.ts';
import { createWriteCost } from './write-cost.ts';

/** `GET /metrics`: runs the checks inside the scrape's own deadline and answers with what they found out. */
export function metricsRoute({
  engine,
  metrics,
  scrapeMemory,
  timeoutOffsetSeconds,
  lastCall,
}: {
  engine: Engine;
  metrics: Metrics;
  scrapeMemory: Pick<ScrapeMemory, 'keep'>;
  /** Fires when the process is about to end: scrapes take what there is. */
  lastCall: AbortSignal;
  timeoutOffsetSeconds: number;
}): RequestHandler {
  const writeCost = createWriteCost();
  return async (request, response) => {
    const { checks } = engine.config();
    const select = readSelection(request, checks);
    const asked = select ? checks.filter(select) : checks;
    const deadline = readDeadline(request.get(SCRAPE_TIMEOUT_HEADER), {
      offsetSeconds: timeoutOffsetSeconds,
      writeSeconds: writeCost.expect(asked.length),
    });
    if (typeof deadline === 'string') return sendSentence(response, 400, deadline);

    const startedAt = performance.now();
    const views = await engine.scrape({
      deadline,
      select,
      signal: goneSignal(response),
      lastCall,
    });
    if (!views) return;
    const probedAt = performance.now();
    const durationSeconds = (probedAt - startedAt) / 1000;
    scrapeMemory.keep(views, durationSeconds);
    const format = negotiateFormat(request.get('accept'));
    const slices = await metrics.render({ views, durationSeconds }, format);
    await sendSlices(request, response, CONTENT_TYPES[format], slices);
    writeCost.observe(views.length, (performance.now() - probedAt) / 1000);
  };
}
