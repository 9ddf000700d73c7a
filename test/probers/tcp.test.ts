import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tcp } from '../../src/probers/tcp.ts';
import { type Authority, createAuthority, daysFromNow } from '../support/certificates.ts';
import { probe } from '../support/probe.ts';
import { tcpServer, tlsServer } from '../support/servers.ts';

let authority: Authority;
beforeAll(() => {
  authority = createAuthority();
});
afterAll(() => authority.remove());

const trusted = () => ({ ca_file: authority.certFile });
const good = () => authority.issue({ names: 'DNS:localhost,IP:127.0.0.1' });

/** A peer that says one thing and waits. */
function saying(...parts: (string | Buffer)[]): (socket: Socket) => void {
  return async (socket) => {
    for (const part of parts) {
      socket.write(part);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
}

describe('a port', () => {
  test('that accepts is healthy, and is left at once', async () => {
    const server = await tcpServer();
    const outcome = await probe(tcp, `127.0.0.1:${server.port}`);
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_ip_protocol')).toBe(4);
    expect(outcome.value('probe_ip_addr_hash')).toBe(3668918509);
    expect(outcome.value('probe_dns_lookup_time_seconds')).toBeGreaterThanOrEqual(0);
    expect(outcome.value('probe_failed_due_to_regex')).toBe(0);
    expect(outcome.value('probe_failed_due_to_bytes')).toBe(0);
    expect(outcome.value('probe_ssl_earliest_cert_expiry')).toBeUndefined();
    await server.emptied();
  });

  test('that refuses is refused', async () => {
    const outcome = await probe(tcp, '127.0.0.1:1');
    expect(outcome.failure).toEqual({
      reason: 'refused',
      message: 'connection refused by 127.0.0.1:1',
    });
    expect(outcome.value('probe_failed_due_to_regex')).toBeUndefined();
  });

  test('can be reached over IPv6', async () => {
    const server = await tcpServer(undefined, '::1');
    const outcome = await probe(tcp, `[::1]:${server.port}`);
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_ip_protocol')).toBe(6);
  });

  test('of an unknown host fails with dns', async () => {
    const outcome = await probe(tcp, 'no-such-host.invalid:22');
    expect(outcome.failure?.reason).toBe('dns');
    expect(outcome.failure?.message).toContain('no-such-host.invalid');
  });

  test('is reached from the source address', async () => {
    const server = await tcpServer();
    await probe(tcp, `127.0.0.1:${server.port}`, { source_ip_address: '127.0.0.5' });
    expect(server.sockets[0]?.remoteAddress).toBe('127.0.0.5');
  });

  test('is not reached from an address this host does not have', async () => {
    const server = await tcpServer();
    const outcome = await probe(tcp, `127.0.0.1:${server.port}`, {
      source_ip_address: '192.0.2.1',
    });
    expect(outcome.failure?.reason).toBe('unreachable');
    expect(outcome.failure?.message).toContain('192.0.2.1');
  });

  test('of the other IP version does without fallback not count', async () => {
    const outcome = await probe(tcp, '127.0.0.1:22', {
      preferred_ip_protocol: 'ip6',
      ip_protocol_fallback: false,
    });
    expect(outcome.failure?.reason).toBe('dns');
  });
});

describe('a target', () => {
  test.each(['localhost:22', '127.0.0.1:65535', '[::1]:1', 'bücher.example:80'])(
    '%s is one',
    (target) => expect(tcp.target?.problem(target)).toBeUndefined(),
  );

  test.each([
    ['localhost', 'is not host:port (an IPv6 address goes in brackets)'],
    ['::1:22', 'is not host:port (an IPv6 address goes in brackets)'],
    ['http://x:80', 'is not host:port (an IPv6 address goes in brackets)'],
    ['localhost:0', 'has a bad port, expected 1 to 65535'],
    ['localhost:65536', 'has a bad port, expected 1 to 65535'],
    ['[localhost]:22', 'has no IPv6 address in brackets'],
  ])('%s is none: it %s', (target, problem) => {
    expect(tcp.target?.problem(target)).toBe(problem);
  });
});

describe('a dialogue', () => {
  test('finds a banner and puts its groups into labels', async () => {
    const received: string[] = [];
    const server = await tcpServer((socket) => {
      socket.write('SSH-2.0-OpenSSH_9.2 Debian\r\n');
      socket.on('data', (chunk) => received.push(String(chunk)));
    });
    const outcome = await probe(tcp, `127.0.0.1:${server.port}`, {
      query_response: [
        {
          expect: '^SSH-2.0-(?P<version>[^ ]+)( (.*))?$',
          send: 'I saw ${version}, $3 and $$1 of $nobody',
          labels: [
            { name: 'ssh_version', value: '${1}' },
            { name: 'both', value: '${version} on $3' },
          ],
        },
      ],
    });
    await server.emptied();
    expect(outcome.failure).toBeUndefined();
    expect(received.join('')).toBe('I saw OpenSSH_9.2, Debian and $1 of \n');
    expect(
      outcome.value('probe_expect_info', {
        ssh_version: 'OpenSSH_9.2',
        both: 'OpenSSH_9.2 on Debian',
      }),
    ).toBe(1);
  });

  test('skips lines until one matches', async () => {
    const server = await tcpServer(saying('one\ntwo\n', 'three\nfour\n'));
    const outcome = await probe(tcp, `127.0.0.1:${server.port}`, {
      query_response: [{ expect: '^three$' }, { expect: '^four$' }],
    });
    expect(outcome.failure).toBeUndefined();
  });

  test('waits for the rest of a banner that comes in pieces', async () => {
    const server = await tcpServer(saying('SSH-2', '.0-Open', 'SSH\r', '\n'));
    const outcome = await probe(tcp, `127.0.0.1:${server.port}`, {
      query_response: [{ expect: '^SSH-2.0-(.*)$', labels: [{ name: 'v', value: '$1' }] }],
    });
    expect(outcome.value('probe_expect_info', { v: 'OpenSSH' })).toBe(1);
  });

  test('takes a prompt that ends in no line feed', async () => {
    const server = await tcpServer(saying('welcome\nlogin: '));
    const outcome = await probe(tcp, `127.0.0.1:${server.port}`, {
      query_response: [{ expect: 'login: $' }],
    });
    expect(outcome.failure).toBeUndefined();
  });

  test('tries the last line of a peer that closed without a line feed', async () => {
    const server = await tcpServer((socket) => socket.end('bye'));
    const outcome = await probe(tcp, `127.0.0.1:${server.port}`, {
      query_response: [{ expect: '^bye$' }],
    });
    expect(outcome.failure).toBeUndefined();
  });

  test('fails with body where other things were said', async () => {
    const server = await tcpServer((socket) => socket.end('ERROR :secret reason\r\n'));
    const outcome = await probe(tcp, `127.0.0.1:${server.port}`, {
      query_response: [{ expect: '^hello' }],
    });
    expect(outcome.failure).toEqual({
      reason: 'body',
      message: `nothing 127.0.0.1:${server.port} sent matches "^hello"`,
    });
    expect(outcome.value('probe_failed_due_to_regex')).toBe(1);
  });

  test('fails with protocol where nothing was said', async () => {
    const server = await tcpServer((socket) => socket.end());
    const outcome = await probe(tcp, `127.0.0.1:${server.port}`, {
      query_response: [{ expect: '^hello' }],
    });
    expect(outcome.failure?.reason).toBe('protocol');
    expect(outcome.value('probe_failed_due_to_regex')).toBe(1);
  });

  test('fails with reset where the peer reset the connection', async () => {
    const server = await tcpServer((socket) => {
      socket.once('data', () => socket.resetAndDestroy());
    });
    const outcome = await probe(tcp, `127.0.0.1:${server.port}`, {
      query_response: [{ send: 'hello' }, { expect: '^hello' }],
    });
    expect(outcome.failure?.reason).toBe('reset');
  });

  test('ends at T with a silent peer and frees the socket', async () => {
    const server = await tcpServer();
    const outcome = await probe(
      tcp,
      `127.0.0.1:${server.port}`,
      { query_response: [{ expect: 'x' }] },
      { timeoutSeconds: 0.2 },
    );
    expect(outcome.failure?.reason).toBe('timeout');
    expect(outcome.value('probe_failed_due_to_regex')).toBe(0);
    await server.emptied();
  });

  test('ends at T with a peer that talks without end', async () => {
    const server = await tcpServer((socket) => {
      const timer = setInterval(() => socket.write('x\n'), 5);
      socket.on('close', () => clearInterval(timer));
    });
    const outcome = await probe(
      tcp,
      `127.0.0.1:${server.port}`,
      { query_response: [{ expect: 'never' }] },
      { timeoutSeconds: 0.3 },
    );
    expect(outcome.failure?.reason).toBe('timeout');
    await server.emptied();
  });

  test('refuses a line longer than 64 KiB', async () => {
    const server = await tcpServer((socket) => socket.write('x'.repeat(200_000)));
    const outcome = await probe(tcp, `127.0.0.1:${server.port}`, {
      query_response: [{ expect: '^y' }],
    });
    expect(outcome.failure?.reason).toBe('protocol');
    expect(outcome.failure?.message).toContain('64 KiB');
  });

  test('reads many lines of which each is short', async () => {
    const server = await tcpServer((socket) => socket.write(`${'line\n'.repeat(50_000)}end\n`));
    const outcome = await probe(tcp, `127.0.0.1:${server.port}`, {
      query_response: [{ expect: '^end$' }],
    });
    expect(outcome.failure).toBeUndefined();
  });

  test('compares exact bytes, also split and also those that came with a line', async () => {
    const server = await tcpServer(saying('OK\nab', 'cd', 'S'));
    const outcome = await probe(tcp, `127.0.0.1:${server.port}`, {
      query_response: [{ expect: '^OK' }, { expect_bytes: 'abcd' }, { expect_bytes: 'S' }],
    });
    expect(outcome.failure).toBeUndefined();
  });

  test('fails with body on other bytes, without waiting for more', async () => {
    const server = await tcpServer(saying('N'));
    const outcome = await probe(tcp, `127.0.0.1:${server.port}`, {
      query_response: [{ expect_bytes: 'Sxyz' }],
    });
    expect(outcome.failure?.reason).toBe('body');
    expect(outcome.value('probe_failed_due_to_bytes')).toBe(1);
  });

  test('fails with protocol where the peer closed before all bytes came', async () => {
    const server = await tcpServer((socket) => socket.end('S'));
    const outcome = await probe(tcp, `127.0.0.1:${server.port}`, {
      query_response: [{ expect_bytes: 'SS' }],
    });
    expect(outcome.failure?.reason).toBe('protocol');
    expect(outcome.value('probe_failed_due_to_bytes')).toBe(1);
  });

  test('sends bytes as they are, text with a line feed', async () => {
    const received: Buffer[] = [];
    const server = await tcpServer((socket) =>
      socket.on('data', (chunk: Buffer) => received.push(chunk)),
    );
    await probe(tcp, `127.0.0.1:${server.port}`, {
      query_response: [
        { send_bytes: Uint8Array.of(0, 255, 128) },
        { send: 'é$1' },
        { send: Uint8Array.of(254) },
      ],
    });
    await server.emptied();
    expect(Buffer.concat(received)).toEqual(
      Buffer.concat([
        Buffer.of(0, 255, 128),
        Buffer.from('é$1\n'),
        Buffer.of(254),
        Buffer.from('\n'),
      ]),
    );
  });

  test('matches bytes that are no text', async () => {
    const server = await tcpServer(saying(Buffer.of(0, 255, 65, 10)));
    const outcome = await probe(tcp, `127.0.0.1:${server.port}`, {
      query_response: [{ expect: '^\\x00.A$' }],
    });
    expect(outcome.failure).toBeUndefined();
  });
});

describe('TLS', () => {
  test('is spoken and its certificate exported', async () => {
    const validTo = daysFromNow(10);
    const identity = authority.issue({
      subject: '/C=US/O=Example, Org/CN=localhost',
      names: 'DNS:localhost,DNS:other.example',
      validTo,
    });
    const server = await tlsServer({ ...identity, maxVersion: 'TLSv1.2' });
    const outcome = await probe(tcp, `localhost:${server.port}`, {
      tls: true,
      tls_config: trusted(),
    });
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_ssl_earliest_cert_expiry')).toBe(validTo.getTime() / 1000);
    expect(outcome.value('probe_tls_version_info', { version: 'TLS 1.2' })).toBe(1);
    expect(
      outcome.value('probe_ssl_last_chain_info', {
        subject: 'CN=localhost,O=Example\\, Org,C=US',
        issuer: 'CN=Test Root',
        subjectalternative: 'localhost,other.example',
      }),
    ).toBe(1);
  });

  test('to an address needs a certificate for the address', async () => {
    const named = await tlsServer(authority.issue({ names: 'DNS:localhost' }));
    const target = `127.0.0.1:${named.port}`;
    const outcome = await probe(tcp, target, { tls: true, tls_config: trusted() });
    expect(outcome.failure?.reason).toBe('certificate');
    expect(outcome.failure?.message).toContain('"127.0.0.1"');
    const override = { ...trusted(), server_name: 'localhost' };
    const overridden = await probe(tcp, target, { tls: true, tls_config: override });
    expect(overridden.failure).toBeUndefined();
    const both = await tlsServer(good());
    const right = await probe(tcp, `127.0.0.1:${both.port}`, { tls: true, tls_config: trusted() });
    expect(right.failure).toBeUndefined();
  });

  test('to a port that speaks no TLS fails with tls', async () => {
    const server = await tcpServer(saying('SSH-2.0-OpenSSH_9.2\r\n'));
    const outcome = await probe(tcp, `127.0.0.1:${server.port}`, { tls: true });
    expect(outcome.failure?.reason).toBe('tls');
    expect(outcome.failure?.message).toContain('not TLS');
  });

  test('with a peer that never answers the handshake ends at T', async () => {
    const server = await tcpServer();
    const options = { timeoutSeconds: 0.2 };
    const outcome = await probe(tcp, `127.0.0.1:${server.port}`, { tls: true }, options);
    expect(outcome.failure?.reason).toBe('timeout');
    await server.emptied();
  });

  test('carries a dialogue', async () => {
    const server = await tlsServer(good(), (socket) => socket.write('+OK ready\r\n'));
    const outcome = await probe(tcp, `localhost:${server.port}`, {
      tls: true,
      tls_config: trusted(),
      query_response: [{ expect: '^\\+OK' }],
    });
    expect(outcome.failure).toBeUndefined();
    await server.emptied();
  });
});

describe('STARTTLS', () => {
  const dialogue = [
    { expect: '^220 ' },
    { send: 'EHLO prober\r' },
    { expect: '^250 ' },
    { send: 'STARTTLS\r' },
    { expect: '^220' },
    { starttls: true },
    { send: 'EHLO prober\r' },
    { expect: '^250 secret' },
    { send: 'QUIT\r' },
  ];

  function smtp(reply: string): (socket: Socket) => void {
    const identity = good();
    return (socket) => {
      socket.write('220 mail ready\r\n');
      socket.on('data', (chunk) => {
        if (String(chunk).startsWith('EHLO')) socket.write('250-A\r\n250 B\r\n');
        if (!String(chunk).startsWith('STARTTLS')) return;
        socket.removeAllListeners('data');
        socket.write(reply);
        const secure = new TLSSocket(socket, { isServer: true, ...identity });
        secure.on('error', () => {});
        secure.on('end', () => socket.destroy());
        secure.on('close', () => socket.destroy());
        secure.on('data', () => secure.write('250 secret\r\n'));
      });
    };
  }

  test('goes on with TLS in the middle of a dialogue', async () => {
    const server = await tcpServer(smtp('220 go\r\n'));
    const outcome = await probe(tcp, `localhost:${server.port}`, {
      query_response: dialogue,
      tls_config: trusted(),
    });
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_ssl_earliest_cert_expiry')).toBeGreaterThan(0);
    await server.emptied();
  });

  test('refuses what was slipped in before TLS began', async () => {
    const server = await tcpServer(smtp('220 go\r\n250 secret\r\n'));
    const outcome = await probe(tcp, `localhost:${server.port}`, {
      query_response: dialogue,
      tls_config: trusted(),
    });
    expect(outcome.failure).toEqual({
      reason: 'protocol',
      message: `localhost:${server.port} sent more before TLS began`,
    });
    await server.emptied();
  });
});

describe('the configuration', () => {
  test.each([
    [{ query_response: [{ expect: '(' }] }, '"(" is no regular expression in RE2 syntax'],
    [
      { query_response: [{ expect: 'a', expect_bytes: 'a' }] },
      'at most one of expect and expect_bytes',
    ],
    [{ query_response: [{ send: 'a', send_bytes: 'a' }] }, 'at most one of send and send_bytes'],
    [{ query_response: [{ labels: [{ name: 'a', value: 'b' }] }] }, 'labels need an expect'],
    [{ source_ip_address: 'localhost' }, 'expected an IP address'],
    [{ preferred_ip_protocol: 'ip5' }, 'expected one of "ip4"|"ip6"'],
    [{ unknown: 1 }, 'Unrecognized key'],
  ])('%j is refused', (input, message) => {
    const result = tcp.options.safeParse(input);
    expect(result.error?.issues[0]?.message).toContain(message);
  });
});
