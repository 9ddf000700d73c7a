import { type Html, html } from '../../../lib/html.ts';

/** Where Prometheus is to ask for the metrics. */
export interface Endpoint {
  /** `host:port`, as whoever reads the page has reached it. */
  readonly address: string;
  readonly metricsPath: string;
  readonly scheme: 'http' | 'https';
}

/** For who has just started it: nothing was asked yet, and how to have Prometheus ask. */
export function firstScrapeSection(endpoint: Endpoint, metricsHref: string): Html {
  const { scheme, address, metricsPath } = endpoint;
  return html`<section aria-labelledby="first"><h2 id="first">No scrape has come yet</h2>
<p>Checks run when <code>${metricsPath}</code> is asked for: opening this page runs none. For a first look, <a href="${metricsHref}">ask for the metrics</a> here or by</p>
<pre><code>curl ${shellQuoted(`${scheme}://${address}${metricsPath}`)}</code></pre>
<p>then load this page again. For Prometheus, put this into its configuration:</p>
${scrapeJob(endpoint)}
</section>`;
}

/** The same for who comes later. */
export function scrapeJobSection(endpoint: Endpoint): Html {
  return html`<details><summary>Prometheus job for this exporter</summary>
${scrapeJob(endpoint)}
</details>`;
}

function scrapeJob({ address, metricsPath, scheme }: Endpoint): Html {
  const lines = [
    'scrape_configs:',
    '  - job_name: healthcheck',
    `    metrics_path: ${metricsPath}`,
    ...(scheme === 'https' ? ['    scheme: https'] : []),
    '    static_configs:',
    `      - targets: [${JSON.stringify(address)}]`,
  ];
  return html`<pre><code>${lines.join('\n')}</code></pre>`;
}

/** The host is whatever the client says it is: pasted into a shell, it is no more than an argument. */
function shellQuoted(url: string): string {
  return /^[\w:/.[\]-]+$/.test(url) ? url : `'${url.replaceAll("'", "'\\''")}'`;
}
