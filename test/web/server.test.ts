import { describe, expect, test } from 'vitest';
import { listen, parseListenAddress } from '../../src/web/server.ts';

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
    );
    const asked = fetch(`http://127.0.0.1:${address.port}/`);
    while (String(answer) === '() => {}') await new Promise((resolve) => setTimeout(resolve, 5));
    const stopped = stop(10_000);
    answer();
    await expect((await asked).text()).resolves.toBe('done');
    await stopped;
  });

  test('closes what is left after the grace', async () => {
    const { address, stop } = await listen(() => {}, { host: '127.0.0.1', port: 0 });
    const asked = fetch(`http://127.0.0.1:${address.port}/`).catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await stop(10);
    expect(await asked).toBeInstanceOf(Error);
  });
});
