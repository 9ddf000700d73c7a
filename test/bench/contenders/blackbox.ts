import { startOracle } from '../../differential/support/oracle.ts';
import type { Probing } from '../targets/protocols.ts';
import type { HttpAnswer } from './answer-parser.ts';
import { type KeptConnection, openConnection, scrapeRequest } from './connection.ts';
import type { Contender, Session } from './contender.ts';
import { SCRAPE_TIMEOUT_SECONDS } from './exporter.ts';
import { reportedLatenciesMs } from './reported.ts';

/** A real blackbox_exporter. A pass is as many requests for `/probe` as there are checks, over kept connections. */
export async function startBlackbox(
  { target, module }: Probing,
  { checks, inFlight }: { checks: number; inFlight: number },
): Promise<Contender> {
  const blackbox = await startOracle(`modules:\n  bench: ${module}\n`);
  const port = Number(new URL(blackbox.url).port);
  const query = new URLSearchParams({ target, module: 'bench' });
  const request = scrapeRequest(`/probe?${query}`, port, SCRAPE_TIMEOUT_SECONDS);
  return {
    pid: blackbox.pid,
    open: async () => {
      const connections = await Promise.all(
        Array.from({ length: Math.min(inFlight, checks) }, () => openConnection(port)),
      );
      return openProbes(connections, request, checks);
    },
    [Symbol.asyncDispose]: () => blackbox[Symbol.asyncDispose](),
  };
}

function openProbes(
  connections: readonly KeptConnection[],
  request: string,
  checks: number,
): Session {
  return {
    pass: async () => {
      const answers: HttpAnswer[] = [];
      let left = checks;
      const keepAsking = async (connection: KeptConnection) => {
        while (left-- > 0) answers.push(await connection.ask(request));
      };
      const startedAt = performance.now();
      await Promise.all(connections.map(keepAsking));
      const wallMs = performance.now() - startedAt;
      return { wallMs, read: () => ({ latenciesMs: answers.flatMap(readAnswer) }) };
    },
    [Symbol.dispose]: () => {
      for (const connection of connections) connection[Symbol.dispose]();
    },
  };
}

function readAnswer(answer: HttpAnswer): number[] {
  const text = answer.text();
  if (answer.status !== 200) throw new Error(`a probe answered ${answer.status}: ${text}`);
  return reportedLatenciesMs(text);
}
