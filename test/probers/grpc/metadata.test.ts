import { describe, expect, test } from 'vitest';
import { grpc } from '../../../src/probers/grpc.ts';
import { grpcServer } from '../../support/grpc-server.ts';
import { probe } from '../../support/probe.ts';

const SERVING = 1;

describe('metadata', () => {
  test('arrives: several values, bytes and Authorization', async () => {
    const server = await grpcServer({ services: { '': SERVING } });
    const outcome = await probe(grpc, `127.0.0.1:${server.port}`, {
      metadata: {
        Key1: ['value1', 'value2'],
        'key2-bin': ['test', Buffer.of(0, 255, 10)],
        Authorization: ['Bearer token'],
        number: [7],
      },
    });
    expect(outcome.failure).toBeUndefined();
    const { metadata } = server.calls[0] ?? {};
    expect(metadata?.get('key1').join()).toMatch(/^value1, ?value2$/);
    expect(metadata?.get('key2-bin')).toEqual([Buffer.from('test'), Buffer.of(0, 255, 10)]);
    expect(metadata?.get('authorization')).toEqual(['Bearer token']);
    expect(metadata?.get('number')).toEqual(['7']);
  });

  test('of gRPC itself is not sent, which the log tells', async () => {
    const server = await grpcServer({ services: { '': SERVING } });
    const outcome = await probe(grpc, `127.0.0.1:${server.port}`, {
      metadata: { 'User-Agent': ['mine'], 'grpc-timeout': ['1n'] },
    });
    expect(outcome.failure).toBeUndefined();
    expect(server.calls[0]?.metadata.get('user-agent')).toEqual(['healthcheck-exporter']);
    expect(outcome.log.filter(({ fields }) => fields.key !== undefined)).toHaveLength(2);
  });

  test('that HTTP/2 cannot say fails with a sentence', async () => {
    const server = await grpcServer({ services: { '': SERVING } });
    const outcome = await probe(grpc, `127.0.0.1:${server.port}`, {
      metadata: { authorization: ['canary', 'canary'] },
    });
    expect(outcome.failure).toEqual({
      reason: 'unsupported',
      message: 'the metadata cannot be sent over HTTP/2: ERR_HTTP2_HEADER_SINGLE_VALUE',
    });
  });

  test('is never shown', () => {
    const options = grpc.options.parse({ metadata: { k: ['canary'], 'k-bin': ['canary'] } });
    expect(JSON.stringify(options)).not.toContain('canary');
  });

  test.each([
    ['a bad key', { 'a b': ['x'] }],
    ['a pseudo-header', { ':path': ['/'] }],
    ['a header of the connection', { Connection: ['close'] }],
    ['a line break', { key: ['a\nb'] }],
    ['other than ASCII', { key: ['ä'] }],
    ['a value that is no list', { key: 'value' }],
  ])('may not be %s', (_what, metadata) => {
    expect(grpc.options.safeParse({ metadata }).success).toBe(false);
  });
});
