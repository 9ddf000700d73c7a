import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { AnswerParser } from './contenders/answer-parser.ts';

const gzipped = gzipSync('probe_success 1\n'.repeat(1000));
const part = gzipped.subarray(0, 20);
const rest = gzipped.subarray(20);
const text = (lines: string) => Buffer.from(lines.replaceAll('\n', '\r\n'));

const WITH_LENGTH = Buffer.concat([
  text(`HTTP/1.1 200 OK\nContent-Encoding: gzip\nContent-Length: ${gzipped.length}\n\n`),
  gzipped,
]);
const IN_CHUNKS = Buffer.concat([
  text('HTTP/1.1 200 OK\nContent-Encoding: gzip\nTransfer-Encoding: chunked\n\n'),
  ...[text(`${part.length.toString(16)}\n`), part, text('\n')],
  ...[text(`${rest.length.toString(16)}\n`), rest, text('\n')],
  text('0\n\n'),
]);

describe.each([
  ['with a length', WITH_LENGTH],
  ['in chunks', IN_CHUNKS],
])('an answer %s', (_title, bytes) => {
  test.each([1, 2, 3, 7, 64, 100_000])(
    'that arrives %i bytes at a time is whole at its end',
    (size) => {
      const parser = new AnswerParser();
      for (let start = 0; start + size < bytes.length; start += size) {
        expect(parser.push(bytes.subarray(start, start + size))).toBeUndefined();
      }
      const last = bytes.length - (bytes.length % size || size);
      const answer = parser.push(bytes.subarray(last));
      expect(answer?.status).toBe(200);
      expect(answer?.sentBytes).toBe(gzipped.length);
      expect(answer?.text()).toBe('probe_success 1\n'.repeat(1000));
    },
  );
});

test('an answer without a body is whole with its head', () => {
  const answer = new AnswerParser().push(text('HTTP/1.1 503 Busy\nContent-Length: 0\n\n'));
  expect(answer?.status).toBe(503);
  expect(answer?.text()).toBe('');
});

test('an answer that only the end of the connection would end is refused', () => {
  const push = () => new AnswerParser().push(text('HTTP/1.1 200 OK\nConnection: close\n\n'));
  expect(push).toThrow('an answer without a length and not in chunks');
});
