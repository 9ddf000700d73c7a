import { describe, expect, test } from 'vitest';
import { takeSystemdSockets } from '../../src/web/systemd-sockets.ts';

describe('the sockets that systemd passes', () => {
  test('are taken, and no child is told of them', () => {
    const environment = {
      PATH: '/bin',
      LISTEN_PID: '42',
      LISTEN_PIDFDID: '7',
      LISTEN_FDS: '3',
      LISTEN_FDNAMES: 'a:b:c',
    };
    expect(takeSystemdSockets(environment, 42)).toEqual([3, 4, 5]);
    expect(environment).toEqual({ PATH: '/bin' });
  });

  test.each([
    [{}, /^no sockets were passed, LISTEN_PID and LISTEN_FDS are not both set/],
    [{ LISTEN_FDS: '1' }, /^no sockets were passed/],
    [{ LISTEN_PID: '42' }, /^no sockets were passed/],
    [
      { LISTEN_PID: '4', LISTEN_FDS: '1' },
      /^the sockets were passed to process "4" .*, this is 42;/,
    ],
    [{ LISTEN_PID: '42 ', LISTEN_FDS: '1' }, /^the sockets were passed to process "42 "/],
    [{ LISTEN_PID: '42', LISTEN_FDS: '0' }, /^expected at least 1 socket, LISTEN_FDS is "0"$/],
    [{ LISTEN_PID: '42', LISTEN_FDS: '-1' }, /LISTEN_FDS is "-1"$/],
    [{ LISTEN_PID: '42', LISTEN_FDS: '1e9' }, /LISTEN_FDS is "1e9"$/],
    [{ LISTEN_PID: '42', LISTEN_FDS: '100000000' }, /LISTEN_FDS is "100000000"$/],
  ])('are missed where the environment says %j', (said, sentence) => {
    const environment: NodeJS.ProcessEnv = { ...said };
    expect(takeSystemdSockets(environment, 42)).toMatch(sentence);
    expect(environment).toEqual({});
  });
});
