import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { encode } from 'dns-packet';
import { describe, expect, onTestFinished, test } from 'vitest';
import { dns } from '../../../src/probers/dns.ts';
import {
  answerOver,
  answerTo,
  type DnsHandler,
  framed,
  recursive,
  SERVFAIL,
  tcpDnsServer,
  udpDnsServer,
} from '../../support/dns-server.ts';
import { eventually } from '../../support/eventually.ts';
import { authorityOfThisFile } from '../../support/file-authority.ts';
import { freePort } from '../../support/loopback.ts';
import { openSockets } from '../../support/open-sockets.ts';
import { probe } from '../../support/probe.ts';
import { tcpServer, tlsServer } from '../../support/servers.ts';

const QUERY = { query_name: 'example.com', query_type: 'A' };
const TCP = { ...QUERY, transport_protocol: 'tcp' };
const SOON = { timeoutSeconds: 0.3 };
/** What is made of a reset that comes together with the last data: by Node.js 22 an end, as docs/limits.md says. */
const RESET_AFTER_DATA = process.versions.node.startsWith('22.')
  ? (['protocol', 'in the middle of its answer'] as const)
  : (['reset', 'reset the connection'] as const);
const openUdpSockets = () =>
  process.getActiveResourcesInfo().filter((name) => name === 'UDPWrap').length;

describe('a UDP peer', () => {
  const ask = async (handler: DnsHandler, limits = {}) => {
    const server = await udpDnsServer(handler);
    return probe(dns, `127.0.0.1:${server.port}`, QUERY, limits);
  };

  test('trap 1: that says nothing ends the probe at T', async () => {
    const before = openUdpSockets();
    const outcome = await ask(() => [], SOON);
    expect(outcome.failure).toEqual({
      reason: 'timeout',
      message: 'no result within 300ms (last step: found the address)',
    });
    expect(outcome.value('probe_dns_query_succeeded')).toBe(0);
    expect(outcome.value('probe_dns_answer_rrs')).toBeUndefined();
    expect(outcome.value('probe_dns_duration_seconds', { phase: 'connect' })).toBeDefined();
    expect(outcome.value('probe_dns_duration_seconds', { phase: 'request' })).toBeUndefined();
    // Its server is still there.
    await eventually(() => expect(openUdpSockets()).toBeLessThanOrEqual(before + 1));
  });

  test.each([
    ['answer', recursive, undefined],
    ['say nothing', () => [], 'timeout'],
    ['talk nonsense', (_query: unknown, bytes: Buffer) => bytes.subarray(0, 5), 'protocol'],
  ] as const)(
    'trap 5: leaves no socket open of many whose peers %s',
    async (_what, handler, reason) => {
      const server = await udpDnsServer(handler);
      const before = openUdpSockets();
      const probes = Array.from({ length: 50 }, () =>
        probe(dns, `127.0.0.1:${server.port}`, QUERY, {
          timeoutSeconds: reason === 'timeout' ? 0.3 : 5,
        }),
      );
      const reasons = (await Promise.all(probes)).map(({ failure }) => failure?.reason);
      expect(new Set(reasons)).toEqual(new Set([reason]));
      await eventually(() => expect(openUdpSockets()).toBeLessThanOrEqual(before));
    },
  );

  test('trap 33: that answers with another id is not heard', async () => {
    const other: DnsHandler = (query) => [
      answerTo(query, { id: ((query.id ?? 0) + 1) % 65_536, flags: SERVFAIL }),
      recursive(query, Buffer.alloc(0)) as never,
    ];
    const outcome = await ask(other);
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_dns_answer_rrs')).toBe(2);
    expect(outcome.log.map(({ message }) => message).join()).toContain('was ignored');
  });

  test.each([
    ['name', { name: 'example.org', type: 'A', class: 'IN' }],
    ['type', { name: 'example.com', type: 'AAAA', class: 'IN' }],
    ['class', { name: 'example.com', type: 'A', class: 'CH' }],
  ] as const)(
    'trap 33: that answers a question for another %s is not heard',
    async (_what, question) => {
      const handler: DnsHandler = (query) =>
        answerTo(query, { questions: [question], flags: SERVFAIL });
      expect((await ask(handler, SOON)).failure?.reason).toBe('timeout');
      const both: DnsHandler = (query, bytes) =>
        [handler(query, bytes), recursive(query, bytes)] as never;
      expect((await ask(both)).failure).toBeUndefined();
    },
  );

  test('that echoes the query has not answered it', async () => {
    const outcome = await ask((_query, bytes) => bytes, SOON);
    expect(outcome.failure?.reason).toBe('timeout');
  });

  test('may write the question in other letters, or leave it out', async () => {
    const upper: DnsHandler = (query) =>
      answerTo(query, { questions: [{ name: 'EXAMPLE.Com', type: 'A', class: 'IN' }] });
    expect((await ask(upper)).failure).toBeUndefined();
    const bare: DnsHandler = (_query, bytes) =>
      Buffer.concat([bytes.subarray(0, 2), Buffer.from('80050000000000000000', 'hex')]);
    expect((await ask(bare)).failure?.message).toBe('the answer is REFUSED, expected NOERROR');
  });

  test('trap 33: that answers from another port is not heard', async () => {
    const [listening, other] = [createSocket('udp4'), createSocket('udp4')];
    onTestFinished(() => {
      listening.close();
      other.close();
    });
    listening.on('message', (bytes, from) => {
      const answer = Buffer.from(bytes);
      answer.writeUInt16BE(0x8000, 2);
      const forged = Buffer.from(answer);
      forged.writeUInt16BE(0x8002, 2);
      other.send(forged, from.port, from.address, () =>
        setTimeout(() => listening.send(answer, from.port, from.address), 50),
      );
    });
    listening.bind(0, '127.0.0.1');
    await once(listening, 'listening');
    const { port } = listening.address() as AddressInfo;
    const outcome = await probe(dns, `127.0.0.1:${port}`, QUERY);
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_dns_rcode_info', { rcode: 'NOERROR' })).toBe(1);
  });

  test('that is not there refuses', async () => {
    const target = `127.0.0.1:${await freePort()}`;
    const outcome = await probe(dns, target, QUERY);
    expect(outcome.failure).toEqual({
      reason: 'refused',
      message: `connection refused by ${target}`,
    });
  });

  test('trap 36: of a zone this host does not have is unreachable', async () => {
    const outcome = await probe(dns, '[fe80::1%nowhere]:53', QUERY, SOON);
    expect(outcome.failure).toEqual({
      reason: 'unreachable',
      message: 'no route to [fe80::1%nowhere]:53',
    });
  });

  test('of a network this host has no way to is unreachable', async () => {
    const outcome = await probe(dns, '127.0.0.1', { ...QUERY, source_ip_address: '192.0.2.1' });
    expect(outcome.failure?.reason).toBe('unreachable');
    expect(outcome.failure?.message).toContain('192.0.2.1');
  });

  test('is asked from the source address', async () => {
    const socket = createSocket('udp4');
    onTestFinished(() => void socket.close());
    const askers: string[] = [];
    socket.on('message', (bytes, from) => {
      askers.push(from.address);
      bytes.writeUInt16BE(0x8000, 2);
      socket.send(bytes, from.port, from.address);
    });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const options = { ...QUERY, source_ip_address: '127.0.0.5' };
    const outcome = await probe(dns, `127.0.0.1:${socket.address().port}`, options);
    expect(outcome.failure).toBeUndefined();
    expect(askers).toEqual(['127.0.0.5']);
  });

  test.each([
    ['a header cut short', 5, 'is shorter than a header'],
    ['a question cut short', 20, 'ends in the middle'],
  ])('that sends %s breaks the protocol', async (_what, length, what) => {
    const outcome = await ask((query) => encode(answerTo(query)).subarray(0, length));
    expect(outcome.failure?.reason).toBe('protocol');
    expect(outcome.failure?.message).toMatch(new RegExp(`^the answer of 127.0.0.1:\\d+ ${what}$`));
    expect(outcome.value('probe_dns_query_succeeded')).toBe(0);
  });

  test('that sends nothing at all in a datagram is waited for', async () => {
    const handler: DnsHandler = (query, bytes) =>
      [Buffer.alloc(0), Buffer.from('x'), recursive(query, bytes)] as never;
    expect((await ask(handler)).failure).toBeUndefined();
  });
});

describe('a TCP peer', () => {
  const meet = async (talk: (socket: Socket) => void, limits = {}) => {
    const server = await tcpServer(talk);
    const outcome = await probe(dns, `127.0.0.1:${server.port}`, TCP, limits);
    await server.emptied();
    return outcome;
  };
  /** Answers with what this makes of the right answer, length and all. */
  const answering =
    (write: (socket: Socket, answer: Buffer) => void) =>
    (socket: Socket): void => {
      socket.once('data', (query: Buffer) => {
        const answer = Buffer.from(query.subarray(2));
        answer.writeUInt16BE(0x8000, 2);
        write(socket, framed(answer));
      });
    };

  test.each([
    ['accepts and is silent', () => {}],
    [
      'says how long its answer is, and no more',
      answering((socket, answer) => socket.write(answer.subarray(0, 2))),
    ],
    [
      'says half of how long its answer is',
      answering((socket, answer) => socket.write(answer.subarray(0, 1))),
    ],
    [
      'says a byte now and then',
      answering(async (socket, answer) => {
        for (const byte of answer) {
          socket.write(Buffer.from([byte]));
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      }),
    ],
  ])('trap 1: that %s ends the probe at T', async (_what, talk) => {
    const outcome = await meet(talk, SOON);
    expect(outcome.failure?.reason).toBe('timeout');
    expect(outcome.value('probe_dns_query_succeeded')).toBe(0);
  });

  test('may send its answer in pieces, and more after it', async () => {
    const outcome = await meet(
      answering(async (socket, answer) => {
        for (const piece of [answer.subarray(0, 1), answer.subarray(1, 7), answer.subarray(7)]) {
          socket.write(piece);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        socket.write('and more');
      }),
    );
    expect(outcome.failure).toBeUndefined();
  });

  test('may send its answer and more in one piece', async () => {
    const outcome = await meet(
      answering((socket, answer) => socket.write(Buffer.concat([answer, Buffer.from('more')]))),
    );
    expect(outcome.failure).toBeUndefined();
  });

  test.each([
    ['closes at once', (socket: Socket) => void socket.end(), 'protocol', 'without an answer'],
    [
      'closes in the middle',
      answering((socket, answer) => socket.end(answer.subarray(0, 9))),
      'protocol',
      'in the middle of its answer',
    ],
    [
      'resets in the middle',
      answering((socket, answer) =>
        socket.write(answer.subarray(0, 9), () => socket.resetAndDestroy()),
      ),
      ...RESET_AFTER_DATA,
    ],
    [
      'sends an answer of no length',
      answering((socket) => socket.write(Buffer.alloc(2))),
      'protocol',
      'sent what does not answer the query',
    ],
    [
      'answers another question',
      answering((socket, answer) => {
        answer.writeUInt16BE(answer.readUInt16BE(2) ^ 1, 2);
        socket.write(answer);
      }),
      'protocol',
      'sent what does not answer the query',
    ],
    [
      'sends half a message as a whole one',
      answering((socket, answer) => socket.write(framed(answer.subarray(2, 20)))),
      'protocol',
      'ends in the middle',
    ],
  ])('that %s fails the probe', async (_what, talk, reason, message) => {
    const outcome = await meet(talk);
    expect(outcome.failure?.reason).toBe(reason);
    expect(outcome.failure?.message).toContain(message);
  });

  test('that is not there refuses', async () => {
    const outcome = await probe(dns, '127.0.0.1:1', TCP);
    expect(outcome.failure?.reason).toBe('refused');
  });

  test('is asked from the source address', async () => {
    const server = await tcpDnsServer(recursive);
    const options = { ...TCP, source_ip_address: '127.0.0.5' };
    expect((await probe(dns, `127.0.0.1:${server.port}`, options)).failure).toBeUndefined();
    expect(server.sockets[0]?.remoteAddress).toBe('127.0.0.5');
  });

  test('trap 5: leaves no socket open of many', async () => {
    const server = await tcpServer();
    const before = openSockets();
    const probes = Array.from({ length: 20 }, () =>
      probe(dns, `127.0.0.1:${server.port}`, TCP, SOON),
    );
    await Promise.all(probes);
    await eventually(() => expect(openSockets()).toBeLessThanOrEqual(before));
  });
});

describe('over TLS', () => {
  const authority = authorityOfThisFile();
  const good = () => authority().issue({ names: 'DNS:localhost,IP:127.0.0.1' });
  const DOT = { ...TCP, dns_over_tls: true };
  const trusting = () => ({ ...DOT, tls_config: { ca_file: authority().certFile } });

  test('an answer is healthy, and the certificate exported', async () => {
    const server = await tlsServer(good(), (socket) => answerOver(socket, recursive));
    const outcome = await probe(dns, `localhost:${server.port}`, trusting());
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_dns_answer_rrs')).toBe(2);
    expect(outcome.value('probe_ssl_earliest_cert_expiry')).toBeGreaterThan(Date.now() / 1000);
    expect(outcome.value('probe_tls_version_info', { version: 'TLS 1.3' })).toBe(1);
    await server.emptied();
  });

  test('the server is verified by its address, or by the name that is set', async () => {
    const identity = authority().issue({ names: 'DNS:dns.example' });
    const server = await tlsServer(identity, (socket) => answerOver(socket, recursive));
    const target = `127.0.0.1:${server.port}`;
    const outcome = await probe(dns, target, trusting());
    expect(outcome.failure?.reason).toBe('certificate');
    expect(outcome.failure?.message).toContain('"127.0.0.1"');
    const tls_config = { ca_file: authority().certFile, server_name: 'dns.example' };
    expect((await probe(dns, target, { ...DOT, tls_config })).failure).toBeUndefined();
  });

  test('no query is sent to a server that is not trusted', async () => {
    const queries: Buffer[] = [];
    const server = await tlsServer(good(), (socket) => answerOver(socket, recursive, queries));
    const outcome = await probe(dns, `127.0.0.1:${server.port}`, DOT);
    expect(outcome.failure?.reason).toBe('certificate');
    expect(outcome.value('probe_dns_query_succeeded')).toBe(0);
    await server.emptied();
    expect(queries).toEqual([]);
  });

  test('a server without TLS fails with tls', async () => {
    const server = await tcpServer((socket) => void socket.write('hello'));
    const outcome = await probe(dns, `127.0.0.1:${server.port}`, DOT);
    expect(outcome.failure?.reason).toBe('tls');
  });

  test.each([
    ['never shakes hands', () => tcpServer()],
    ['shakes hands and is silent', () => tlsServer(good(), (socket) => void socket.resume())],
  ])('trap 1: a server that %s ends the probe at T', async (_what, start) => {
    const server = await start();
    const outcome = await probe(dns, `127.0.0.1:${server.port}`, trusting(), {
      timeoutSeconds: 0.5,
    });
    expect(outcome.failure?.reason).toBe('timeout');
    await server.emptied();
  });

  test('port 853 is the one where none is given', async () => {
    const outcome = await probe(dns, '127.0.0.1', DOT);
    expect(outcome.failure?.message).toBe('connection refused by 127.0.0.1:853');
    const plain = await probe(dns, '127.0.0.99', TCP);
    expect(plain.failure?.message).toBe('connection refused by 127.0.0.99:53');
  });
});
