import type { PastRun } from '../../../history/past.ts';
import { formatDuration } from '../../../lib/duration.ts';
import { type Html, html } from '../../../lib/html.ts';
import { type CheckState, STATUS_SIGNS } from '../check-report.ts';
import { plotRuns } from './plot.ts';
import { hrefOf, hrefWith, NOTHING_ASKED, type PageQuery } from './query.ts';
import { shortened } from './shortened.ts';
import { secondsBetween, timeElement, writeAge } from './time.ts';

/** What a row shows. */
export interface ShownCheck extends CheckState {
  /** Its last runs, the oldest first. */
  readonly recent: readonly PastRun[];
}

/** What a row has to know beside its check. */
export interface RowContext {
  readonly query: PageQuery;
  /** ISO 8601. */
  readonly now: string;
}

/** The table of these checks, row by row. */
export function* checksTable(
  checks: Iterable<ShownCheck>,
  caption: Html,
  context: RowContext,
): Generator<Html> {
  yield html`<table class="checks"><caption>${caption}</caption>
<thead><tr>
<th scope="col" class="state">State</th>
<th scope="col" class="name">Check</th>
<th scope="col">Details</th>
<th scope="col" class="latency number">Latency</th>
<th scope="col" class="runs">Recent runs</th>
<th scope="col" class="log">Log</th>
</tr></thead>
<tbody>\n`;
  for (const check of checks) yield row(check, context);
  yield html`</tbody></table>`;
}

function row(check: ShownCheck, context: RowContext): Html {
  const { name, status, duration_seconds, recent, log } = check;
  const latency = duration_seconds === null ? '' : formatDuration(duration_seconds);
  const link = log
    ? html`<a href="${log}">log<span class="unseen"> of ${shortened(name)}</span></a>`
    : undefined;
  return html`<tr${status === 'failing' ? html` class="down"` : undefined}>
<td><span class="state ${status}"><span aria-hidden="true">${STATUS_SIGNS[status]}</span> ${status}</span>${since(check, context)}</td>
<th scope="row"><bdi>${shortened(name)}</bdi></th>
<td>${details(check, context)}</td>
<td class="number">${latency}</td>
<td>${recent.length === 0 ? undefined : plotRuns(recent)}</td>
<td>${link}</td>
</tr>\n`;
}

function since({ status, since, timestamp }: CheckState, { now }: RowContext): Html {
  if (status === 'skipped') {
    return timestamp === null
      ? html` <small>not executed yet</small>`
      : html` <small>last run ${timeElement(timestamp, now)}</small>`;
  }
  if (since === null) return html``;
  const age = writeAge(secondsBetween(since, now));
  return html` <small>for ${age}, since ${timeElement(since, now)}</small>`;
}

function details(check: CheckState, context: RowContext): Html {
  const { reason, message, target, prober, module, labels } = check;
  const why = reason
    ? html`<p class="why"><strong>${reason}</strong>: <bdi>${shortened(message ?? '')}</bdi></p>\n`
    : undefined;
  const how = module && module !== prober ? `${prober}, module ${shortened(module)}` : prober;
  const about = target
    ? html`<bdi><code>${shortened(target)}</code></bdi> <small>${how}</small>`
    : html`<small>${how}</small>`;
  return html`${why}<div class="about">${about}${labelLinks(labels, context)}</div>`;
}

/** A longer address is not repeated in every link: thousands of them would make the page many times as long. */
const MAX_KEPT = 500;

/** Each link narrows down what is shown; where that is asked for at great length, it begins anew. */
function labelLinks(labels: CheckState['labels'], { query: asked }: RowContext): Html {
  const isKept = hrefOf(asked).length <= MAX_KEPT;
  const query = isKept ? asked : { ...asked, filter: NOTHING_ASKED };
  const chosen = query.filter.labels;
  const links = Object.entries(labels).map(([name, value]) => {
    const others = chosen.filter(([other]) => other !== name);
    const href = hrefWith(query, { labels: [...others, [name, value]] });
    return html` <a href="${href}"><bdi>${shortened(`${name}: ${value}`)}</bdi></a>`;
  });
  return html`${links}`;
}
