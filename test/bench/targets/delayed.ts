import { httpGet } from '../../support/http-get.ts';
import { type Probing, probingOf } from './protocols.ts';
import { startTargetProcess } from './target-process.ts';

/** What the target of the benchmark waits before it answers, in milliseconds. */
export const DELAY_MS = 50;

/** Something that answers each request exactly so long after it arrived. */
export interface DelayedTarget extends AsyncDisposable {
  readonly probing: Probing;
  readonly port: number;
  /** By how many milliseconds its answers came too late, since the last time it was asked. */
  readonly takeOwnErrors: () => Promise<number[]>;
}

/** @param delayMs what it waits before it answers, in milliseconds. */
export async function startDelayedTarget(delayMs = DELAY_MS): Promise<DelayedTarget> {
  const target = await startTargetProcess('delayed-http', [String(delayMs)]);
  return {
    probing: probingOf('http', target.port),
    port: target.port,
    takeOwnErrors: async () => {
      const { body } = await httpGet(`http://127.0.0.1:${target.port}/own-errors`);
      return JSON.parse(body.toString());
    },
    [Symbol.asyncDispose]: () => target[Symbol.asyncDispose](),
  };
}
