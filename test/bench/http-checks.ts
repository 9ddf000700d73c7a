import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type ExporterProcess, startExporterProcess } from '../support/exporter-process.ts';
import { type Exposition, parseExposition } from '../support/exposition.ts';
import { startNginx } from '../support/nginx-server.ts';

/** What one round of scrapes cost and showed. */
interface Round {
  readonly cpuMsPerCheck: number;
  readonly wallMsPerScrape: number;
  readonly medianMs: number;
  readonly p99Ms: number;
}

const { values } = parseArgs({
  options: {
    checks: { type: 'string', default: '1000' },
    'in-flight': { type: 'string', default: '200' },
    rounds: { type: 'string', default: '5' },
    scrapes: { type: 'string', default: '10' },
  },
});
const checks = Number(values.checks);
const inFlight = Number(values['in-flight']);
const scrapes = Number(values.scrapes);

await using nginx = await startNginx('return 200 "ok";', { connections: 4096 });
await using exporter = await startExporterProcess({ config: configuration() });
// The first scrapes pay for what is compiled and opened once.
for (let warmUp = 0; warmUp < 3; warmUp++) await scrape();
const rounds: Round[] = [];
for (let round = 0; round < Number(values.rounds); round++) rounds.push(await measure(exporter));
report(rounds);

function configuration(): string {
  const target = `http://127.0.0.1:${nginx.port}/`;
  const lines = Array.from(
    { length: checks },
    (_, index) => `  - {name: check ${index}, target: "${target}", prober: http}`,
  );
  return [`concurrency: ${inFlight}`, 'checks:', ...lines].join('\n');
}

async function measure({ process: child }: ExporterProcess): Promise<Round> {
  const cpuBefore = cpuSeconds(child.pid);
  const startedAt = performance.now();
  const texts: string[] = [];
  for (let count = 0; count < scrapes; count++) texts.push(await scrape());
  const wallMs = performance.now() - startedAt;
  const cpuMs = (cpuSeconds(child.pid) - cpuBefore) * 1000;
  const latencies = texts
    .flatMap((text) => latenciesMs(parseExposition(text)))
    .sort((a, b) => a - b);
  return {
    cpuMsPerCheck: cpuMs / (scrapes * checks),
    wallMsPerScrape: wallMs / scrapes,
    medianMs: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  };
}

/** Scrapes as Prometheus does: OpenMetrics, gzipped, with a deadline. */
async function scrape(): Promise<string> {
  const response = await fetch(`${exporter.url}/metrics`, {
    headers: {
      accept: 'application/openmetrics-text;version=1.0.0',
      'accept-encoding': 'gzip',
      'x-prometheus-scrape-timeout-seconds': '60',
    },
  });
  return response.text();
}

function latenciesMs(exposition: Exposition): number[] {
  const down = exposition.all('probe_success').filter(({ value }) => value !== 1).length;
  const durations = exposition.all('probe_duration_seconds');
  if (down > 0 || durations.length !== checks) {
    throw new Error(
      `${down} checks were down, ${durations.length} of ${checks} executed: nothing was measured`,
    );
  }
  return durations.map(({ value }) => value * 1000);
}

/** User and system time of a process so far. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  const TICKS_PER_SECOND = 100;
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.floor((sorted.length - 1) * part)] ?? Number.NaN;
}

function report(measured: readonly Round[]): void {
  const median = (key: keyof Round) =>
    quantile(
      measured.map((round) => round[key]).sort((a, b) => a - b),
      0.5,
    );
  const figures = {
    node: process.version,
    checks,
    inFlight,
    rounds: measured.length,
    cpuMsPerCheck: median('cpuMsPerCheck'),
    medianMs: median('medianMs'),
    p99Ms: median('p99Ms'),
    wallMsPerScrape: median('wallMsPerScrape'),
  };
  process.stdout.write(`${checks} HTTP checks in one scrape, ${inFlight} in flight, Node.js ${process.version}; medians of ${measured.length} rounds
CPU of the exporter per check, everything included  ${figures.cpuMsPerCheck.toFixed(3)} ms
reported latency, median                            ${figures.medianMs.toFixed(2)} ms
reported latency, 99th percentile                   ${figures.p99Ms.toFixed(2)} ms
wall time of a scrape                               ${figures.wallMsPerScrape.toFixed(0)} ms
${JSON.stringify(figures)}
`);
}
