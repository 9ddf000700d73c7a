import { describe, expect, test } from 'vitest';
import { websocket } from '../../../src/probers/websocket.ts';
import { daysFromNow } from '../../support/certificates.ts';
import { eventually } from '../../support/eventually.ts';
import { authorityOfThisFile } from '../../support/file-authority.ts';
import { probe } from '../../support/probe.ts';
import { websocketServer } from '../../support/websocket-server.ts';

const authority = authorityOfThisFile();
const localhost = () => authority().issue({ names: 'DNS:localhost' });
const trusting = (config: object = {}) => ({
  preferred_ip_protocol: 'ip4',
  http_config: { tls_config: { ca_file: authority().certFile, ...config } },
});

describe('wss', () => {
  test('speaks TLS, exports the certificate and closes in order', async () => {
    const validTo = daysFromNow(10);
    const tls = authority().issue({ names: 'DNS:localhost', validTo });
    const server = await websocketServer((socket) => socket.send('hello'), { tls });
    const outcome = await probe(websocket, `wss://localhost:${server.port}/a`, {
      ...trusting(),
      query_response: [{ expect: 'hello' }],
    });
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_websocket_status_code')).toBe(101);
    expect(outcome.value('probe_ssl_earliest_cert_expiry')).toBe(validTo.getTime() / 1000);
    expect(outcome.value('probe_tls_version_info', { version: 'TLS 1.3' })).toBe(1);
    expect(server.requests[0]?.headers.host).toBe(`localhost:${server.port}`);
    await eventually(() => expect(server.closeCodes).toEqual([1000]));
  });

  test('sends bearer and header with a certificate nobody trusts, where that is allowed', async () => {
    const server = await websocketServer(undefined, { tls: authority().selfSigned() });
    const outcome = await probe(websocket, `wss://localhost:${server.port}`, {
      preferred_ip_protocol: 'ip4',
      http_config: {
        authorization: { credentials: 'test_token' },
        tls_config: { insecure_skip_verify: true },
      },
      headers: { 'X-Should-Be-Sent': { values: ['true'] } },
    });
    expect(outcome.failure).toBeUndefined();
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: 'Bearer test_token',
      'x-should-be-sent': 'true',
    });
  });

  test('with a certificate nobody trusts fails before a request is sent', async () => {
    const server = await websocketServer(undefined, { tls: authority().selfSigned() });
    const outcome = await probe(websocket, `wss://localhost:${server.port}`, trusting());
    expect(outcome.failure?.reason).toBe('certificate');
    expect(outcome.value('probe_ssl_earliest_cert_expiry')).toBeGreaterThan(0);
    expect(outcome.value('probe_websocket_status_code')).toBeUndefined();
    expect(server.requests).toHaveLength(0);
  });

  test('verifies the server_name of the configuration', async () => {
    const tls = authority().issue({ names: 'DNS:other.example' });
    const server = await websocketServer(undefined, { tls });
    const options = trusting({ server_name: 'other.example' });
    const outcome = await probe(websocket, `wss://localhost:${server.port}`, options);
    expect(outcome.failure).toBeUndefined();
  });

  test('shows a client certificate, and fails with tls without', async () => {
    const tls = { ...localhost(), requestCert: true, ca: authority().cert };
    const server = await websocketServer(undefined, { tls });
    const { cert, key } = authority().issue({ subject: '/CN=client' });
    const target = `wss://localhost:${server.port}`;
    expect((await probe(websocket, target, trusting({ cert, key }))).failure).toBeUndefined();
    expect((await probe(websocket, target, trusting())).failure?.reason).toBe('tls');
  });

  test('to a server without TLS fails with tls, and ws to one with it with protocol', async () => {
    const plain = await websocketServer();
    const secure = await websocketServer(undefined, { tls: localhost() });
    const outcomes = await Promise.all([
      probe(websocket, `wss://localhost:${plain.port}`, trusting()),
      probe(websocket, `ws://127.0.0.1:${secure.port}`),
    ]);
    expect(outcomes[0].failure?.reason).toBe('tls');
    expect(['protocol', 'reset']).toContain(outcomes[1].failure?.reason);
  });
});
