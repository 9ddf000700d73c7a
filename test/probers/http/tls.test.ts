import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { http } from '../../../src/probers/http.ts';
import { daysFromNow } from '../../support/certificates.ts';
import { authorityOfThisFile } from '../../support/file-authority.ts';
import { ok, urlOf } from '../../support/http-peers.ts';
import { probe } from '../../support/probe.ts';
import { httpServer, httpsServer } from '../../support/servers.ts';

const authority = authorityOfThisFile();
const trusted = () => ({ tls_config: { ca_file: authority().certFile } });
const localhost = () => authority().issue({ names: 'DNS:localhost' });

/** A file that exists while the tests run. */
function file(name: string, content: string): string {
  const path = join(authority().directory, name);
  writeFileSync(path, content);
  return path;
}

describe('TLS', () => {
  test('is spoken and its certificate exported, the earliest of those sent', async () => {
    const validTo = daysFromNow(5);
    const inter = authority().issue({ subject: '/CN=Intermediate', authority: true, validTo });
    const leaf = authority().issue({ names: 'DNS:localhost', validTo: daysFromNow(20) }, inter);
    const server = await httpsServer({ key: leaf.key, cert: leaf.cert + inter.cert }, ok);
    const outcome = await probe(http, `https://localhost:${server.port}`, trusted());
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_http_ssl')).toBe(1);
    expect(outcome.value('probe_ssl_earliest_cert_expiry')).toBe(validTo.getTime() / 1000);
    expect(outcome.value('probe_tls_version_info', { version: 'TLS 1.3' })).toBe(1);
    expect(outcome.value('probe_tls_cipher_info')).toBe(1);
    expect(outcome.value('probe_ssl_last_chain_info', { issuer: 'CN=Intermediate' })).toBe(1);
    expect(outcome.value('probe_ssl_verify_error_info')).toBeUndefined();
    expect(outcome.value('probe_http_duration_seconds', { phase: 'tls' })).toBeGreaterThan(0);
    await server.emptied();
  });

  test.each<[string, object]>([
    ['an empty server_name', { tls_config: { server_name: '' } }],
    ['an empty Host header', { headers: { Host: '' } }],
    ['a Host header of a port only', { headers: { Host: ':8443' } }],
  ])('verifies the host of the target with %s', async (_title, options) => {
    const server = await httpsServer(localhost(), ok);
    const { tls_config = {}, ...others } = options as { tls_config?: object };
    const outcome = await probe(http, `https://localhost:${server.port}`, {
      ...others,
      tls_config: { ...trusted().tls_config, ...tls_config },
    });
    expect(outcome.failure).toBeUndefined();
  });

  const bad = [
    [
      'expired',
      'CERT_HAS_EXPIRED',
      () =>
        authority().issue({
          names: 'DNS:localhost',
          validFrom: daysFromNow(-9),
          validTo: daysFromNow(-2),
        }),
    ],
    [
      'not yet valid',
      'CERT_NOT_YET_VALID',
      () => authority().issue({ names: 'DNS:localhost', validFrom: daysFromNow(2) }),
    ],
    [
      'self-signed',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      () => authority().selfSigned({ names: 'DNS:localhost' }),
    ],
    [
      'of another name',
      'ERR_TLS_CERT_ALTNAME_INVALID',
      () => authority().issue({ names: 'DNS:other.example' }),
    ],
    ['named only in its common name', 'ERR_TLS_CERT_ALTNAME_INVALID', () => authority().issue()],
  ] as const;

  test.each(bad)(
    'with a certificate that is %s fails before a request is sent',
    async (_, code, make) => {
      let requests = 0;
      const server = await httpsServer(make(), (request, response) => {
        requests++;
        ok(request, response);
      });
      const target = `https://localhost:${server.port}`;
      const outcome = await probe(http, target, { ...trusted(), bearer_token: 'canary' });
      expect(outcome.failure?.reason).toBe('certificate');
      expect(requests).toBe(0);
      expect(outcome.value('probe_ssl_verify_error_info', { code })).toBe(1);
      expect(outcome.value('probe_ssl_earliest_cert_expiry')).toBeGreaterThan(0);
      expect(outcome.value('probe_http_status_code')).toBeUndefined();

      const skip = { tls_config: { ca_file: authority().certFile, insecure_skip_verify: true } };
      const accepted = await probe(http, target, skip);
      expect(accepted.failure).toBeUndefined();
      expect(accepted.value('probe_ssl_verify_error_info', { code })).toBe(1);
      await server.emptied();
    },
  );

  test('trap 22: asks for the name of server_name, of the Host header, of the target', async () => {
    const names: unknown[] = [];
    const identity = authority().issue({ names: 'DNS:localhost,DNS:a.example,DNS:b.example' });
    const server = await httpsServer(identity, (request, response) => {
      names.push((request.socket as unknown as { servername: string }).servername);
      ok(request, response);
    });
    const target = `https://localhost:${server.port}`;
    const { tls_config } = trusted();
    await probe(http, target, { tls_config });
    await probe(http, target, { tls_config, headers: { Host: 'a.example:1' } });
    await probe(http, target, {
      tls_config: { ...tls_config, server_name: 'b.example' },
      headers: { Host: 'a.example' },
    });
    expect(names).toEqual(['localhost', 'a.example', 'b.example']);
  });

  test('trap 32: shows a client certificate, which the server asks for after the handshake, inline or from files', async () => {
    const server = await httpsServer(
      { ...localhost(), ca: authority().cert, requestCert: true, rejectUnauthorized: true },
      ok,
    );
    const target = `https://localhost:${server.port}`;
    const { cert, key } = authority().issue({ subject: '/CN=client' });
    const ca_file = authority().certFile;
    const inline = await probe(http, target, { tls_config: { ca_file, cert, key } });
    expect(inline.failure).toBeUndefined();
    const files = { cert_file: file('client.pem', cert), key_file: file('client-key.pem', key) };
    const outcome = await probe(http, target, { tls_config: { ca_file, ...files } });
    expect(outcome.failure).toBeUndefined();
    const without = await probe(http, target, { tls_config: { ca_file } });
    expect(without.failure?.reason).toBe('tls');
    expect(without.failure?.message).toContain('client certificate');
  });

  test('exports the chain of the last hop only, and none where that is not trusted', async () => {
    const validTo = daysFromNow(5);
    const last = await httpsServer(authority().issue({ names: 'DNS:localhost', validTo }), ok);
    const other = await httpsServer(authority().selfSigned({ names: 'DNS:localhost' }), ok);
    for (const [port, expiry] of [
      [last.port, validTo.getTime() / 1000],
      [other.port, undefined],
    ]) {
      const first = await httpsServer(localhost(), (_request, response) => {
        response.writeHead(302, { location: `https://localhost:${port}/` }).end();
      });
      const outcome = await probe(http, `https://localhost:${first.port}`, trusted());
      expect(outcome.failure?.reason).toBe(expiry ? undefined : 'certificate');
      expect(outcome.value('probe_ssl_last_chain_expiry_timestamp_seconds')).toBe(expiry);
    }
  });

  test('keeps to the versions of the options', async () => {
    const server = await httpsServer({ ...localhost(), maxVersion: 'TLSv1.2' }, ok);
    const target = `https://localhost:${server.port}`;
    const tls_config = { ca_file: authority().certFile, min_version: 'TLS13' };
    const outcome = await probe(http, target, { tls_config });
    expect(outcome.failure?.reason).toBe('tls');
  });

  test('to a plain port fails with tls', async () => {
    const server = await httpServer(ok);
    const outcome = await probe(http, `https://127.0.0.1:${server.port}`);
    expect(outcome.failure?.reason).toBe('tls');
    expect(outcome.failure?.message).toContain('not TLS');
  });

  test('is forbidden by fail_if_ssl and demanded by fail_if_not_ssl', async () => {
    const secure = await httpsServer(localhost(), ok);
    const plain = await httpServer(ok);
    const target = `https://localhost:${secure.port}`;
    const forbidden = await probe(http, target, { ...trusted(), fail_if_ssl: true });
    expect(forbidden.failure?.reason).toBe('policy');
    const demanded = await probe(http, urlOf(plain), { fail_if_not_ssl: true });
    expect(demanded.failure?.reason).toBe('policy');
    const right = await probe(http, target, { ...trusted(), fail_if_not_ssl: true });
    expect(right.failure).toBeUndefined();
  });

  test('trusts a new authority when its file changes', async () => {
    const server = await httpsServer(localhost(), ok);
    const other = authority().selfSigned({ subject: '/CN=Other', authority: true });
    const ca_file = file('changing.pem', other.cert);
    const options = http.options.parse({ tls_config: { ca_file } });
    const prober = { ...http, options: { parse: () => options } as unknown as typeof http.options };
    const target = `https://localhost:${server.port}`;
    expect((await probe(prober, target)).failure?.reason).toBe('certificate');
    file('changing.pem', `${other.cert}\n${authority().cert}`);
    expect((await probe(prober, target)).failure).toBeUndefined();
  });
});
