import { describe, expect, test } from 'vitest';
import { grpc } from '../../../src/probers/grpc.ts';
import { daysFromNow } from '../../support/certificates.ts';
import { authorityOfThisFile } from '../../support/file-authority.ts';
import { grpcServer } from '../../support/grpc-server.ts';
import { probe } from '../../support/probe.ts';
import { tlsServer } from '../../support/servers.ts';

const authority = authorityOfThisFile();
const localhost = () => authority().issue({ names: 'DNS:localhost,IP:127.0.0.1' });
const withTls = (config: object = {}) => ({
  tls: true,
  preferred_ip_protocol: 'ip4',
  tls_config: { ca_file: authority().certFile, ...config },
});
const services = { '': 1 };

const ABSENT = [
  'probe_ssl_earliest_cert_expiry',
  'probe_ssl_last_chain_info',
  'probe_tls_version_info',
];

describe('TLS', () => {
  test('is spoken and its certificate exported', async () => {
    const validTo = daysFromNow(10);
    const tls = authority().issue({ names: 'DNS:localhost', validTo });
    const server = await grpcServer({ services, tls });
    const outcome = await probe(
      grpc,
      `localhost:${server.port}`,
      withTls({ max_version: 'TLS12' }),
    );
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_grpc_ssl')).toBe(1);
    expect(outcome.value('probe_grpc_status_code')).toBe(0);
    expect(outcome.value('probe_ssl_earliest_cert_expiry')).toBe(validTo.getTime() / 1000);
    expect(outcome.value('probe_tls_version_info', { version: 'TLS 1.2' })).toBe(1);
    expect(outcome.value('probe_ssl_last_chain_info', { issuer: 'CN=Test Root' })).toBe(1);
  });

  test('asks for the name that is verified', async () => {
    const tls = authority().issue({ names: 'DNS:other.example' });
    const server = await grpcServer({ services, tls });
    const outcome = await probe(
      grpc,
      `localhost:${server.port}`,
      withTls({ server_name: 'other.example' }),
    );
    expect(outcome.failure).toBeUndefined();
    expect(server.calls[0]?.authority).toBe('other.example');
  });

  test('makes the host alone the authority, as grpc-go does', async () => {
    const server = await grpcServer({ services, tls: localhost() });
    await probe(grpc, `localhost:${server.port}`, withTls());
    await probe(grpc, `127.0.0.1:${server.port}`, withTls());
    expect(server.calls.map((call) => call.authority)).toEqual(['localhost', '127.0.0.1']);
  });

  test('with a certificate nobody trusts fails before the call, and shows it', async () => {
    const server = await grpcServer({ services, tls: authority().selfSigned() });
    const outcome = await probe(grpc, `localhost:${server.port}`, withTls());
    expect(outcome.failure?.reason).toBe('certificate');
    expect(outcome.value('probe_grpc_ssl')).toBe(0);
    expect(outcome.value('probe_grpc_status_code')).toBe(14);
    expect(outcome.value('probe_ssl_earliest_cert_expiry')).toBeGreaterThan(0);
    expect(server.calls).toHaveLength(0);
  });

  test('with a certificate nobody trusts is fine where that is allowed', async () => {
    const server = await grpcServer({ services, tls: authority().selfSigned() });
    const target = `localhost:${server.port}`;
    const outcome = await probe(grpc, target, withTls({ insecure_skip_verify: true }));
    expect(outcome.failure).toBeUndefined();
  });

  test('is shown also where the server does not know the service', async () => {
    const server = await grpcServer({ services, tls: localhost() });
    const options = { ...withTls(), service: 'other' };
    const outcome = await probe(grpc, `localhost:${server.port}`, options);
    expect(outcome.value('probe_grpc_status_code')).toBe(5);
    expect(outcome.value('probe_grpc_ssl')).toBe(1);
    expect(outcome.value('probe_tls_version_info')).toBe(1);
  });

  test('with a client certificate reaches a server that asks for one', async () => {
    const tls = { ...localhost(), clientAuthority: authority().cert };
    const server = await grpcServer({ services, tls });
    const { cert, key } = authority().issue({ subject: '/CN=client' });
    const outcome = await probe(grpc, `localhost:${server.port}`, withTls({ cert, key }));
    expect(outcome.failure).toBeUndefined();
  });

  test.each(['TLS12', 'TLS13'])(
    'without the client certificate that is asked for fails with tls, in %s',
    async (version) => {
      const tls = { ...localhost(), clientAuthority: authority().cert };
      const server = await grpcServer({ services, tls });
      const options = withTls({ min_version: version, max_version: version });
      const outcome = await probe(grpc, `localhost:${server.port}`, options);
      expect(outcome.failure?.reason).toBe('tls');
      expect(outcome.value('probe_grpc_status_code')).toBe(14);
    },
  );

  test('trap 35: to a plaintext server fails, with no metric of a certificate', async () => {
    const server = await grpcServer({ services });
    const outcome = await probe(grpc, `localhost:${server.port}`, withTls());
    expect(['tls', 'reset']).toContain(outcome.failure?.reason);
    expect(outcome.value('probe_grpc_ssl')).toBe(0);
    expect(outcome.value('probe_grpc_status_code')).toBe(14);
    for (const name of ABSENT) expect(outcome.value(name), name).toBeUndefined();
  });

  test('trap 35: that is not spoken with a server that wants it fails', async () => {
    const server = await grpcServer({ services, tls: localhost() });
    const outcome = await probe(grpc, `127.0.0.1:${server.port}`);
    expect(['protocol', 'reset']).toContain(outcome.failure?.reason);
    expect(outcome.value('probe_grpc_ssl')).toBe(0);
    expect(outcome.value('probe_grpc_status_code')).toBe(14);
    for (const name of ABSENT) expect(outcome.value(name), name).toBeUndefined();
  });

  test.each([
    ['chooses no protocol', {}],
    ['speaks HTTP/1.1 only', { ALPNProtocols: ['http/1.1'] }],
  ])('with a server that %s fails: gRPC needs HTTP/2', async (_what, alpn) => {
    const server = await tlsServer({ ...localhost(), ...alpn });
    const outcome = await probe(grpc, `localhost:${server.port}`, withTls());
    expect(outcome.failure?.reason).toBe('tls');
    expect(outcome.value('probe_grpc_status_code')).toBe(14);
    await server.emptied();
  });

  test('with a file that is not there says nothing of the server', async () => {
    const server = await grpcServer({ services, tls: localhost() });
    const options = withTls({ ca_file: '/no/such/file' });
    const outcome = await probe(grpc, `localhost:${server.port}`, options);
    expect(outcome.failure?.reason).toBe('not_found');
    expect(outcome.value('probe_grpc_status_code')).toBeUndefined();
  });
});
