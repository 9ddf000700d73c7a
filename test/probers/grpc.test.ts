import { describe, expect, test } from 'vitest';
import { grpc } from '../../src/probers/grpc.ts';
import { eventually } from '../support/eventually.ts';
import { grpcServer } from '../support/grpc-server.ts';
import { openSockets } from '../support/open-sockets.ts';
import { probe } from '../support/probe.ts';
import { tcpServer } from '../support/servers.ts';

const UNKNOWN = 0;
const SERVING = 1;
const NOT_SERVING = 2;
const SERVICE_UNKNOWN = 3;

type Outcome = Awaited<ReturnType<typeof probe>>;

/** The serving statuses that are 1; all four have to be there. */
function servingStatuses({ samples }: Outcome): (string | undefined)[] {
  const all = samples.filter(({ name }) => name === 'probe_grpc_healthcheck_response');
  expect(all.map(({ labels }) => labels.serving_status)).toEqual([
    'UNKNOWN',
    'SERVING',
    'NOT_SERVING',
    'SERVICE_UNKNOWN',
  ]);
  return all.filter(({ value }) => value === 1).map(({ labels }) => labels.serving_status);
}

describe('a gRPC server', () => {
  test('that is serving is healthy, and is left at once', async () => {
    const server = await grpcServer({ services: { '': SERVING } });
    const before = openSockets();
    const outcome = await probe(grpc, `127.0.0.1:${server.port}`);
    expect(outcome.failure).toBeUndefined();
    expect(servingStatuses(outcome)).toEqual(['SERVING']);
    expect(outcome.value('probe_grpc_status_code')).toBe(0);
    expect(outcome.value('probe_grpc_ssl')).toBe(0);
    expect(outcome.value('probe_ip_protocol')).toBe(4);
    expect(outcome.value('probe_ip_addr_hash')).toBe(3668918509);
    expect(outcome.value('probe_ssl_earliest_cert_expiry')).toBeUndefined();
    await eventually(() => expect(openSockets()).toBeLessThanOrEqual(before));
  });

  test('has its phases timed: resolve, and check for all the rest', async () => {
    const server = await grpcServer({ services: { '': SERVING } });
    const outcome = await probe(grpc, `127.0.0.1:${server.port}`);
    const phases = outcome.samples.filter(({ name }) => name === 'probe_grpc_duration_seconds');
    expect(phases.map(({ labels }) => labels.phase)).toEqual(['resolve', 'check']);
    const sum = phases.reduce((total, { value }) => total + value, 0);
    expect(sum).toBeGreaterThan(0);
    expect(sum).toBeLessThanOrEqual(outcome.durationSeconds);
  });

  test.each([
    ['serving', SERVING, undefined],
    ['halted', NOT_SERVING, 'the service "halted" is NOT_SERVING'],
    ['unclear', UNKNOWN, 'the service "unclear" is UNKNOWN'],
    ['forgotten', SERVICE_UNKNOWN, 'the service "forgotten" is SERVICE_UNKNOWN'],
  ])('has several services, of which %s is told by itself', async (service, number, message) => {
    const services = { serving: 1, halted: 2, unclear: 0, forgotten: 3 };
    const server = await grpcServer({ services });
    const outcome = await probe(grpc, `127.0.0.1:${server.port}`, { service });
    expect(outcome.failure).toEqual(message && { reason: 'state', message });
    expect(outcome.value('probe_grpc_status_code')).toBe(0);
    const names = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
    expect(servingStatuses(outcome)).toEqual([names[number]]);
  });

  test('that is not serving as a whole fails by its state', async () => {
    const server = await grpcServer({ services: { '': NOT_SERVING } });
    const outcome = await probe(grpc, `127.0.0.1:${server.port}`);
    expect(outcome.failure).toEqual({
      reason: 'state',
      message: 'the server is NOT_SERVING',
    });
  });

  test('of a status that nobody knows fails by its state, and makes no new series', async () => {
    const server = await grpcServer({ services: { '': 7 } });
    const outcome = await probe(grpc, `127.0.0.1:${server.port}`);
    expect(outcome.failure?.reason).toBe('state');
    expect(servingStatuses(outcome)).toEqual([]);
  });

  test('trap 35: that does not know the service has status 5', async () => {
    const server = await grpcServer({ services: { '': SERVING } });
    const outcome = await probe(grpc, `127.0.0.1:${server.port}`, { service: 'other' });
    expect(outcome.failure).toEqual({ reason: 'status', message: 'gRPC status 5 NOT_FOUND' });
    expect(outcome.value('probe_grpc_status_code')).toBe(5);
    expect(servingStatuses(outcome)).toEqual([]);
  });

  test('trap 35: without a health service has status 12', async () => {
    const server = await grpcServer({});
    const outcome = await probe(grpc, `127.0.0.1:${server.port}`);
    expect(outcome.failure).toEqual({ reason: 'status', message: 'gRPC status 12 UNIMPLEMENTED' });
    expect(outcome.value('probe_grpc_status_code')).toBe(12);
  });

  test('trap 35: that is not there has status 14', async () => {
    const outcome = await probe(grpc, '127.0.0.1:1');
    expect(outcome.failure).toEqual({
      reason: 'refused',
      message: 'connection refused by 127.0.0.1:1',
    });
    expect(outcome.value('probe_grpc_status_code')).toBe(14);
    expect(servingStatuses(outcome)).toEqual([]);
    expect(outcome.value('probe_grpc_ssl')).toBeUndefined();
    expect(outcome.value('probe_grpc_duration_seconds', { phase: 'check' })).toBeDefined();
  });

  test('of an unknown name has no status: 0 would say OK', async () => {
    const outcome = await probe(grpc, 'no-such-host.invalid:80');
    expect(outcome.failure?.reason).toBe('dns');
    expect(outcome.value('probe_grpc_status_code')).toBeUndefined();
    expect(outcome.value('probe_grpc_healthcheck_response')).toBeUndefined();
    expect(outcome.value('probe_grpc_duration_seconds', { phase: 'check' })).toBeUndefined();
  });

  test('is asked for services of any name', async () => {
    const service = `größe.v1.${'x'.repeat(200)}`;
    const server = await grpcServer({ services: { [service]: SERVING } });
    const outcome = await probe(grpc, `127.0.0.1:${server.port}`, { service });
    expect(outcome.failure).toBeUndefined();
  });

  test('is told who calls, what host was meant and how long it has', async () => {
    const server = await grpcServer({ services: { '': SERVING } });
    const calledAt = Date.now();
    await probe(grpc, `localhost:${server.port}`, { preferred_ip_protocol: 'ip4' });
    const [call] = server.calls;
    expect(call?.authority).toBe(`localhost:${server.port}`);
    expect(call?.metadata.get('user-agent')).toEqual(['healthcheck-exporter']);
    expect(Number(call?.deadline)).toBeGreaterThanOrEqual(calledAt + 5000);
    expect(Number(call?.deadline)).toBeLessThan(Date.now() + 5001);
  });
});

describe('a target', () => {
  test.each([
    'localhost',
    'localhost:50051',
    '127.0.0.1',
    '::1',
    '[::1]',
    '[::1]:50051',
    'http://localhost:50051',
    'https://localhost/path',
  ])('%s is one', (target) => expect(grpc.target?.problem(target)).toBeUndefined());

  test.each([
    ['', 'is not host or host:port (an IPv6 address with a port goes in brackets)'],
    [
      'dns:///localhost:80',
      'is not host or host:port (an IPv6 address with a port goes in brackets)',
    ],
    ['user@localhost', 'is not host or host:port (an IPv6 address with a port goes in brackets)'],
    ['localhost:0', 'has a bad port, expected 1 to 65535'],
    ['localhost:65536', 'has a bad port, expected 1 to 65535'],
    ['[localhost]', 'has no IPv6 address in brackets'],
  ])('%j is none: it %s', (target, problem) => {
    expect(grpc.target?.problem(target)).toBe(problem);
  });

  test.each([
    [false, 80],
    [true, 443],
  ])('without a port has its own: with tls %s it is %i', async (tls, port) => {
    // Nobody listens on the default ports of this address, or whoever does speaks no gRPC.
    const outcome = await probe(grpc, '127.0.0.9', { tls });
    const said = JSON.stringify([outcome.failure, outcome.log]);
    expect(said).toMatch(new RegExp(`127\\.0\\.0\\.9:${port}"|"port":${port}}`));
  });

  test('may be an IPv6 address', async () => {
    const outcome = await probe(grpc, '[::1]:1');
    expect(outcome.failure?.message).toBe('connection refused by [::1]:1');
    expect(outcome.value('probe_ip_protocol')).toBe(6);
  });

  test('as a URL counts with host and port only', async () => {
    const server = await grpcServer({ services: { '': SERVING } });
    const outcome = await probe(grpc, `https://127.0.0.1:${server.port}/path`);
    expect(outcome.failure).toBeUndefined();
  });
});

test('goes to the address that it shows, and to no other', async () => {
  const server = await grpcServer({ services: { '': 1 } });
  const outcome = await probe(grpc, `localhost:${server.port}`, { preferred_ip_protocol: 'ip6' });
  // The server listens on 127.0.0.1 alone; whether "localhost" is ::1 too is up to this host.
  expect(outcome.success).toBe(outcome.value('probe_ip_protocol') === 4);
});

test('trap 5: many silent servers leave no socket open', async () => {
  const server = await tcpServer();
  const before = openSockets();
  const probes = Array.from({ length: 20 }, () =>
    probe(grpc, `127.0.0.1:${server.port}`, {}, { timeoutSeconds: 0.3 }),
  );
  const reasons = (await Promise.all(probes)).map(({ failure }) => failure?.reason);
  expect(new Set(reasons)).toEqual(new Set(['timeout']));
  await eventually(() => expect(openSockets()).toBeLessThanOrEqual(before));
});
