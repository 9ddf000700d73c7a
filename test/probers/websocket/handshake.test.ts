import { describe, expect, test } from 'vitest';
import { websocket } from '../../../src/probers/websocket.ts';
import { forThisTest } from '../../support/for-this-test.ts';
import { probe } from '../../support/probe.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { urlOf, websocketServer } from '../../support/websocket-server.ts';

describe('the handshake', () => {
  const headersOf = async (options: object) => {
    const server = await websocketServer();
    const outcome = await probe(websocket, urlOf(server), { ...options });
    expect(outcome.failure).toBeUndefined();
    return server.requests[0]?.headers;
  };

  test('says who is asking', async () => {
    expect(await headersOf({})).toMatchObject({ 'user-agent': 'healthcheck-exporter' });
  });

  test('sends headers with values, secrets and files', async () => {
    const directory = await forThisTest(temporaryDirectory());
    const file = await directory.write('header', ' from a file\n');
    const headers = { 'X-Several': { values: ['one'], secrets: ['two'], files: [file] } };
    expect(await headersOf({ headers })).toMatchObject({ 'x-several': 'one, two, from a file' });
  });

  test('names the option whose file is not there', async () => {
    const headers = { 'X-A': { files: ['/no/such/file'] } };
    const outcome = await probe(websocket, 'ws://127.0.0.1:1', { headers });
    expect(outcome.failure).toEqual({
      reason: 'not_found',
      message: 'headers.X-A.files "/no/such/file" does not exist',
    });
  });

  test.each<[string, object, string]>([
    [
      'basic_auth',
      { basic_auth: { username: 'user', password: 'password' } },
      'Basic dXNlcjpwYXNzd29yZA==',
    ],
    ['authorization', { authorization: { credentials: 'token' } }, 'Bearer token'],
    ['another scheme', { authorization: { type: 'Custom', credentials: 'token' } }, 'Custom token'],
    ['bearer_token', { bearer_token: 'token' }, 'Bearer token'],
  ])('sends the credentials of %s', async (_what, http_config, authorization) => {
    expect(await headersOf({ http_config })).toMatchObject({ authorization });
  });

  test('sends the credentials that files hold', async () => {
    const directory = await forThisTest(temporaryDirectory());
    const basic_auth = {
      username_file: await directory.write('user', 'user_from_file\n'),
      password_file: await directory.write('password', 'password_from_file\n'),
    };
    const credentials = Buffer.from('user_from_file:password_from_file').toString('base64');
    expect(await headersOf({ http_config: { basic_auth } })).toMatchObject({
      authorization: `Basic ${credentials}`,
    });
  });

  test('asks for a subprotocol', async () => {
    const headers = { 'Sec-WebSocket-Protocol': { values: ['chat, mqtt', 'other'] } };
    const server = await websocketServer(undefined, { subprotocols: ['mqtt'] });
    const outcome = await probe(websocket, urlOf(server), { headers });
    expect(outcome.failure).toBeUndefined();
    expect(server.requests[0]?.headers['sec-websocket-protocol']).toBe('chat,mqtt,other');
  });

  test('fails with protocol where no subprotocol was agreed upon', async () => {
    const headers = { 'Sec-WebSocket-Protocol': { values: ['chat'] } };
    const server = await websocketServer();
    const outcome = await probe(websocket, urlOf(server), { headers });
    expect(outcome.failure?.reason).toBe('protocol');
  });

  test.each(['Authorization', 'Host', 'Upgrade', 'sec-websocket-key', 'Connection'])(
    'takes no header %s',
    (name) => {
      const headers = { [name]: { values: ['x'] } };
      expect(websocket.options.safeParse({ headers }).success).toBe(false);
    },
  );
});

describe('http_config', () => {
  test('may hold what means nothing to a WebSocket, which the log tells', async () => {
    const server = await websocketServer();
    const outcome = await probe(websocket, urlOf(server), {
      http_config: {
        proxy_url: 'http://user:canary@proxy.invalid:3128',
        proxy_connect_header: { 'X-A': ['canary'] },
        follow_redirects: false,
        enable_http2: false,
        http_headers: { 'X-B': { secrets: ['canary'] } },
        oauth2: {
          client_id: 'me',
          client_secret: 'canary',
          token_url: 'https://idp.invalid/token',
        },
      },
    });
    expect(outcome.failure).toBeUndefined();
    expect(
      outcome.log
        .map(({ fields }) => fields.option)
        .filter(Boolean)
        .sort(),
    ).toEqual([
      'http_config.enable_http2',
      'http_config.follow_redirects',
      'http_config.http_headers',
      'http_config.oauth2',
      'http_config.proxy_connect_header',
      'http_config.proxy_url',
    ]);
    expect(JSON.stringify(outcome.log)).not.toContain('canary');
  });

  test('without any of that is not spoken of', async () => {
    const server = await websocketServer();
    const http_config = { tls_config: {}, follow_redirects: true };
    const outcome = await probe(websocket, urlOf(server), { http_config });
    expect(outcome.log.filter(({ fields }) => fields.option)).toEqual([]);
  });

  test.each([
    [{ basic_auth: { username: 'a' }, authorization: { credentials: 'b' } }],
    [{ bearer_token: 'a', bearer_token_file: 'b' }],
    [{ no_proxy: 'localhost' }],
    [{ unknown: true }],
  ])('may not be %j', (http_config) => {
    expect(websocket.options.safeParse({ http_config }).success).toBe(false);
  });
});
