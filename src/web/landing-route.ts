import { createHash } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { History, HistoryEntry } from '../history/history.ts';

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
pre { overflow-x: auto; padding: 1rem; border: 1px solid; border-radius: .3rem; }
table { border-collapse: collapse; }
th, td { padding: .2rem 1rem .2rem 0; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
`;
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

interface Landing {
  readonly version: string;
  readonly telemetryPath: string;
  readonly routePrefix: string;
  readonly checkCount: () => number;
  readonly history: History;
}

/** `GET /`: what this is, where Prometheus finds it, and the last probes. Runs no checks. */
export function landingRoute(landing: Landing): RequestHandler {
  return (request, response) => {
    // The links are relative, so that they hold behind a proxy that adds a path of its own.
    if (!/^[^?]*\/(?:\?|$)/.test(request.originalUrl)) {
      return response.redirect(`${request.originalUrl.replace(/\?.*$/, '')}/`);
    }
    response.setHeader(
      'Content-Security-Policy',
      `default-src 'none'; style-src 'sha256-${STYLE_HASH}'`,
    );
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    const host = request.get('host') ?? 'localhost:10195';
    response.end(page(landing, { host, isSecure: request.secure }));
  };
}

function page(
  { version, telemetryPath, routePrefix, checkCount, history }: Landing,
  { host, isSecure }: { host: string; isSecure: boolean },
) {
  const count = checkCount();
  const path = escapeHtml(`${routePrefix}${telemetryPath}`);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>healthcheck-exporter</title><style>${STYLE}</style></head>
<body>
<h1>healthcheck-exporter ${escapeHtml(version)}</h1>
<p>${count} ${count === 1 ? 'check is' : 'checks are'} configured. Each scrape of
<a href="${escapeHtml(telemetryPath.slice(1))}">${path}</a> runs them.</p>
<p>For Prometheus:</p>
<pre>scrape_configs:
  - job_name: healthcheck
    metrics_path: ${path}${isSecure ? '\n    scheme: https' : ''}
    static_configs:
      - targets: [${escapeHtml(JSON.stringify(host))}]</pre>
<p><a href="probe?target=localhost&amp;module=http_2xx">probe one target</a> ·
<a href="probe?target=localhost&amp;module=http_2xx&amp;debug=true">and see how</a> ·
<a href="config">configuration</a> · <a href="sd">targets for http_sd</a> ·
<a href="-/healthy">healthy</a> · <a href="-/ready">ready</a></p>
${recentProbes(history.list())}
</body>
</html>
`;
}

const MAX_SHOWN = 200;

function recentProbes(entries: readonly HistoryEntry[]): string {
  if (entries.length === 0) return '';
  return `<h2>Last probes</h2>
<table>
<tr><th>When</th><th>Check or module</th><th>Target</th><th>Result</th></tr>
${entries.slice(0, MAX_SHOWN).map(row).join('\n')}
</table>`;
}

function row({ id, check, module, target, outcome }: HistoryEntry): string {
  const when = new Date(outcome.startedAt * 1000).toISOString().slice(0, 19);
  const name = check?.name ?? (module.name || module.prober.name);
  const result = outcome.failure ? `✗ ${outcome.failure.reason}` : '✓ healthy';
  return `<tr><td>${when.replace('T', ' ')}</td><td>${escapeHtml(name)}</td><td>${escapeHtml(target)}</td><td><a href="logs?id=${id}">${result}</a></td></tr>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
