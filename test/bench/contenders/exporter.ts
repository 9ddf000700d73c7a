import { startExporterProcess } from '../../support/exporter-process.ts';
import type { Probing } from '../targets/protocols.ts';
import { openConnection, scrapeRequest } from './connection.ts';
import type { Contender, Session } from './contender.ts';
import { reportedLatenciesMs } from './reported.ts';

/** What Prometheus says where nobody configured anything else. */
export const SCRAPE_TIMEOUT_SECONDS = 10;

/** The configuration with which it runs so many checks of one target. */
export function configurationOf(
  { target, module }: Probing,
  { checks, inFlight }: { checks: number; inFlight: number },
): string {
  const lines = Array.from(
    { length: checks },
    (_, index) => `  - {name: check ${index}, target: ${JSON.stringify(target)}, module: bench}`,
  );
  return [
    `concurrency: ${inFlight}`,
    'modules:',
    `  bench: ${module}`,
    'checks:',
    ...lines,
    '',
  ].join('\n');
}

/** The exporter from source, as `npm start` runs it. A pass is one scrape. */
export async function startExporter(config: string): Promise<Contender & { port: number }> {
  const exporter = await startExporterProcess({ config });
  return {
    pid: exporter.process.pid,
    port: exporter.port,
    open: () => openScrapes(exporter.port),
    [Symbol.asyncDispose]: () => exporter[Symbol.asyncDispose](),
  };
}

/** Scrapes a running exporter over one connection. */
export async function openScrapes(port: number): Promise<Session> {
  const connection = await openConnection(port);
  const request = scrapeRequest('/metrics', port, SCRAPE_TIMEOUT_SECONDS);
  return {
    pass: async () => {
      const startedAt = performance.now();
      const answer = await connection.ask(request);
      const wallMs = performance.now() - startedAt;
      return {
        wallMs,
        read: () => {
          const text = answer.text();
          if (answer.status !== 200) throw new Error(`a scrape answered ${answer.status}: ${text}`);
          return {
            latenciesMs: reportedLatenciesMs(text),
            bytes: { plain: Buffer.byteLength(text), sent: answer.sentBytes },
          };
        },
      };
    },
    [Symbol.dispose]: () => connection[Symbol.dispose](),
  };
}
