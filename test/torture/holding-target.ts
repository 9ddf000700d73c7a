import type { ServerResponse } from 'node:http';
import { httpLoopback, type Loopback } from '../support/loopback.ts';

/** An HTTP server that answers when it is told to. */
export interface HoldingTarget extends Loopback {
  /** Requests that were made of it so far. */
  readonly requests: () => number;
  /** Answers all that wait, and all that come later at once. */
  readonly release: () => void;
}

export async function holdingTarget(): Promise<HoldingTarget> {
  const waiting: ServerResponse[] = [];
  let requests = 0;
  let released = false;
  const server = await httpLoopback((_request, response) => {
    requests++;
    if (released) response.end('ok');
    else waiting.push(response);
  });
  return {
    ...server,
    requests: () => requests,
    release: () => {
      released = true;
      for (const response of waiting.splice(0)) response.end('ok');
    },
  };
}
