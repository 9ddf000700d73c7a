import { fileURLToPath } from 'node:url';
import { startChild } from '../../support/child.ts';
import type { Protocol } from '../targets/protocols.ts';
import { openConnection } from './connection.ts';
import type { Contender } from './contender.ts';

const SCRIPT = fileURLToPath(new URL('./bare-loop-process.ts', import.meta.url));

/** A loop that does the same requests with nothing around them. */
export interface BareLoop extends Contender {
  /** What one request after the other takes a light client, in milliseconds, when nothing else runs. */
  readonly oneAtATime: (count: number) => Promise<readonly number[]>;
}

/** What is asked, and who vouches for it where it speaks TLS. */
interface BareTarget {
  readonly protocol: Protocol;
  readonly port: number;
  readonly caFile?: string | undefined;
}

/** A pass is as many requests as there are checks, each on a connection of its own. */
export async function startBareLoop(
  { protocol, port: targetPort, caFile }: BareTarget,
  { checks, inFlight }: { checks: number; inFlight: number },
): Promise<BareLoop> {
  await using stack = new AsyncDisposableStack();
  const args = [SCRIPT, protocol, String(targetPort), ...(caFile ? [caFile] : [])];
  const child = stack.use(startChild(process.execPath, args));
  const { groups } = await child.says(/listening port=(?<port>\d+)/);
  const port = Number(groups?.port);
  const started = stack.move();
  return {
    pid: child.pid,
    open: async () => {
      const connection = await openConnection(port);
      return {
        pass: async () => {
          const startedAt = performance.now();
          const answer = await connection.ask(loopRequest(checks, inFlight));
          const wallMs = performance.now() - startedAt;
          return { wallMs, read: () => ({ latenciesMs: JSON.parse(answer.text()) }) };
        },
        [Symbol.dispose]: () => connection[Symbol.dispose](),
      };
    },
    oneAtATime: async (count) => {
      using connection = await openConnection(port);
      return JSON.parse((await connection.ask(loopRequest(count, 1, '&light'))).text());
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

function loopRequest(count: number, inFlight: number, light = ''): string {
  return `GET /?count=${count}&in-flight=${inFlight}${light} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
}
