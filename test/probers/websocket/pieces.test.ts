import { expect, test } from 'vitest';
import { websocket } from '../../../src/probers/websocket.ts';
import { authorityOfThisFile } from '../../support/file-authority.ts';
import { probe } from '../../support/probe.ts';
import { tlsServer } from '../../support/servers.ts';
import { acceptance, frame } from '../../support/websocket-server.ts';

const authority = authorityOfThisFile();

/** Probes a server whose message comes in so many pieces and a rest, each a record of TLS. */
async function inPieces(count: number) {
  const message = frame(1, 'x'.repeat(30_000));
  const pieces = Array.from({ length: count }, (_, index) => message.subarray(index, index + 1));
  const parts = [...pieces, message.subarray(count)];
  const identity = authority().issue({ names: 'DNS:localhost' });
  const server = await tlsServer(identity, (socket) => {
    // What is written before the last piece is gone goes into one record with others.
    const sendNext = () => {
      const part = parts.shift();
      if (part) socket.write(part, sendNext);
    };
    socket.once('data', (request) => {
      socket.write(acceptance(request.toString('latin1')), sendNext);
    });
  });
  const outcome = await probe(websocket, `wss://localhost:${server.port}/`, {
    http_config: { tls_config: { ca: authority().cert } },
    query_response: [{ expect: '^x+$' }],
  });
  return { outcome, port: server.port };
}

test('a message may come in some thousand pieces', async () => {
  const { outcome } = await inPieces(5_000);
  expect(outcome.failure).toBeUndefined();
});

test('a message in more pieces than that, which cost their square, is refused', async () => {
  const { outcome, port } = await inPieces(17_000);
  expect(outcome.failure).toEqual({
    reason: 'protocol',
    message: `localhost:${port} sent a message in more than 16384 pieces`,
  });
});
