import type { Request, RequestHandler } from 'express';
import type { Check, CheckView } from '../../../config/check.ts';
import type { History } from '../../../history/history.ts';
import type { Html } from '../../../lib/html.ts';
import { inSlices } from '../../../lib/slices.ts';
import { queryOf, streamSlices } from '../../respond.ts';
import { describeState, type Status, statusOf, summarize } from '../check-report.ts';
import { knownOf, type StatusSources } from '../current-status.ts';
import { isWanted } from '../filter.ts';
import type { ShownCheck } from './checks-table.ts';
import type { Endpoint } from './prometheus-section.ts';
import { REFRESH_SECONDS, readPageQuery } from './query.ts';
import { renderStatusPage } from './status-page.ts';
import { CONTENT_SECURITY_POLICY } from './style.ts';

/** What the page needs of the rest. */
export interface StatusRouteParts extends StatusSources {
  readonly version: string;
  readonly telemetryPath: string;
  readonly routePrefix: string;
}

/** More stand on further pages: for a thousand a browser takes half a second and 180 kB. */
const CHECKS_ON_PAGE = 1000;
/** In the order in which they are shown. */
const ORDER: readonly Status[] = ['failing', 'skipped', 'healthy'];
/** As many as somebody looks through in the list of suggestions. */
const MAX_LABELS = 200;

/** `GET /`: the state of all checks, as it is known. Runs none. */
export function statusRoute(parts: StatusRouteParts): RequestHandler {
  const { engine, history, lastScrape, version, telemetryPath } = parts;
  return (request, response) => {
    // The links are relative, so that they hold behind a proxy that adds a path of its own.
    const [path = '', search] = request.originalUrl.split(/(?=\?)/);
    if (!path.endsWith('/')) return response.redirect(`${path}/${search ?? ''}`);
    const query = readPageQuery(queryOf(request));
    const { checks, modules } = engine.config();
    const views = engine.known();
    const wanted = inOrder(views.filter((view) => isWanted(query.filter, view)));
    const pages = Math.max(1, Math.ceil(wanted.length / CHECKS_ON_PAGE));
    const page = Math.min(query.page, pages);
    const shown = wanted.slice((page - 1) * CHECKS_ON_PAGE, page * CHECKS_ON_PAGE);
    const pieces = renderStatusPage({
      version,
      now: new Date().toISOString(),
      query: { ...query, page },
      summary: summarize(views),
      scrape: lastScrape(),
      probesInFlight: engine.inFlight(),
      wanted: wanted.length,
      pages,
      checks: described(shown, history),
      ...choices(checks),
      modules: [...modules.values()],
      recentProbes: history.probes(),
      endpoint: endpointOf(request, parts),
      metricsHref: telemetryPath.slice(1),
    });
    response.setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Referrer-Policy', 'no-referrer');
    // Not in the page: who has chosen it can choose otherwise, and it needs no element.
    if (query.refresh) response.setHeader('Refresh', REFRESH_SECONDS[query.refresh]);
    return streamSlices(request, response, 'text/html; charset=utf-8', inSlices(markup(pieces)));
  };
}

function* described(views: readonly CheckView[], history: History): Generator<ShownCheck> {
  for (const view of views) {
    const known = knownOf(history, view);
    const recent = known.past?.recent() ?? [];
    yield { ...describeState(known, recent), recent };
  }
}

function* markup(pieces: Iterable<Html>): Generator<string> {
  for (const piece of pieces) yield String(piece);
}

function inOrder(views: readonly CheckView[]): CheckView[] {
  return ORDER.flatMap((status) => views.filter((view) => statusOf(view) === status));
}

/** What the filter can choose among: what the checks have, in the order in which they have it. */
function choices(checks: readonly Check[]) {
  const probers = new Set<string>();
  const labels = new Set<string>();
  for (const check of checks) {
    probers.add(check.module.prober.name);
    if (labels.size >= MAX_LABELS) continue;
    for (const [name, value] of Object.entries(check.labels)) labels.add(`${name}:${value}`);
  }
  return { probers: [...probers].sort(), labels: [...labels].sort() };
}

function endpointOf(request: Request, { routePrefix, telemetryPath }: StatusRouteParts): Endpoint {
  return {
    address: request.get('host') ?? 'localhost:10195',
    metricsPath: `${routePrefix}${telemetryPath}`,
    scheme: request.secure ? 'https' : 'http',
  };
}
