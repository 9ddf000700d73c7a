import { describe, expect, test } from 'vitest';
import { websocket } from '../../src/probers/websocket.ts';
import { eventually } from '../support/eventually.ts';
import { openSockets } from '../support/open-sockets.ts';
import { probe } from '../support/probe.ts';
import { type Conversation, urlOf, websocketServer } from '../support/websocket-server.ts';

/** Greets, wants an answer, and passes judgement. */
const dialogue: Conversation = (socket) => {
  socket.send('incoming_test');
  socket.on('message', (data, isBinary) =>
    socket.send(`${data}` === 'outgoing_test' && !isBinary ? 'passed' : 'failed'),
  );
};

describe('a WebSocket', () => {
  test('that opens is healthy, and is closed in order at once', async () => {
    const server = await websocketServer();
    const outcome = await probe(websocket, urlOf(server, '/chat?room=1#here'));
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_websocket_status_code')).toBe(101);
    expect(outcome.value('probe_websocket_connection_upgraded')).toBe(1);
    expect(outcome.value('probe_websocket_failed_due_to_regex')).toBe(0);
    expect(outcome.value('probe_ip_protocol')).toBe(4);
    expect(outcome.value('probe_ip_addr_hash')).toBe(3668918509);
    expect(server.requests[0]?.url).toBe('/chat?room=1');
    expect(server.requests[0]?.headers.host).toBe(`127.0.0.1:${server.port}`);
    await eventually(() => expect(server.closeCodes).toEqual([1000]));
    await eventually(() => expect(server.open()).toBe(0));
  });

  test('has its phases timed, of which transfer is only there with a dialogue', async () => {
    const server = await websocketServer(dialogue);
    const phasesOf = async (options: object) => {
      const outcome = await probe(websocket, urlOf(server), { ...options });
      const phases = outcome.samples.filter(
        ({ name }) => name === 'probe_websocket_duration_seconds',
      );
      const sum = phases.reduce((total, { value }) => total + value, 0);
      expect(sum).toBeGreaterThan(0);
      expect(sum).toBeLessThanOrEqual(outcome.durationSeconds);
      return phases.map(({ labels }) => labels.phase);
    };
    expect(await phasesOf({})).toEqual(['resolve', 'connect', 'processing']);
    expect(await phasesOf({ query_response: [{ expect: 'incoming' }] })).toEqual([
      'resolve',
      'connect',
      'processing',
      'transfer',
    ]);
  });

  test('is not compressed', async () => {
    const server = await websocketServer();
    await probe(websocket, urlOf(server));
    expect(server.requests[0]?.headers['sec-websocket-extensions']).toBeUndefined();
  });

  test('is reached by its name and over the IP version preferred', async () => {
    const server = await websocketServer(dialogue);
    const outcome = await probe(websocket, `ws://localhost:${server.port}`, {
      preferred_ip_protocol: 'ip4',
      query_response: [{ expect: 'incoming_(.+)', send: 'outgoing_${1}' }, { expect: '^passed' }],
    });
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_ip_protocol')).toBe(4);
    expect(server.requests[0]?.headers.host).toBe(`localhost:${server.port}`);
  });

  test('that nobody listens for is refused', async () => {
    const outcome = await probe(websocket, 'ws://127.0.0.1:1');
    expect(outcome.failure?.reason).toBe('refused');
    expect(outcome.value('probe_websocket_status_code')).toBeUndefined();
    const connect = { phase: 'connect' };
    expect(outcome.value('probe_websocket_duration_seconds', connect)).toBeUndefined();
  });

  test('of an unknown name fails with dns', async () => {
    const outcome = await probe(websocket, 'ws://no-such-host.invalid');
    expect(outcome.failure?.reason).toBe('dns');
  });

  test('trap 5: leaves no socket open of many probes that hang', async () => {
    const server = await websocketServer();
    const before = openSockets();
    const options = { query_response: [{ expect: 'never' }] };
    const probes = Array.from({ length: 20 }, () =>
      probe(websocket, urlOf(server), options, { timeoutSeconds: 0.5 }),
    );
    const reasons = (await Promise.all(probes)).map(({ failure }) => failure?.reason);
    expect(new Set(reasons)).toEqual(new Set(['timeout']));
    await eventually(() => expect(openSockets()).toBeLessThanOrEqual(before));
  });
});

describe('a dialogue', () => {
  test('goes on message by message', async () => {
    const server = await websocketServer(dialogue);
    const outcome = await probe(websocket, urlOf(server), {
      query_response: [{ expect: 'incoming_(.+)', send: 'outgoing_${1}' }, { expect: '^passed$' }],
    });
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_websocket_failed_due_to_regex')).toBe(0);
  });

  test('fails where a message does not match', async () => {
    const server = await websocketServer(dialogue);
    const outcome = await probe(websocket, urlOf(server), {
      query_response: [
        { expect: 'incoming_(.+)', send: 'outgoing_${1}' },
        { expect: '^someotherstring' },
      ],
    });
    expect(outcome.failure).toEqual({
      reason: 'body',
      message: `the message of 127.0.0.1:${server.port} does not match "^someotherstring"`,
    });
    expect(outcome.value('probe_websocket_status_code')).toBe(101);
    expect(outcome.value('probe_websocket_connection_upgraded')).toBe(1);
    expect(outcome.value('probe_websocket_failed_due_to_regex')).toBe(1);
    expect(outcome.value('probe_websocket_duration_seconds', { phase: 'transfer' })).toBeDefined();
    await eventually(() => expect(server.open()).toBe(0));
  });

  test('takes one message for an expect, though a later one would match', async () => {
    const server = await websocketServer((socket) => {
      socket.send('first');
      socket.send('second');
    });
    const query_response = [{ expect: 'second' }];
    const outcome = await probe(websocket, urlOf(server), { query_response });
    expect(outcome.failure?.reason).toBe('body');
  });

  test('takes messages that come at once one after the other', async () => {
    const server = await websocketServer((socket) => {
      for (const text of ['a', 'b', '', 'c']) socket.send(text);
    });
    const query_response = [{ expect: 'a' }, { expect: 'b' }, { expect: '^$' }, { expect: 'c' }];
    const outcome = await probe(websocket, urlOf(server), { query_response });
    expect(outcome.failure).toBeUndefined();
  });

  test('matches messages of bytes, sends some, and adds no line feed to text', async () => {
    const heard: [string, boolean][] = [];
    const server = await websocketServer((socket) => {
      socket.on('message', (data: Buffer, isBinary) => {
        heard.push([data.toString('latin1'), isBinary]);
        socket.send(Buffer.of(0xff, 0x00, 0x41));
      });
    });
    const query_response = [
      { send: 'text' },
      { expect: '^..A$' },
      { send_bytes: Buffer.of(1, 255) },
      { expect_bytes: Buffer.of(0xff, 0, 0x41) },
      { send: '' },
    ];
    const outcome = await probe(websocket, urlOf(server), { query_response });
    expect(outcome.failure).toBeUndefined();
    expect(heard).toEqual([
      ['text', false],
      ['\x01\xff', true],
    ]);
  });

  test('fails where other bytes come', async () => {
    const server = await websocketServer((socket) => socket.send('ab'));
    const query_response = [{ expect_bytes: 'a' }];
    const outcome = await probe(websocket, urlOf(server), { query_response });
    expect(outcome.failure?.reason).toBe('body');
    expect(outcome.value('probe_websocket_failed_due_to_regex')).toBe(0);
  });

  test('makes labels of what matched', async () => {
    const server = await websocketServer(dialogue);
    const outcome = await probe(websocket, urlOf(server), {
      query_response: [{ expect: 'incoming_(.+)', labels: [{ name: 'kind', value: 'a ${1}' }] }],
    });
    expect(outcome.value('probe_expect_info', { kind: 'a test' })).toBe(1);
  });

  test('cannot start TLS, which the log tells', async () => {
    const server = await websocketServer();
    const query_response = [{ starttls: true }];
    const outcome = await probe(websocket, urlOf(server), { query_response });
    expect(outcome.failure).toBeUndefined();
    expect(outcome.log.map(({ message }) => message)).toContain(
      'starttls has no effect on a WebSocket',
    );
  });

  test('says nothing of what the peer sent', async () => {
    const server = await websocketServer((socket) => socket.send('canary'));
    const query_response = [{ expect: 'other' }];
    const outcome = await probe(websocket, urlOf(server), { query_response });
    expect(JSON.stringify([outcome.failure, outcome.log])).not.toContain('canary');
  });
});

describe('a target', () => {
  test.each([
    'ws://localhost',
    'wss://localhost:8443/path?a=b',
    'WS://[::1]:80/',
    'ws://bücher.example',
  ])('%s is one', (target) => expect(websocket.target?.problem(target)).toBeUndefined());

  test.each([
    ['', 'has no scheme, expected ws:// or wss://'],
    ['localhost:80', 'has no scheme, expected ws:// or wss://'],
    ['http://localhost', 'has the scheme http, expected ws or wss'],
    ['https://localhost', 'has the scheme https, expected ws or wss'],
    ['ws://', 'is no URL'],
    ['ws://localhost:99999', 'is no URL'],
    ['ws://localhost:0', 'has a bad port, expected 1 to 65535'],
    ['ws://a:b@localhost', 'has a user name or password, which belong into http_config.basic_auth'],
  ])('%j is none: it %s', (target, problem) => {
    expect(websocket.target?.problem(target)).toBe(problem);
  });
});
