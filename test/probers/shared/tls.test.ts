import type { TLSSocket } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { dial, Lifeline } from '../../../src/probers/shared/dial.ts';
import { handshake } from '../../../src/probers/shared/tls.ts';
import { secureContext, tlsConfig } from '../../../src/probers/shared/tls-options.ts';
import { tcp } from '../../../src/probers/tcp.ts';
import { authorityOfThisFile } from '../../support/file-authority.ts';
import { permitted } from '../../support/permitted.ts';
import { probe } from '../../support/probe.ts';
import { tcpServer, tlsServer } from '../../support/servers.ts';
import { EARLIEST, tlsPeers } from '../../support/tls-peers.ts';

const authority = authorityOfThisFile();
const { ask, localhost } = tlsPeers(authority);

test('a name that cannot be verified fails the handshake, not the process', async () => {
  const server = await tlsServer(localhost());
  const lifeline = new Lifeline(new AbortController().signal);
  const plain = await dial(permitted('127.0.0.1', server.port), lifeline);
  const trusted = tlsConfig.parse({ ca_file: authority().certFile });
  const context = await secureContext(trusted, lifeline.signal);
  const shaken = handshake(plain, context, { name: 'a\0b', peer: 'it', lifeline });
  await expect(shaken).rejects.toThrow();
  lifeline.end();
  await server.emptied();
});

test.each(['TLSv1.2', 'TLSv1.3'] as const)(
  'trap 11: no session of %s is resumed, every probe sees the certificate',
  async (version) => {
    const resumed: boolean[] = [];
    const server = await tlsServer({ ...localhost(), maxVersion: version }, (socket) => {
      resumed.push((socket as TLSSocket).isSessionReused());
      socket.end('session tickets come before this\n');
    });
    const options = {
      tls: true,
      tls_config: { ca: authority().cert },
      query_response: [{ expect: 'tickets' }],
    };
    for (let run = 0; run < 3; run++) {
      const outcome = await probe(tcp, `localhost:${server.port}`, options);
      expect(outcome.failure).toBeUndefined();
      expect(outcome.value('probe_ssl_last_chain_info', { issuer: 'CN=Test Root' })).toBe(1);
      expect(outcome.value(EARLIEST)).toBeGreaterThan(0);
    }
    expect(resumed).toEqual([false, false, false]);
  },
);

describe('trap 32: names', () => {
  const asked: unknown[] = [];
  const named = async (names: string, server_name: string, host = 'localhost') => {
    asked.length = 0;
    const outcome = await ask(
      {
        ...authority().issue({ names }),
        SNICallback: (name, done) => {
          asked.push(name);
          done(null);
        },
      },
      { server_name },
      host,
    );
    return outcome.failure?.reason;
  };

  test('an address is verified, and never asked for', async () => {
    expect(await named('IP:127.0.0.1', '', '127.0.0.1')).toBeUndefined();
    expect(await named('DNS:127.0.0.1', '', '127.0.0.1')).toBe('certificate');
    expect(await named('IP:fe80::1', 'fe80::1%eth0')).toBeUndefined();
    expect(asked).toEqual([]);
  });

  test('of other scripts are asked for, and verified, in ASCII', async () => {
    expect(await named('DNS:xn--bcher-kva.example', 'bücher.example')).toBeUndefined();
    expect(asked).toEqual(['xn--bcher-kva.example']);
  });

  test('without the dot at their end', async () => {
    expect(await named('DNS:a.example', 'a.example.')).toBeUndefined();
    expect(asked).toEqual(['a.example']);
  });

  test('match one whole label by a wildcard', async () => {
    expect(await named('DNS:*.w.example', 'a.w.example')).toBeUndefined();
    expect(await named('DNS:*.w.example', 'A.W.EXAMPLE')).toBeUndefined();
    expect(await named('DNS:*.w.example', 'w.example')).toBe('certificate');
    expect(await named('DNS:*.w.example', 'a.b.w.example')).toBe('certificate');
    expect(await named('DNS:a*.w.example', 'ab.w.example')).toBe('certificate');
  });
});

test('a server that has no name cannot be verified, only accepted', async () => {
  const lifeline = new Lifeline(new AbortController().signal);
  const server = await tlsServer(localhost());
  const plain = await dial(permitted('127.0.0.1', server.port), lifeline);
  const context = await secureContext(tlsConfig.parse({ ca: authority().cert }), lifeline.signal);
  const { problem } = await handshake(plain, context, { name: '', peer: 'it', lifeline });
  expect(problem?.code).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  expect(problem?.message).toContain('server_name');
  lifeline.end();
});

describe('trap 32: versions', () => {
  const OLD = { minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;

  test('older than 1.2 are spoken only where they are asked for', async () => {
    const server = { ...localhost(), ...OLD, maxVersion: 'TLSv1' as const };
    expect((await ask(server)).failure?.reason).toBe('tls');
    const outcome = await ask(server, { min_version: 'TLS10' });
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_tls_version_info', { version: 'TLS 1.0' })).toBe(1);
    const only = await ask({ ...localhost(), ...OLD }, { max_version: 'TLS11' });
    expect(only.value('probe_tls_version_info', { version: 'TLS 1.1' })).toBe(1);
  });

  test.each([
    ['TLS12', 'TLS 1.2'],
    ['TLS13', 'TLS 1.3'],
  ])('up to max_version %s', async (max_version, version) => {
    const outcome = await ask(localhost(), { max_version });
    expect(outcome.value('probe_tls_version_info', { version })).toBe(1);
  });

  test.each([
    ['ECDHE-ECDSA-AES128-GCM-SHA256', 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
    ['ECDHE-ECDSA-CHACHA20-POLY1305', 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256'],
    ['ECDHE-ECDSA-AES256-SHA', 'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA'],
  ])('cipher %s has the name Go has for it', async (ciphers, cipher) => {
    const outcome = await ask({ ...localhost(), ciphers, maxVersion: 'TLSv1.2' });
    expect(outcome.value('probe_tls_cipher_info', { cipher })).toBe(1);
  });

  test('a server of before 2010, without secure renegotiation, is talked to', async () => {
    const server = await tcpServer((socket) => {
      socket.once('data', () => socket.end(SERVER_HELLO_WITHOUT_EXTENSIONS));
    });
    const outcome = await probe(tcp, `127.0.0.1:${server.port}`, { tls: true });
    // It waits for the certificate, which does not come.
    expect(outcome.failure?.reason).toBe('reset');
  });
});

const HELLO_BODY = Buffer.concat([
  Buffer.from([3, 3]),
  Buffer.alloc(32, 1),
  // No session id; ECDHE-RSA-AES128-GCM-SHA256; no compression.
  Buffer.from([0, 0xc0, 0x2f, 0]),
]);
const SERVER_HELLO_WITHOUT_EXTENSIONS = Buffer.concat([
  Buffer.from([22, 3, 3, 0, HELLO_BODY.length + 4, 2, 0, 0, HELLO_BODY.length]),
  HELLO_BODY,
]);
