import type { Request, RequestHandler } from 'express';
import type { Check } from '../config/check.ts';
import type { Engine } from '../engine/engine.ts';
import { CONTENT_TYPES } from '../metrics/exposition.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { readDeadline, SCRAPE_TIMEOUT_HEADER } from './deadline.ts';
import { negotiateFormat } from './negotiate.ts';
import { goneSignal, queryOf, sendSentence, sendText } from './respond.ts';
import { createWriteCost } from './write-cost.ts';

/** `GET /metrics`: runs the checks inside the scrape's own deadline and answers with what they found out. */
export function metricsRoute({
  engine,
  metrics,
  timeoutOffsetSeconds,
}: {
  engine: Engine;
  metrics: Metrics;
  timeoutOffsetSeconds: number;
}): RequestHandler {
  const writeCost = createWriteCost();
  return async (request, response) => {
    const { checks } = engine.config();
    const select = readSelection(request, checks);
    if (typeof select === 'string') return sendSentence(response, 400, select);
    const asked = select ? checks.filter(select) : checks;
    const deadline = readDeadline(request.get(SCRAPE_TIMEOUT_HEADER), {
      offsetSeconds: timeoutOffsetSeconds,
      writeSeconds: writeCost.expect(asked.length),
    });
    if (typeof deadline === 'string') return sendSentence(response, 400, deadline);

    const startedAt = performance.now();
    const views = await engine.scrape({ deadline, select, signal: goneSignal(response) });
    if (!views) return;
    const probedAt = performance.now();
    const durationSeconds = (probedAt - startedAt) / 1000;
    const format = negotiateFormat(request.get('accept'));
    const text = await metrics.render({ views, durationSeconds }, format);
    await sendText(request, response, CONTENT_TYPES[format], text);
    writeCost.observe(views.length, (performance.now() - probedAt) / 1000);
  };
}

/**
 * Reads `?check[]=name` and `?prober[]=name`, the brackets optional.
 *
 * @returns a filter, `undefined` where all checks are asked for, or a sentence that says which name is unknown.
 */
function readSelection(
  request: Request,
  checks: readonly Check[],
): ((check: Check) => boolean) | undefined | string {
  const query = queryOf(request);
  const wrong = [...query.keys()].find((key) => LIKE_SELECTION.test(key) && !SELECTION.test(key));
  if (wrong !== undefined) {
    return `unknown parameter ${JSON.stringify(wrong)}, expected check[] or prober[]`;
  }
  const names = new Set([...query.getAll('check[]'), ...query.getAll('check')]);
  const probers = new Set([...query.getAll('prober[]'), ...query.getAll('prober')]);
  if (names.size === 0 && probers.size === 0) return undefined;
  const unknown = [
    ...unknownOf('check', names, new Set(checks.map(({ name }) => name))),
    ...unknownOf('prober', probers, new Set(checks.map(({ module }) => module.prober.name))),
  ];
  if (unknown.length > 0) return `no such thing configured: ${unknown.join(', ')}`;
  return ({ name, module }) => names.has(name) || probers.has(module.prober.name);
}

const SELECTION = /^(?:check|prober)(?:\[\])?$/;
// A misspelt one would otherwise run all checks.
const LIKE_SELECTION = /^(?:check|prober)/i;

function unknownOf(
  thing: string,
  wanted: ReadonlySet<string>,
  known: ReadonlySet<string>,
): string[] {
  return [...wanted]
    .filter((name) => !known.has(name))
    .map((name) => `${thing} ${JSON.stringify(name)}`);
}
