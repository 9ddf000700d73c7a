import { createHash } from 'node:crypto';
import { html } from '../../../lib/html.ts';

// Colours have a contrast of at least 4.5 to 1 with both backgrounds of their scheme. State is told by sign and word too.
const COLOURS = html`
:root {
  color-scheme: light dark;
  --back: #fff; --panel: #f5f7f9; --text: #1b2126; --muted: #57606a; --line: #d5dae0;
  --link: #0b57ad; --ok: #1a6b34; --bad: #b3202a; --skip: #7a5200; --bad-back: #fdf1f1;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #101418; --panel: #191f25; --text: #e4e8ec; --muted: #9ba5af; --line: #323a43;
    --link: #83bdff; --ok: #5fcf80; --bad: #ff8d85; --skip: #e0b34c; --bad-back: #2a1a1c;
  }
}`;

const TEXT = html`
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 0 1.25rem 2rem; max-width: 84rem; background: var(--back); color: var(--text);
  font: .9375rem/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif;
  overflow-wrap: anywhere;
}
h1 { font-size: 1.15rem; margin: 0; }
h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
p { margin: .35rem 0; }
a { color: var(--link); text-underline-offset: .15em; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .9em; }
pre { margin: .5rem 0; padding: .75rem 1rem; background: var(--panel); border-radius: .4rem; white-space: pre-wrap; }
small { font-size: .85em; color: var(--muted); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.healthy { color: var(--ok); } .failing { color: var(--bad); } .skipped { color: var(--skip); }`;

const FRAME = html`
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem 1.5rem; padding: 1rem 0 .75rem; border-bottom: 1px solid var(--line); }
header nav { margin-left: auto; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 0; padding: 0; list-style: none; }
main { padding-top: 1rem; }
.counts { margin: .25rem 0 .5rem; }
.counts ul { gap: .5rem; }
.counts a {
  display: block; min-width: 7rem; padding: .35rem .9rem .45rem; border: 1px solid var(--line); border-radius: .4rem;
  text-decoration: none;
}
.counts .none { color: var(--muted); } .counts .all { color: inherit; }
.counts a:hover { border-color: currentColor; }
.counts a[aria-current] { border-color: currentColor; box-shadow: inset 0 0 0 1px currentColor; }
.counts b { display: block; font-size: 1.5rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.pages { margin-top: .75rem; }
.pages [aria-current] { color: inherit; font-weight: 600; text-decoration: none; }
footer { margin-top: 2.5rem; padding-top: .75rem; border-top: 1px solid var(--line); }`;

const FORMS = html`
form { display: flex; flex-wrap: wrap; align-items: end; gap: .6rem 1rem; }
fieldset { margin: 0; padding: 0; border: 0; }
legend { padding: 0; }
.ticks { display: flex; flex-wrap: wrap; gap: .15rem .9rem; }
legend, .field > span { font-size: .85em; color: var(--muted); }
.field { display: grid; gap: .15rem; min-width: 0; }
.tick { display: flex; align-items: center; gap: .35rem; min-height: 2.1rem; }
input, select, button { font: inherit; color: inherit; }
input:not([type=checkbox]), select, button {
  min-height: 2.1rem; max-width: 100%; padding: .2rem .55rem; background: var(--back); border: 1px solid var(--muted); border-radius: .3rem;
}
button { padding: .2rem 1rem; background: var(--panel); cursor: pointer; }
button:hover { border-color: var(--text); }
.filter input:not([type=checkbox]) { width: 11rem; }
input[type=checkbox] { width: 1rem; height: 1rem; margin: 0; accent-color: var(--link); }
.wide { flex: 1 1 18rem; }
summary { cursor: pointer; padding: .35rem 0; }
@media (min-width: 60.01rem) {
  /* What is folded on a phone stands open here. A browser that cannot do that keeps it folded. */
  @supports selector(::details-content) {
    .fold > summary { display: none; }
    .fold::details-content { content-visibility: visible; }
  }
}`;

const TABLE = html`
table { width: 100%; border-collapse: collapse; }
caption { padding: .9rem 0 .4rem; text-align: left; }
.probes caption { padding-top: 0; }
th, td { padding: .45rem 1.1rem .45rem 0; text-align: left; vertical-align: top; border-top: 1px solid var(--line); }
thead th { font-size: .85em; font-weight: normal; color: var(--muted); border-top: 0; padding-bottom: .2rem; white-space: nowrap; }
th:first-child, td:first-child { padding-left: .5rem; }
th:last-child, td:last-child { padding-right: .5rem; }
tbody th { font-weight: 600; }
td small { display: block; }
.about small { display: inline; margin-right: .5em; }
.about code { display: block; }
td p { margin: 0; }
.checks { table-layout: fixed; }
.checks thead .state { width: 13rem; } .checks .name { width: 17%; } .checks .latency { width: 5.5rem; } .checks .runs { width: 17rem; }
.checks .log { width: 3.5rem; }
td .state { font-weight: 600; white-space: nowrap; }
th.number, td.number { text-align: right; }
td.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
tr.down { background: var(--bad-back); }
.why { color: var(--bad); }
.about a {
  display: inline-block; margin: .1rem .2rem .1rem 0; padding: 0 .45em; border: 1px solid var(--line); border-radius: .8em; color: var(--muted);
  font-size: .85em; text-decoration: none;
}
.about a:hover { border-color: currentColor; }
svg.plot { display: block; width: 15rem; height: 1.5rem; fill: none; border-bottom: 1px solid var(--line); }
.plot path { stroke: var(--ok); stroke-width: 3; } .plot path + path { stroke: var(--bad); stroke-width: 1.3; }`;

// The table becomes a card a check. For those who listen it stays a table, whatever its parts are displayed as.
const PHONE = html`
@media (max-width: 60rem) {
  body { padding: 0 .9rem 1.5rem; }
  .checks, .checks caption, .checks tbody, .probes, .probes caption, .probes tbody { display: block; }
  .checks thead, .probes thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tbody tr { display: grid; grid-template-columns: 1fr auto; padding: .55rem .5rem; border-top: 1px solid var(--line); }
  tbody th, tbody td, tbody td.number { grid-column: 1 / -1; padding: 0; border: 0; text-align: left; }
  tbody td:first-child { grid-area: 1 / 1; padding: 0; }
  tbody td:last-child { grid-area: 1 / 2; padding: 0; }
  .checks td small, td .state { display: inline; }
  td.number::before { content: "latency "; color: var(--muted); }
  svg.plot { width: 100%; max-width: 22rem; margin: .2rem 0; }
}
@media (max-width: 40rem) {
  header nav { margin-left: 0; }
  .counts ul { display: grid; grid-template-columns: repeat(4, 1fr); gap: .35rem; }
  .counts a { min-width: 0; padding: .35rem .4rem; font-size: .8125rem; white-space: nowrap; }
  form { display: grid; grid-template-columns: 1fr 1fr; }
  fieldset, .wide { grid-column: 1 / -1; }
  .field input, .field select, .filter input:not([type=checkbox]) { width: 100%; }
}
@media print {
  body { max-width: none; font-size: 10pt; }
  form, details, header nav, .pages, [aria-labelledby=probe] { display: none; }
  tr { break-inside: avoid; }
}`;

/** The only style of the page. */
export const STYLE = html`${[COLOURS, TEXT, FRAME, FORMS, TABLE, PHONE]}`;

/** What the page may do, and nothing else: no script runs, nothing is fetched from anywhere, no other page may frame it. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(String(STYLE)).digest('base64')}'`,
  'img-src data:',
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');
