import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { http } from '../../../src/probers/http.ts';
import { authorityOfThisFile } from '../../support/file-authority.ts';
import { urlOf } from '../../support/http-peers.ts';
import { probe } from '../../support/probe.ts';
import { tcpServer, tlsServer } from '../../support/servers.ts';

const authority = authorityOfThisFile();

/** Answers with these bytes and with more of them, in the same segment or later. */
const saying =
  (answer: string, surplus: string, isLater: boolean) =>
  (socket: Socket): void => {
    socket.once('data', async () => {
      socket.write(isLater ? answer : answer + surplus);
      if (!isLater) return;
      await sleep(1);
      socket.write(surplus);
    });
  };

async function plain(talk: (socket: Socket) => void, options: Record<string, unknown>) {
  const server = await tcpServer(talk);
  const outcome = await probe(http, urlOf(server), options);
  await server.emptied();
  return outcome;
}

async function overTls(talk: (socket: Socket) => void, options: Record<string, unknown>) {
  const server = await tlsServer(authority().issue({ names: 'DNS:localhost' }), talk);
  const tls_config = { ca_file: authority().certFile };
  const outcome = await probe(http, `https://localhost:${server.port}`, { ...options, tls_config });
  await server.emptied();
  expect(outcome.value('probe_tls_version_info', { version: 'TLS 1.3' })).toBe(1);
  expect(outcome.value('probe_tls_cipher_info')).toBe(1);
  return outcome;
}

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n`;
const LARGE = 500_000;

describe.each([
  ['plain', plain],
  ['over TLS', overTls],
])('bytes behind a whole answer, %s,', (_name, ask) => {
  test.each<[string, string, number, Record<string, unknown>?]>([
    ['with a length', `${OK}content-length: 2\r\n\r\nok`, 2],
    ['without a body', `${OK}content-length: 0\r\n\r\n`, 0],
    ['in chunks', `${CHUNKED}2\r\nok\r\n0\r\n\r\n`, 2],
    ['in chunks with trailers', `${CHUNKED}2\r\nok\r\n0\r\na: b\r\n\r\n`, 2],
    ['that is long', `${OK}content-length: ${LARGE}\r\n\r\n${'x'.repeat(LARGE)}`, LARGE],
    ['with status 204', 'HTTP/1.1 204 No Content\r\ncontent-length: 7\r\n\r\n', 0],
    ['to HEAD', `${OK}content-length: 7\r\n\r\n`, 0, { method: 'HEAD' }],
    ['to POST', `${OK}content-length: 2\r\n\r\nok`, 2, { method: 'POST', body: 'body' }],
  ])('%s are nothing to it', async (_what, answer, length, options = {}) => {
    const next = 'HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n';
    for (const surplus of ['GARBAGE', '\0', next, 'x'.repeat(100_000)]) {
      for (const isLater of [false, true]) {
        const outcome = await ask(saying(answer, surplus, isLater), options);
        expect(outcome.failure).toBeUndefined();
        expect(outcome.value('probe_http_uncompressed_body_length')).toBe(length);
      }
    }
  });

  test('do not hide that the answer is no good one', async () => {
    const bad = saying('HTTP/1.1 503 No\r\ncontent-length: 2\r\n\r\nno', 'GARBAGE', false);
    expect((await ask(bad, {})).failure?.reason).toBe('status');
    const other = saying(`${OK}content-length: 2\r\n\r\nno`, 'yes', false);
    const wanted = { fail_if_body_not_matches_regexp: ['yes'] };
    expect((await ask(other, wanted)).failure?.reason).toBe('body');
  });

  test.each([
    ['a bad chunk', 'zz\r\n'],
    ['a bad chunk behind a good one', '2\r\nok\r\nzz\r\n'],
    ['a chunk that is longer than it said', '2\r\nokGARBAGE\r\n'],
    ['a bad trailer', '2\r\nok\r\n0\r\nGARBAGE\r\n\r\n'],
  ])('are no excuse for %s', async (_what, body) => {
    for (const isLater of [false, true]) {
      const outcome = await ask(saying(CHUNKED, body, isLater), {});
      expect(outcome.failure?.message).toMatch(/ is not valid HTTP \(HPE_\w+\)$/);
      expect(outcome.failure?.reason).toBe('protocol');
    }
  });
});
