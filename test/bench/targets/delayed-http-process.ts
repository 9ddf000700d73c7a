// `delayed-http-process.ts MS` answers each request exactly MS after it arrived. `GET /own-errors` tells, as a JSON list, by how many
// milliseconds the answers since the last time came too late.
import { createServer, type Socket } from 'node:net';
import { listen } from './listening.ts';

const DELAY_MS = Number(process.argv[2]);
/** Timers are good to a millisecond or two: the rest is waited for in short naps. */
const NAPS_FROM_MS = 2;
/** Requests that arrive meanwhile are noticed that much later at most. */
const LONGEST_NAP_MS = 0.05;
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok';

/** All wait equally long, so that the first to come is the first to go. */
const waiting: { socket: Socket; dueAt: number }[] = [];
let isAwake = false;
let errorsMs: number[] = [];
const napping = new Int32Array(new SharedArrayBuffer(4));

listen(
  createServer((socket) => {
    socket.on('error', () => {});
    let request = '';
    socket.on('data', (bytes) => {
      request += bytes.toString('latin1');
      if (!request.endsWith('\r\n\r\n')) return;
      if (request.startsWith('GET /own-errors ')) tellErrors(socket);
      else answerLater(socket);
      request = '';
    });
  }),
);

function answerLater(socket: Socket): void {
  waiting.push({ socket, dueAt: performance.now() + DELAY_MS });
  if (isAwake) return;
  isAwake = true;
  answerDue();
}

function answerDue(): void {
  for (let next = waiting[0]; next; next = waiting[0]) {
    const leftMs = next.dueAt - performance.now();
    if (leftMs > NAPS_FROM_MS) {
      setTimeout(answerDue, leftMs - NAPS_FROM_MS);
      return;
    }
    if (leftMs > 0) {
      Atomics.wait(napping, 0, 0, Math.min(leftMs, LONGEST_NAP_MS));
      setImmediate(answerDue);
      return;
    }
    waiting.shift();
    errorsMs.push(-leftMs);
    next.socket.end(ANSWER);
  }
  isAwake = false;
}

function tellErrors(socket: Socket): void {
  const body = JSON.stringify(errorsMs);
  errorsMs = [];
  socket.end(
    `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
}
