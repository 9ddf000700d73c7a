import { type Html, html } from '../../../lib/html.ts';
import { STATUSES } from '../check-report.ts';
import { isEmpty, type PageQuery, REFRESH_SECONDS } from './query.ts';

/**
 * Chooses which checks are shown, by a plain GET. Where the window is narrow it is folded, so that the checks come first.
 *
 * @param probers those that the configuration has checks of.
 * @param labels those that its checks have, as `name:value`, to be suggested.
 */
export function filterForm(
  { filter, refresh }: PageQuery,
  { probers, labels }: { probers: readonly string[]; labels: readonly string[] },
): Html {
  // The state alone is chosen by the counts above, and shown there.
  const isInUse = !isEmpty({ ...filter, statuses: [] });
  const [prober = ''] = filter.probers;
  const given = filter.labels.map(([name, value]) => `${name}:${value}`);
  const states = STATUSES.map(
    (status) =>
      html`<label class="tick"><input type="checkbox" name="status" value="${status}"${ticked(filter.statuses.includes(status))}> ${status}</label>\n`,
  );
  const labelInputs = [...given, ''].map(
    (label, index) =>
      html`<label class="field"><span>${index === 0 ? 'Label' : 'and label'}</span> <input name="label" value="${label}" placeholder="team:web" list="labels" autocomplete="off"></label>\n`,
  );
  return html`<details class="fold"${isInUse ? html` open` : undefined}><summary>Filter and reload</summary>
<form class="filter" method="get" action="./" role="search" aria-label="Filter the checks">
<fieldset><legend>State</legend>
<div class="ticks">${states}</div></fieldset>
<label class="field"><span>Name contains</span> <input type="search" name="name" value="${filter.name}"></label>
${labelInputs}<datalist id="labels">${labels.map((label) => html`<option value="${label}">`)}</datalist>
<label class="field"><span>Prober</span> <select name="prober">${options(['', ...probers], prober, 'any')}</select></label>
<label class="field"><span>Reload every</span> <select name="refresh">${options(['', ...Object.keys(REFRESH_SECONDS)], refresh ?? '', 'never')}</select></label>
<button>Apply</button>
</form></details>`;
}

function options(values: readonly string[], chosen: string, forNone: string): Html[] {
  return values.map(
    (value) =>
      html`<option value="${value}"${value === chosen ? html` selected` : undefined}>${value || forNone}</option>`,
  );
}

function ticked(isTicked: boolean): Html | undefined {
  return isTicked ? html` checked` : undefined;
}
