import { describe, expect, test } from 'vitest';
import { executeProbe } from '../../../src/engine/envelope.ts';
import { http } from '../../../src/probers/http.ts';
import { OPEN_GATE } from '../../../src/probers/shared/gate.ts';
import { eventually } from '../../support/eventually.ts';
import { recorder, urlOf } from '../../support/http-peers.ts';
import { openSockets } from '../../support/open-sockets.ts';
import { httpServer, type TestServer, tcpServer } from '../../support/servers.ts';
import {
  authorizations,
  client,
  json,
  module,
  type TokenAnswer,
  tokenEndpoint,
} from '../../support/token-endpoint.ts';

describe('a token endpoint', () => {
  const failureWith = async (oauth2: object) => {
    const { server, requests } = await recorder();
    const outcome = await module({ oauth2: { ...client, ...oauth2 } })(urlOf(server));
    expect(requests).toEqual([]);
    expect(JSON.stringify(outcome)).not.toMatch(/canary|ca:na/);
    return outcome.failure;
  };

  test.each<[string, TokenAnswer, string, string]>([
    ['refuses', json({ error: 'canary' }, 400), 'status', 'answered with status 400'],
    ['is broken', json({ error: 'canary' }, 503), 'status', 'answered with status 503'],
    ['leads elsewhere', json({}, 307), 'status', 'answered with status 307'],
    ['has no token', json({ a: 'canary' }), 'protocol', 'answered with something that is no token'],
    ['has an empty one', json({ access_token: '' }), 'protocol', 'something that is no token'],
    ['has a number', json({ access_token: 1 }), 'protocol', 'something that is no token'],
    [
      'smuggles a line',
      json({ access_token: 'a\r\nb: c' }),
      'protocol',
      'something that is no token',
    ],
    ['smuggles a type', json({ access_token: 'a', token_type: 'a\nb' }), 'protocol', 'is no token'],
    ['says null', (_request, response) => void response.end('null'), 'protocol', 'is no token'],
    [
      'is no JSON',
      (_request, response) => void response.end('<canary>'),
      'protocol',
      'is no token',
    ],
    [
      'never ends',
      (_request, response) => void response.end(Buffer.alloc(1_100_000, 'x')),
      'body',
      'the token endpoint: the body is longer than',
    ],
    [
      'hangs up',
      (_request, response) => void response.destroy(),
      'protocol',
      'the token endpoint: ',
    ],
  ])('that %s fails the probe', async (_title, answer, reason, message) => {
    const { token_url } = await tokenEndpoint(answer);
    const failure = await failureWith({ token_url });
    expect(failure?.reason).toBe(reason);
    expect(failure?.message).toContain(message);
    expect(failure?.message).toMatch(/^the token endpoint/);
  });

  test.each<[string, string, string, string]>([
    [
      'changes the protocol',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: canary\r\n\r\n',
      'status',
      'the token endpoint: it answered with status 101',
    ],
    [
      'floods with 1xx and answers at once',
      `${'HTTP/1.1 102 Processing\r\n\r\n'.repeat(103)}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}`,
      'protocol',
      'sent more than 100 informational answers (1xx)',
    ],
  ])('that %s fails the probe', async (_title, answer, reason, message) => {
    const server = await tcpServer(
      (socket) => void socket.once('data', () => socket.write(answer)),
    );
    const failure = await failureWith({ token_url: urlOf(server) });
    expect(failure?.reason).toBe(reason);
    expect(failure?.message).toContain(message);
  });

  test('is asked once more only where it says that the client is at fault', async () => {
    const broken = await tokenEndpoint(json({}, 503));
    await failureWith({ token_url: broken.token_url });
    expect(broken.requests).toHaveLength(1);
    const refusing = await tokenEndpoint(json({}, 401));
    await failureWith({ token_url: refusing.token_url });
    expect(refusing.requests).toHaveLength(2);
  });

  test('that is not there fails the probe with the reason of that', async () => {
    expect(await failureWith({ token_url: 'http://127.0.0.1:1/' })).toEqual({
      reason: 'refused',
      message: 'the token endpoint: connection refused by 127.0.0.1:1',
    });
    expect(await failureWith({ token_url: 'http://idp.invalid/' })).toMatchObject({
      reason: 'dns',
    });
    const missing = { client_secret: undefined, client_secret_file: '/no/such/file' };
    expect(await failureWith({ ...missing, token_url: 'http://127.0.0.1:1/' })).toEqual({
      reason: 'not_found',
      message: 'oauth2.client_secret_file "/no/such/file" does not exist',
    });
  });

  test('that is silent costs the probe its time, and holds nothing', async () => {
    const { server } = await recorder();
    const silent = await tcpServer();
    const before = openSockets();
    const run = module({ oauth2: { ...client, token_url: urlOf(silent) } });
    const outcome = await run(urlOf(server), { timeoutSeconds: 0.1 });
    expect(outcome.failure?.reason).toBe('timeout');
    await silent.emptied();
    await eventually(() => expect(openSockets()).toBeLessThanOrEqual(before));
  });

  test('goes on for the others when one probe leaves', async () => {
    const { server, requests } = await recorder();
    const slow = await heldEndpoint();
    const run = module({ oauth2: { ...client, token_url: urlOf(slow.server) } });
    const impatient = run(urlOf(server), { timeoutSeconds: 0.1 });
    const patient = run(urlOf(server));
    expect((await impatient).failure?.reason).toBe('timeout');
    slow.release();
    expect((await patient).failure).toBeUndefined();
    expect(slow.server.sockets).toHaveLength(1);
    expect(authorizations(requests)).toEqual(['Bearer a']);
  });

  test('is asked anew by the next probe when all have left', async () => {
    const { server, requests } = await recorder();
    const slow = await heldEndpoint();
    const options = http.options.parse({
      oauth2: { ...client, token_url: urlOf(slow.server) },
    });
    const left = new AbortController();
    const job = { prober: http, target: urlOf(server), options, gate: OPEN_GATE };
    const first = executeProbe(job, 5, left.signal);
    await slow.asked;
    left.abort();
    expect(await first).toBeUndefined();
    await slow.server.emptied();
    slow.release();
    const second = await executeProbe(job, 5, new AbortController().signal);
    expect(second?.failure).toBeUndefined();
    expect(authorizations(requests)).toEqual(['Bearer a']);
  });
});

/** A token endpoint that answers only when it is told to. */
async function heldEndpoint(): Promise<{
  server: TestServer;
  release: () => void;
  asked: Promise<unknown>;
}> {
  const asked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const server = await httpServer(async (_request, response) => {
    asked.resolve();
    await released.promise;
    response.end('{"access_token": "a"}');
  });
  return { server, release: released.resolve, asked: asked.promise };
}
