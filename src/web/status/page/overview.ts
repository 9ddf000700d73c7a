import { formatDuration } from '../../../lib/duration.ts';
import { type Html, html } from '../../../lib/html.ts';
import { type LastScrape, STATUS_SIGNS, type Status } from '../check-report.ts';
import { hrefWith, NOTHING_ASKED, type PageQuery } from './query.ts';
import { secondsBetween, timeElement, writeAge } from './time.ts';

/** How many checks there are of each state, each number a link to exactly those. */
export function countsSection(
  summary: Readonly<Record<'total' | Status, number>>,
  query: PageQuery,
): Html {
  const here = hrefWith(query, {});
  const link = (what: 'all' | Status, text: Html, count: number) => {
    const href = hrefWith(query, { ...NOTHING_ASKED, statuses: what === 'all' ? [] : [what] });
    const current = href === here ? html` aria-current="true"` : undefined;
    const look = count === 0 && what !== 'all' ? 'none' : what;
    return html`<li><a class="${look}" href="${href}"${current}><b>${grouped(count)}</b> ${text}</a></li>\n`;
  };
  const ofStatus = (status: Status) =>
    link(
      status,
      html`<span aria-hidden="true">${STATUS_SIGNS[status]}</span> ${status}`,
      summary[status],
    );
  return html`<nav class="counts" aria-label="Checks by state"><ul>
${ofStatus('failing')}${ofStatus('healthy')}${ofStatus('skipped')}${link('all', html`in all`, summary.total)}</ul></nav>`;
}

/** What the last scrape did, and what is going on now. */
export function scrapeLine(scrape: LastScrape, now: string, inFlight: number): Html {
  const { timestamp, duration_seconds, executed, skipped } = scrape;
  const age = writeAge(secondsBetween(timestamp, now));
  return html`<p>Last scrape ${age} ago, at ${timeElement(timestamp, now)} UTC: took ${formatDuration(duration_seconds)}, executed ${countOf(executed, 'check')}, skipped ${grouped(skipped)}. Probes in flight now: ${grouped(inFlight)}.</p>`;
}

/** `1 check`, `1,000 checks`. */
export function countOf(count: number, thing: string): string {
  return `${grouped(count)} ${thing}${count === 1 ? '' : 's'}`;
}

/** `1,000`. */
export function grouped(count: number): string {
  return count.toLocaleString('en');
}
