import { connect as connectTls } from 'node:tls';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Identity } from '../support/certificates.ts';
import { authorityOfThisFile } from '../support/file-authority.ts';
import { forThisTest } from '../support/for-this-test.ts';
import {
  ask,
  type GuardedServer,
  serveGuarded,
  verdictOf,
  webConfigDirectory,
  webConfigFiles,
} from '../support/web-config.ts';

const authority = authorityOfThisFile();
let files: Readonly<Record<string, string>>;
let clients: Readonly<Record<'trusted' | 'named' | 'stranger', Identity>>;
beforeAll(() => {
  files = webConfigFiles(authority());
  clients = {
    trusted: authority().issue({ subject: '/CN=one' }),
    named: authority().issue({ subject: '/CN=x', names: 'DNS:two,DNS:one,IP:192.0.2.1' }),
    stranger: authority().selfSigned({ subject: '/CN=one', names: 'DNS:one' }),
  };
});

/** Serves with a certificate and these further lines of `tls_server_config`. */
async function serve(...lines: readonly string[]): Promise<GuardedServer> {
  const directory = await forThisTest(webConfigDirectory(files));
  const block = ['cert_file: server.crt', 'key_file: server.key', ...lines];
  const text = ['tls_server_config:', ...block.map((line) => `  ${line}`)].join('\n');
  return forThisTest(
    serveGuarded(await directory.config(`${text}\nhttp_server_config: {http2: false}\n`)),
  );
}

describe('client_auth_type', () => {
  const VERIFY = ['client_auth_type: RequireAndVerifyClientCert', 'client_ca_file: client-ca.crt'];
  const SANS = [...VERIFY, 'client_allowed_sans: [one, "192.0.2.9"]'];
  const cases: readonly (readonly [
    title: string,
    lines: readonly string[],
    letIn: Readonly<Record<'nobody' | 'trusted' | 'named' | 'stranger', boolean>>,
  ])[] = [
    ['is absent', [], { nobody: true, trusted: true, named: true, stranger: true }],
    [
      'NoClientCert',
      ['client_auth_type: NoClientCert'],
      { nobody: true, trusted: true, named: true, stranger: true },
    ],
    [
      'RequestClientCert',
      ['client_auth_type: RequestClientCert', 'client_ca_file: client-ca.crt'],
      { nobody: true, trusted: true, named: true, stranger: true },
    ],
    [
      'RequireAnyClientCert',
      ['client_auth_type: RequireAnyClientCert'],
      { nobody: false, trusted: true, named: true, stranger: true },
    ],
    [
      'VerifyClientCertIfGiven',
      ['client_auth_type: VerifyClientCertIfGiven', 'client_ca_file: client-ca.crt'],
      { nobody: true, trusted: true, named: true, stranger: false },
    ],
    [
      'VerifyClientCertIfGiven without an authority of its own',
      ['client_auth_type: VerifyClientCertIfGiven'],
      { nobody: true, trusted: false, named: false, stranger: false },
    ],
    [
      'RequireAndVerifyClientCert',
      VERIFY,
      { nobody: false, trusted: true, named: true, stranger: false },
    ],
    [
      'RequireAndVerifyClientCert with client_allowed_sans',
      SANS,
      { nobody: false, trusted: false, named: true, stranger: false },
    ],
    [
      'VerifyClientCertIfGiven with client_allowed_sans',
      SANS.map((line) => line.replace('RequireAndVerifyClientCert', 'VerifyClientCertIfGiven')),
      { nobody: false, trusted: false, named: true, stranger: false },
    ],
    [
      'RequireAndVerifyClientCert with a list of no names',
      [...VERIFY, 'client_allowed_sans: []'],
      { nobody: false, trusted: false, named: false, stranger: false },
    ],
  ];

  test.each(cases)('%s', async (_title, lines, letIn) => {
    const { port } = await serve(...lines);
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3']) {
      const secure = { maxVersion };
      const seen = {
        nobody: await verdictOf({ port, secure }),
        trusted: await verdictOf({ port, secure, identity: clients.trusted }),
        named: await verdictOf({ port, secure, identity: clients.named }),
        stranger: await verdictOf({ port, secure, identity: clients.stranger }),
      };
      const expected = Object.entries(letIn).map(([who, isIn]) => [who, isIn ? 200 : 'refused']);
      expect(seen, maxVersion).toEqual(Object.fromEntries(expected));
    }
  });

  test('is also held against a client that comes back with a session of before', async () => {
    const { port } = await serve(...SANS);
    const options = { port, host: '127.0.0.1', rejectUnauthorized: false, ...clients.trusted };
    let session: Buffer | undefined;
    for (let round = 0; round < 3; round++) {
      const socket = connectTls({ ...options, maxVersion: 'TLSv1.2', session });
      const closed = new Promise<void>((resolve) => {
        socket.on('error', () => {}).on('close', () => resolve());
      });
      socket.on('session', (given: Buffer) => {
        session = given;
      });
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      let heard = '';
      socket.on('data', (bytes: Buffer) => {
        heard += bytes;
      });
      await closed;
      expect(heard).toBe('');
    }
  });
});

describe('client_allowed_sans', () => {
  const cases: readonly (readonly [names: string, allowed: string, isIn: boolean])[] = [
    ['DNS:a.example.com', 'a.example.com', true],
    ['DNS:a.example.com', 'A.example.com', false],
    ['DNS:a.example.com', 'example.com', false],
    ['DNS:*.example.com', 'a.example.com', false],
    ['DNS:a.example.com', '*.example.com', false],
    ['DNS:a.example.com', 'a.example.com.', false],
    ['email:ops@example.com', 'ops@example.com', true],
    ['URI:spiffe://example.com/prometheus', 'spiffe://example.com/prometheus', true],
    ['URI:spiffe://example.com/prometheus', 'spiffe://example.com/', false],
    ['IP:192.0.2.1', '192.0.2.1', true],
    ['IP:192.0.2.1', '192.0.2.10', false],
    ['IP:2001:DB8:0:0::1', '2001:db8::1', true],
    // What Node.js would list as two names, or as another: CVE-2021-44532.
    [String.raw`DNS:a.example.com\, DNS:b.example.com`, 'b.example.com', false],
    [String.raw`URI:http://x/\, DNS:b.example.com`, 'b.example.com', false],
    ['URI:DNS:b.example.com', 'b.example.com', false],
    ['DNS:"b.example.com"', 'b.example.com', false],
    // It names what the certificate is for, and no alternative name.
    ['DNS:other', 'x', false],
  ];

  test.each(cases)('a certificate for %s, with %s allowed: %j', async (names, allowed, isIn) => {
    const { port } = await serve(
      'client_auth_type: RequireAndVerifyClientCert',
      'client_ca_file: client-ca.crt',
      `client_allowed_sans: [${JSON.stringify(allowed)}]`,
    );
    // openssl takes a comma for the end of a name where it stands in the line itself.
    const [, kind = '', value = ''] = /^(?<kind>\w+):(?<value>.*)$/.exec(names) ?? [];
    const list = `@names\n[names]\n${kind}.1 = ${value.replaceAll('"', '\\"')}`;
    const identity = authority().issue({ subject: '/CN=x', names: list, key: clients.named.key });
    expect(await verdictOf({ port, identity })).toBe(isIn ? 200 : 'refused');
  });
});

describe('versions, ciphers and curves', () => {
  // What a client of Go or a browser might insist on.
  const only = (version: string) => ({ minVersion: version, maxVersion: version });
  const OLD = { ciphers: 'DEFAULT:@SECLEVEL=0' };

  test.each([
    ['', ['refused', 'refused', 'TLSv1.2', 'TLSv1.3']],
    ['min_version: TLS13', ['refused', 'refused', 'refused', 'TLSv1.3']],
    ['max_version: TLS12', ['refused', 'refused', 'TLSv1.2', 'refused']],
    ['min_version: TLS10', ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']],
    ['min_version: TLS11', ['refused', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']],
  ])('%j: which versions are spoken', async (line, expected) => {
    const { port } = await serve(...(line === '' ? [] : [line]));
    const seen = [];
    for (const version of ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']) {
      const secure = { ...only(version), ...(version < 'TLSv1.2' && OLD) };
      seen.push(
        await ask({ port, secure }).then(
          ({ protocol }) => protocol,
          () => 'refused',
        ),
      );
    }
    expect(seen).toEqual(expected);
  });

  const LISTED = 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256';
  const OFFERED = 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384';

  test.each([
    ['', 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'],
    ['prefer_server_cipher_suites: false', 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
  ])('the order of cipher_suites counts, unless it is not to: %j', async (line, chosen) => {
    const { port } = await serve(`cipher_suites: [${LISTED}]`, ...(line === '' ? [] : [line]));
    const { cipher } = await ask({ port, secure: { ...only('TLSv1.2'), ciphers: OFFERED } });
    expect(cipher).toBe(chosen);
  });

  test('no other cipher is spoken than those listed, up to TLS 1.2', async () => {
    const { port } = await serve('cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]');
    const with128 = { ...only('TLSv1.2'), ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' };
    expect(await verdictOf({ port, secure: with128 })).toBe('refused');
    expect(await verdictOf({ port, secure: only('TLSv1.2') })).toBe(200);
    expect(await verdictOf({ port, secure: only('TLSv1.3') })).toBe(200);
  });

  test('every listed cipher can be spoken', async () => {
    const { port } = await serve(
      'min_version: TLS10',
      'cipher_suites: [TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA]',
    );
    const chacha = { ...only('TLSv1.2'), ciphers: 'ECDHE-ECDSA-CHACHA20-POLY1305' };
    expect(await verdictOf({ port, secure: chacha })).toBe(200);
    const cbc = { ...only('TLSv1.1'), ciphers: 'ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0' };
    expect(await verdictOf({ port, secure: cbc })).toBe(200);
  });

  // Up to TLS 1.2 a client's curves are also those that it can check the certificate with.
  test('curve_preferences are the only ones', async () => {
    const { port } = await serve('curve_preferences: [CurveP256, CurveP521]');
    const verdicts = [];
    for (const ecdhCurve of ['P-256', 'P-521', 'P-384', 'X25519']) {
      verdicts.push(await verdictOf({ port, secure: { ...only('TLSv1.3'), ecdhCurve } }));
    }
    expect(verdicts).toEqual([200, 200, 'refused', 'refused']);
  });
});
