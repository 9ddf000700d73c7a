import { connect } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { listen, parseListenAddress } from '../../src/web/server.ts';
import { serverParts } from '../support/web-application.ts';

describe('an address to listen on', () => {
  test.each([
    [':10195', { host: undefined, port: 10195 }],
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['localhost:80', { host: 'localhost', port: 80 }],
    ['[::1]:9115', { host: '::1', port: 9115 }],
  ])('%s is read', (text, address) => {
    expect(parseListenAddress(text)).toEqual(address);
  });

  test.each(['10195', '::1:9115', ':65536', ':-1', ':', 'host:', 'a b:1', ':1x', ''])(
    '%s is refused',
    (text) => {
      expect(parseListenAddress(text)).toBeUndefined();
    },
  );
});

describe('stopping a server', () => {
  test('lets a request in flight end and closes its connection after it', async () => {
    let answer = () => {};
    const { address, stop } = await listen(
      (_request, response) => {
        answer = () => response.end('done');
      },
      { host: '127.0.0.1', port: 0 },
      serverParts(),
    );
    const asked = fetch(`http://127.0.0.1:${address.port}/`);
    while (String(answer) === '() => {}') await new Promise((resolve) => setTimeout(resolve, 5));
    const stopped = stop(10_000);
    answer();
    await expect((await asked).text()).resolves.toBe('done');
    await stopped;
  });

  test('answers what comes on a kept connection while it drains, and then closes it', async () => {
    const asked: string[] = [];
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const { address, stop } = await listen(
      ({ url = '' }, response) => {
        asked.push(url);
        if (url === '/slow') void released.then(() => response.end('slow'));
        else response.end('at once');
      },
      { host: '127.0.0.1', port: 0 },
      serverParts(),
    );
    const socket = connect(address.port, '127.0.0.1');
    let heard = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      heard += text;
    });
    socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
    await vi.waitFor(() => expect(asked).toEqual(['/slow']));
    const stopped = stop(10_000);
    socket.write('GET /late HTTP/1.1\r\nHost: x\r\n\r\n');
    await vi.waitFor(() => expect(asked).toEqual(['/slow', '/late']));
    release();
    await stopped;
    await vi.waitFor(() => expect(heard).toMatch(/slow[\s\S]*Connection: close[\s\S]*at once/));
  });

  test('closes what is left after the grace', async () => {
    const { address, stop } = await listen(() => {}, { host: '127.0.0.1', port: 0 }, serverParts());
    const asked = fetch(`http://127.0.0.1:${address.port}/`).catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await stop(10);
    expect(await asked).toBeInstanceOf(Error);
  });
});
