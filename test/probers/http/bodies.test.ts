import { Readable } from 'node:stream';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { readBody } from '../../../src/probers/http/body.ts';
import { http } from '../../../src/probers/http.ts';
import { urlOf } from '../../support/http-peers.ts';
import { probe } from '../../support/probe.ts';
import { httpServer } from '../../support/servers.ts';

describe('a body', () => {
  const serving = (body: string | Buffer, headers: Record<string, string> = {}) =>
    httpServer((_request, response) => void response.writeHead(200, headers).end(body));

  test.each([
    [
      'matches what it must not',
      { fail_if_body_matches_regexp: ['x', 'ERR[O0]R'] },
      'the body matches "ERR[O0]R"',
    ],
    [
      'does not match what it must',
      { fail_if_body_not_matches_regexp: ['ERROR', '^ok$'] },
      'the body does not match "^ok$"',
    ],
    ['matches all', { fail_if_body_not_matches_regexp: ['(?i)error', '(?s)E.*é'] }, undefined],
    ['matches no forbidden', { fail_if_body_matches_regexp: ['fine', 'good'] }, undefined],
  ])('that %s is judged', async (_name, options, message) => {
    const server = await serving('ERROR 42 é');
    const outcome = await probe(http, urlOf(server), options);
    expect(outcome.failure).toEqual(message && { reason: 'body', message });
    expect(outcome.value('probe_failed_due_to_regex')).toBe(message ? 1 : 0);
  });

  test('trap 26: is matched as bytes where it is no text', async () => {
    const server = await serving(Buffer.of(0, 255, 254, 0x6f, 0x6b, 128));
    const options = { fail_if_body_not_matches_regexp: ['^\\x00.*ok.$'] };
    expect((await probe(http, urlOf(server), options)).failure).toBeUndefined();
  });

  test.each([
    ['one\ntwo\n', '^two$', false],
    ['one\ntwo\n', '(?m)^two$', true],
    ['one\r\ntwo\r\n', '(?m)^two$', false],
    ['one\r\ntwo\r\n', '(?m)^two\\r?$', true],
    ['one\ntwo', '\\Aone\\ntwo\\z', true],
    ['one\ntwo', 'one.two', false],
    ['one\ntwo', '(?s)one.two', true],
    [`${'a'.repeat(900_000)}b`, '^(a+)+$', false],
    [`${'a'.repeat(900_000)}b`, '^a+b$', true],
    [`${'\\0'.repeat(1000)}x`, 'x$', true],
  ])('trap 26: %#: lines, anchors and length count as in Go', async (body, pattern, matches) => {
    const server = await serving(body);
    const options = { fail_if_body_not_matches_regexp: [pattern] };
    expect((await probe(http, urlOf(server), options)).success).toBe(matches);
  });

  test('that comes byte by byte is not kept as so many pieces', async () => {
    const concat = vi.spyOn(Buffer, 'concat');
    onTestFinished(() => concat.mockRestore());
    const source = Readable.from([...'0123456789'.repeat(500)].map((byte) => Buffer.from(byte)));
    const explain = (error: Error) => {
      throw error;
    };
    const body = await readBody(source, { compression: '', limit: 0, keep: 4321, explain });
    expect(body.bytes).toBe(5000);
    expect(String(body.start)).toBe('0123456789'.repeat(500).slice(0, 4321));
    const pieces = concat.mock.calls.map(([list]) => list.length);
    expect(Math.max(0, ...pieces)).toBeLessThan(100);
  });

  test('trap 26: is matched up to 1 MiB, and further where body_size_limit says so', async () => {
    const server = await serving(`${'x'.repeat(1_100_000)}needle`);
    const options = { fail_if_body_not_matches_regexp: ['needle'] };
    const outcome = await probe(http, urlOf(server), options);
    expect(outcome.failure).toEqual({
      reason: 'body',
      message:
        'the first 1 MiB of the body does not match "needle", and no more is looked at without a larger body_size_limit',
    });
    const further = { ...options, body_size_limit: '2MB' };
    expect((await probe(http, urlOf(server), further)).failure).toBeUndefined();
  });

  test('of which not all was searched for what it must not match says so in the log', async () => {
    const server = await serving(`early ${'x'.repeat(1_100_000)}late`);
    const unseen = 'only the first 1 MiB of the body was looked at, see body_size_limit';
    const log = async (pattern: string, options = {}) => {
      const rules = { fail_if_body_matches_regexp: [pattern], ...options };
      const outcome = await probe(http, urlOf(server), rules);
      return [outcome.success, outcome.log.some(({ message }) => message === unseen)];
    };
    expect(await log('late')).toEqual([true, true]);
    expect(await log('early')).toEqual([false, false]);
    expect(await log('late', { body_size_limit: '2MB' })).toEqual([false, false]);
    expect(await log('never', { body_size_limit: '2MB' })).toEqual([true, false]);
  });

  test('of exactly 1 MiB was looked at as a whole', async () => {
    const server = await serving('x'.repeat(1024 * 1024));
    const outcome = await probe(http, urlOf(server), { fail_if_body_not_matches_regexp: ['y'] });
    expect(outcome.failure?.message).toBe('the body does not match "y"');
  });

  test('longer than the limit fails, one as long does not', async () => {
    const server = await serving('x'.repeat(1024));
    const fits = await probe(http, urlOf(server), { body_size_limit: '1KB' });
    expect(fits.failure).toBeUndefined();
    const outcome = await probe(http, urlOf(server), { body_size_limit: '1023B' });
    expect(outcome.failure).toEqual({
      reason: 'body',
      message: 'the body is longer than body_size_limit (1023 bytes)',
    });
    expect(outcome.value('probe_http_uncompressed_body_length')).toBe(1023);
  });

  const text = 'hello '.repeat(100);
  test.each([
    ['gzip', gzipSync(text)],
    ['br', brotliCompressSync(text)],
    ['deflate', deflateRawSync(text)],
    ['deflate', deflateSync(text)],
    ['identity', Buffer.from(text)],
  ])('trap 25: compressed with %s is read', async (compression, body) => {
    let accepted: unknown;
    const server = await httpServer((request, response) => {
      accepted = request.headers['accept-encoding'];
      response.end(body);
    });
    const options = { compression, fail_if_body_not_matches_regexp: ['^(hello )+$'] };
    const outcome = await probe(http, urlOf(server), options);
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_http_uncompressed_body_length')).toBe(600);
    expect(outcome.value('probe_http_content_length')).toBe(body.length);
    expect(accepted).toBe(compression);
  });

  test('trap 25: to HEAD is none, whatever encoding its headers name', async () => {
    const server = await serving('', { 'content-encoding': 'gzip', 'content-length': '20' });
    const outcome = await probe(http, urlOf(server), { method: 'HEAD', compression: 'gzip' });
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_http_uncompressed_body_length')).toBe(0);
    expect(outcome.value('probe_http_content_length')).toBe(20);
  });

  test('trap 25: compressed in another way than the option says fails', async () => {
    const server = await serving(gzipSync(text), { 'content-encoding': 'gzip' });
    const outcome = await probe(http, urlOf(server), { compression: 'br' });
    expect(outcome.failure?.message).toBe('the body is not compressed with br, or not whole');
  });

  test('trap 25: is taken as it comes without the option', async () => {
    const body = gzipSync(text);
    const server = await serving(body, { 'content-encoding': 'gzip' });
    const outcome = await probe(http, urlOf(server));
    expect(outcome.value('probe_http_uncompressed_body_length')).toBe(body.length);
  });

  test.each([
    ['gzip', Buffer.from(text)],
    ['br', Buffer.from(text)],
    ['deflate', Buffer.from(text)],
    ['gzip', gzipSync(text).subarray(0, 20)],
    ['gzip', Buffer.alloc(0)],
  ])('trap 25: that is no whole %s fails', async (compression, body) => {
    const server = await serving(body);
    const outcome = await probe(http, urlOf(server), { compression });
    expect(outcome.failure).toEqual({
      reason: 'body',
      message: `the body is not compressed with ${compression}, or not whole`,
    });
  });

  test.each([
    ['gzip', gzipSync(Buffer.alloc(50_000_000))],
    ['br', brotliCompressSync(Buffer.alloc(50_000_000))],
  ])('trap 25: that is a %s bomb ends at the limit', async (compression, bomb) => {
    const server = await serving(bomb);
    const outcome = await probe(http, urlOf(server), { compression, body_size_limit: '1MB' });
    expect(outcome.failure?.message).toContain('body_size_limit');
    await server.emptied();
  });

  test('goes after the status and the headers', async () => {
    const server = await httpServer(
      (_request, response) => void response.writeHead(500).end('bad'),
    );
    const rules = {
      fail_if_body_matches_regexp: ['bad'],
      fail_if_header_matches: [{ header: 'date', regexp: '.' }],
    };
    expect((await probe(http, urlOf(server), rules)).failure?.reason).toBe('status');
    const allowed = { ...rules, valid_status_codes: [500] };
    expect((await probe(http, urlOf(server), allowed)).failure?.reason).toBe('header');
  });
});
