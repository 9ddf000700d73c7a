import type { Module } from '../../../config/check.ts';
import type { HistoryEntry } from '../../../history/history.ts';
import { type Html, html } from '../../../lib/html.ts';
import type { LastScrape, Status } from '../check-report.ts';
import { checksTable, type ShownCheck } from './checks-table.ts';
import { filterForm } from './filter-form.ts';
import { icon } from './icon.ts';
import { countOf, countsSection, grouped, scrapeLine } from './overview.ts';
import { probeForm, recentProbes } from './probe-section.ts';
import { type Endpoint, firstScrapeSection, scrapeJobSection } from './prometheus-section.ts';
import { apiHref, hrefOf, hrefWith, isEmpty, NOTHING_ASKED, type PageQuery } from './query.ts';
import { STYLE } from './style.ts';

/** Everything the page says. */
export interface StatusPage {
  readonly version: string;
  /** ISO 8601, when it is read. */
  readonly now: string;
  /** What it was asked for; `page` is one that there is. */
  readonly query: PageQuery;
  /** Of all checks. */
  readonly summary: Readonly<Record<'total' | Status, number>>;
  /** `null` where none has come yet. */
  readonly scrape: LastScrape | null;
  readonly probesInFlight: number;
  /** How many checks the filter lets through, and on how many pages. */
  readonly wanted: number;
  readonly pages: number;
  /** Those of this page, described while they are written. */
  readonly checks: Iterable<ShownCheck>;
  /** What the filter can choose among. */
  readonly probers: readonly string[];
  readonly labels: readonly string[];
  readonly modules: readonly Module[];
  /** Of `/probe`, the newest first. */
  readonly recentProbes: readonly HistoryEntry[];
  readonly endpoint: Endpoint;
  /** Where the metrics are, relative to the page. */
  readonly metricsHref: string;
}

/** The whole page, piece by piece, so that a long one holds up nobody. */
export function* renderStatusPage(page: StatusPage): Generator<Html> {
  yield head(page);
  if (page.summary.total > 0) yield* checksSection(page);
  yield tail(page);
}

function head(page: StatusPage): Html {
  const { version, summary, metricsHref } = page;
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title(summary)}</title><link rel="icon" href="${icon(summary.failing > 0)}"><style>${STYLE}</style></head>
<body>
<header><h1>healthcheck-exporter <small>${version}</small></h1>
<nav aria-label="Other pages"><ul>
<li><a href="${metricsHref}">metrics</a></li>
<li><a href="api/v1/checks">JSON</a></li>
<li><a href="config">configuration</a></li>
<li><a href="sd">http_sd</a></li>
</ul></nav></header>
<main>
${summary.total === 0 ? NO_CHECKS : countsSection(summary, page.query)}
${scrapeSection(page)}
`;
}

const NO_CHECKS = html`<p>No checks are configured. They are listed under <code>checks:</code> in the file of <code>--config.file</code>; <code>healthcheck-exporter config init</code> writes a first one. Targets can be probed without any.</p>`;

function scrapeSection(page: StatusPage): Html {
  const { scrape, summary, now, probesInFlight, endpoint, metricsHref } = page;
  if (scrape) return scrapeLine(scrape, now, probesInFlight);
  return summary.total > 0 ? firstScrapeSection(endpoint, metricsHref) : html``;
}

function title({ failing, total }: StatusPage['summary']): string {
  const state = failing > 0 ? `✗ ${grouped(failing)} failing · ` : '';
  return `${state}${countOf(total, 'check')} · healthcheck-exporter`;
}

function* checksSection(page: StatusPage): Generator<Html> {
  const { query, now, checks, probers, labels, wanted } = page;
  yield html`<section aria-labelledby="checks"><h2 id="checks">Checks</h2>
${filterForm(query, { probers, labels })}
`;
  if (wanted === 0) yield html`<p>${showing(page)}</p>`;
  else {
    yield* checksTable(checks, showing(page), { query, now });
    yield pagesNav(page);
  }
  yield html`</section>`;
}

/** What the table holds of all there is. */
function showing({ query, summary, wanted, pages }: StatusPage): Html {
  const { total } = summary;
  const part = pages === 1 ? '' : ` Page ${query.page} of ${pages}.`;
  if (isEmpty(query.filter)) {
    return html`All ${countOf(total, 'check')}, failing ones first. Times are in UTC.${part}`;
  }
  const all = hrefWith(query, NOTHING_ASKED);
  return html`Showing ${grouped(wanted)} of ${countOf(total, 'check')}.${part} <a href="${all}">Clear the filter</a> · <a href="${apiHref(query)}">the same as JSON</a>`;
}

function pagesNav({ query, pages }: StatusPage): Html {
  if (pages === 1) return html``;
  const links = Array.from({ length: pages }, (_, index) => {
    const page = index + 1;
    const current = page === query.page ? html` aria-current="page"` : undefined;
    return html`<li><a href="${hrefOf({ ...query, page })}"${current}>${page}</a></li>\n`;
  });
  return html`<nav class="pages" aria-label="Pages of checks"><ul>${links}</ul></nav>`;
}

function tail(page: StatusPage): Html {
  const { modules, recentProbes: probes, now, scrape, summary, endpoint } = page;
  const choices = modules.map(({ name, prober }) => ({ name, prober: prober.name }));
  return html`<section aria-labelledby="probe"><h2 id="probe">Probe a target</h2>
<p>Once, now, by <code>/probe</code>, as blackbox_exporter does. It changes no check.</p>
${probeForm(choices)}
</section>
<section aria-labelledby="probes"><h2 id="probes">Recent probes</h2>
${recentProbes(probes, now)}
</section>
</main>
<footer>${scrape || summary.total === 0 ? scrapeJobSection(endpoint) : undefined}
<p><small>Read at <time datetime="${now}">${now.slice(0, 19).replace('T', ' ')}</time> UTC. This page runs no checks.</small></p></footer>
</body>
</html>
`;
}
