import { createHash } from 'node:crypto';
import type { RequestHandler } from 'express';

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
pre { overflow-x: auto; padding: 1rem; border: 1px solid; border-radius: .3rem; }
`;
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** `GET /`: what this is and where Prometheus finds it. Runs no checks. */
export function landingRoute({
  version,
  telemetryPath,
  checkCount,
}: {
  version: string;
  telemetryPath: string;
  checkCount: () => number;
}): RequestHandler {
  return (request, response) => {
    const host = request.get('host') ?? 'localhost:10195';
    const count = checkCount();
    response.setHeader(
      'Content-Security-Policy',
      `default-src 'none'; style-src 'sha256-${STYLE_HASH}'`,
    );
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>healthcheck-exporter</title><style>${STYLE}</style></head>
<body>
<h1>healthcheck-exporter ${escapeHtml(version)}</h1>
<p>${count} ${count === 1 ? 'check is' : 'checks are'} configured. Each scrape of
<a href="${escapeHtml(telemetryPath)}">${escapeHtml(telemetryPath)}</a> runs them.</p>
<p>For Prometheus:</p>
<pre>scrape_configs:
  - job_name: healthcheck
    metrics_path: ${escapeHtml(telemetryPath)}
    static_configs:
      - targets: [${escapeHtml(JSON.stringify(host))}]</pre>
<p><a href="/-/healthy">healthy</a> · <a href="/-/ready">ready</a></p>
</body>
</html>
`);
  };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
