import { describe, expect, test } from 'vitest';
import { tcp } from '../../../src/probers/tcp.ts';
import { ircServer } from '../../support/irc-server.ts';
import { probe } from '../../support/probe.ts';
import { tcpServer } from '../../support/servers.ts';
import { saying } from '../../support/talking.ts';

describe('a dialogue', () => {
  test('trap 31: finds a banner and puts its groups into labels and into what is sent', async () => {
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

  test('trap 30: waits for the rest of a banner that comes in pieces', async () => {
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

  test('trap 31: takes the line end off, and only that', async () => {
    const server = await tcpServer(saying('one\r\ntwo \r\r\nthree\n'));
    const outcome = await probe(tcp, `127.0.0.1:${server.port}`, {
      query_response: [{ expect: '^one$' }, { expect: '^two \\r$' }, { expect: '^three$' }],
    });
    expect(outcome.failure).toBeUndefined();
  });

  test('trap 31: makes of what a peer said labels that Prometheus takes', async () => {
    const said = Buffer.concat([Buffer.from('a\0b\u001b[31m\tc'), Buffer.of(0xff, 0xc3)]);
    const server = await tcpServer(saying(Buffer.concat([said, Buffer.from('\n')])));
    const labels = [{ name: 'text', value: '$0' }];
    const outcome = await probe(tcp, `127.0.0.1:${server.port}`, {
      query_response: [{ expect: '(?s)^.*$', labels }],
    });
    const text = outcome.samples.find(({ name }) => name === 'probe_expect_info')?.labels.text;
    expect(text).toBe('a b [31m c\ufffd\ufffd');

    const long = await tcpServer(saying(`${'x'.repeat(1000)}\n`));
    const cut = await probe(tcp, `127.0.0.1:${long.port}`, {
      query_response: [{ expect: '^x*$', labels }],
    });
    expect(cut.value('probe_expect_info', { text: 'x'.repeat(256) })).toBe(1);
  });

  test('fills templates with words around the groups', async () => {
    const server = await tcpServer(saying('SSH-2.0-OpenSSH_6.9p1 Debian-2\n'));
    const outcome = await probe(tcp, `127.0.0.1:${server.port}`, {
      query_response: [
        {
          expect: '^SSH-2.0-([^ -]+)(?: (.*))?$',
          labels: [
            { name: 'label1', value: 'got ${1} here' },
            { name: 'label2', value: '${1} on ${2}' },
            { name: 'label3', value: '$1x${9}$$' },
          ],
        },
      ],
    });
    expect(
      outcome.value('probe_expect_info', {
        label1: 'got OpenSSH_6.9p1 here',
        label2: 'OpenSSH_6.9p1 on Debian-2',
        label3: '$',
      }),
    ).toBe(1);
  });

  test('trap 31: tries the last line of a peer that closed without a line feed', async () => {
    const server = await tcpServer((socket) => socket.end('bye'));
    const outcome = await probe(tcp, `127.0.0.1:${server.port}`, {
      query_response: [{ expect: '^bye$' }],
    });
    expect(outcome.failure).toBeUndefined();
  });

  test('trap 31: fails with body where other things were said, and by its expression', async () => {
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

  test('trap 31: fails with protocol where nothing was said', async () => {
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

  test('trap 31: ends at T with a silent peer, which is no failed expression, and frees the socket', async () => {
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

  test('trap 1: ends at T with a peer that talks without end', async () => {
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

  test('trap 31: refuses a line longer than 64 KiB', async () => {
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

  test('trap 30: compares exact bytes, also split and also those that came with a line', async () => {
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

  test('sends nothing for an empty text, and leaves references where nothing was expected', async () => {
    const received: Buffer[] = [];
    const server = await tcpServer((socket) =>
      socket.on('data', (chunk: Buffer) => received.push(chunk)),
    );
    await probe(tcp, `127.0.0.1:${server.port}`, {
      query_response: [{ send: '' }, { send: 'end $1' }],
    });
    await server.emptied();
    expect(Buffer.concat(received).toString()).toBe('end $1\n');
  });

  test('trap 31: matches bytes that are no text', async () => {
    const server = await tcpServer(saying(Buffer.of(0, 255, 65, 10)));
    const outcome = await probe(tcp, `127.0.0.1:${server.port}`, {
      query_response: [{ expect: '^\\x00.A$' }],
    });
    expect(outcome.failure).toBeUndefined();
  });
});

describe('an IRC server', () => {
  const dialogue = [
    { send: 'NICK prober' },
    { send: 'USER prober prober prober :prober' },
    { expect: 'PING :([^ ]+)', send: 'PONG ${1}' },
    { expect: '^:[^ ]+ 001' },
  ];

  test('lets in who answers its question', async () => {
    const server = await tcpServer(
      ircServer((nick) => `:irc.example 001 ${nick} :Welcome to IRC!\r\n`),
    );
    const outcome = await probe(tcp, `127.0.0.1:${server.port}`, { query_response: dialogue });
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_failed_due_to_regex')).toBe(0);
  });

  test('keeps out who is on its list', async () => {
    const server = await tcpServer(
      ircServer(() => 'ERROR: Your IP address has been blacklisted.\r\n'),
    );
    const outcome = await probe(tcp, `127.0.0.1:${server.port}`, { query_response: dialogue });
    expect(outcome.failure?.reason).toBe('body');
    expect(outcome.failure?.message).not.toContain('blacklisted');
    expect(outcome.value('probe_failed_due_to_regex')).toBe(1);
  });
});
