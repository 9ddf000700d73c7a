import type { HistoryEntry } from '../../../history/history.ts';
import { formatDuration } from '../../../lib/duration.ts';
import { type Html, html } from '../../../lib/html.ts';
import { timestampOf } from '../../../lib/timestamp.ts';
import { STATUS_SIGNS } from '../check-report.ts';
import { shortened } from './shortened.ts';
import { timeElement } from './time.ts';

/** A form that asks `/probe`. `modules`: what can be chosen, a prober's name for each. */
export function probeForm(
  modules: readonly { readonly name: string; readonly prober: string }[],
): Html {
  const options = modules.map(
    ({ name, prober }) =>
      html`<option value="${name}"${name === DEFAULT_MODULE ? html` selected` : undefined}>${shortened(name)}${name === prober ? '' : ` (${prober})`}</option>\n`,
  );
  return html`<form method="get" action="probe" aria-label="Probe a target">
<label class="field wide"><span>Target</span> <input name="target" placeholder="https://example.com" autocapitalize="none" autocorrect="off" spellcheck="false"></label>
<label class="field"><span>Module</span> <select name="module">
${options}</select></label>
<label class="tick"><input type="checkbox" name="debug" value="true" checked> with log</label>
<button>Probe</button>
</form>`;
}

/** The one that `/probe` takes where none is named. */
const DEFAULT_MODULE = 'http_2xx';
/** The others can be had of `/logs`. */
const MAX_SHOWN = 100;

/** What `/probe` was asked for, the newest first. */
export function recentProbes(entries: readonly HistoryEntry[], now: string): Html {
  if (entries.length === 0) {
    return html`<p>Nobody has asked <code>/probe</code> for anything yet.</p>`;
  }
  const shown = entries.slice(0, MAX_SHOWN);
  const caption =
    shown.length < entries.length
      ? `The last ${MAX_SHOWN} of ${entries.length} that are kept`
      : 'The newest first';
  return html`<table class="probes"><caption>${caption}</caption>
<thead><tr>
<th scope="col">Result</th>
<th scope="col">Target</th>
<th scope="col">Module</th>
<th scope="col" class="number">Latency</th>
<th scope="col">When</th>
<th scope="col">Log</th>
</tr></thead>
<tbody>
${shown.map((entry) => row(entry, now))}</tbody></table>`;
}

function row({ id, module, target, outcome }: HistoryEntry, now: string): Html {
  const { failure, durationSeconds, startedAt } = outcome;
  const status = failure ? 'failing' : 'healthy';
  const why = failure
    ? html` <small>${failure.reason}: <bdi>${shortened(failure.message)}</bdi></small>`
    : undefined;
  return html`<tr>
<td><span class="state ${status}"><span aria-hidden="true">${STATUS_SIGNS[status]}</span> ${status}</span>${why}</td>
<td><bdi><code>${shortened(target)}</code></bdi></td>
<td>${shortened(module.name || module.prober.name)}</td>
<td class="number">${formatDuration(durationSeconds)}</td>
<td>${timeElement(timestampOf(startedAt), now)}</td>
<td><a href="logs?id=${id}">log<span class="unseen"> of ${shortened(target)}</span></a></td>
</tr>\n`;
}
