import { describe, expect, test } from 'vitest';
import { type PingRequest, parsePing, pingFailure } from '../../../src/probers/icmp/ping-output.ts';
import { permitted } from '../../support/permitted.ts';

// In the words of iputils, most of them captured from version 20221126; of busybox where it says so.
const request = (ip: string): PingRequest => ({
  address: permitted(ip),
  sourceIp: '',
  payloadBytes: 28,
  dontFragment: false,
  ttl: 64,
  timeoutSeconds: 5,
});

const statistics = (received: string) =>
  `\n--- 10.9.1.2 ping statistics ---\n1 packets transmitted, ${received}, time 0ms\n`;

function parse(ip: string, line: string) {
  const head = `PING ${ip} (${ip}) 56(84) bytes of data.\n`;
  return parsePing(`${head}${line}\n${statistics('1 received')}`, request(ip).address);
}

describe('an answer', () => {
  test.each([
    ['10.9.1.2', '64 bytes from 10.9.1.2: icmp_seq=1 ttl=63 time=0.728 ms', 63, 0.000728],
    ['10.9.1.2', '64 bytes from 10.9.1.2: icmp_seq=1 ttl=255 time=1234 ms', 255, 1.234],
    ['10.9.1.2', '12 bytes from 10.9.1.2: icmp_seq=1 ttl=64', 64, undefined],
    ['fd09::2', '36 bytes from fd09::2: icmp_seq=1 ttl=64 time=0.042 ms', 64, 0.000042],
    ['FD09:0::2', '36 bytes from fd09::2: icmp_seq=1 ttl=64 time=0.042 ms', 64, 0.000042],
    ['fe80::2%near', '64 bytes from fe80::2%near: icmp_seq=1 ttl=64 time=0.053 ms', 64, 0.000053],
    // busybox
    ['127.0.0.1', '64 bytes from 127.0.0.1: seq=0 ttl=64 time=0.063 ms', 64, 0.000063],
    ['::1', '64 bytes from ::1: seq=0 ttl=64 time=0.085 ms', 64, 0.000085],
  ])('trap 6: of %s is read from "%s"', (ip, line, hopLimit, rttSeconds) => {
    expect(parse(ip, line)).toEqual({ hopLimit, rttSeconds });
  });

  test.each([
    ['10.9.1.2', '64 bytes from 10.9.1.20: icmp_seq=1 ttl=63 time=0.728 ms'],
    ['0.0.0.0', '64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.277 ms'],
    ['10.9.1.2', '64 bytes from 10.9.1.2: icmp_seq=1 ttl=63 time=0.728 ms (BAD CHECKSUM!)'],
    ['10.9.1.2', '20 bytes from 10.9.1.2: icmp_seq=1 ttl=63 (truncated)'],
    ['10.9.1.2', '64 bytes from 10.9.1.2: icmp_seq=1 ttl=63 time=0.728 ms (DIFFERENT ADDRESS!)'],
    [
      '10.9.1.2',
      '64 bytes from 10.9.1.2: icmp_seq=1 ttl=63 time=1.00 ms\nwrong data byte #16 should be 0x10 but was 0x0',
    ],
    ['10.9.1.2', 'From 10.9.0.2 icmp_seq=1 Time to live exceeded'],
    ['10.9.1.2', ''],
  ])('of %s is not "%s"', (ip, line) => {
    expect(parse(ip, line)).toBeUndefined();
  });

  test('that is no proper one is a failure of the protocol', () => {
    const output = { stdout: statistics('1 received'), stderr: '', code: 0 };
    expect(pingFailure(output, request('10.9.1.2'))).toMatchObject({
      reason: 'protocol',
      message: 'no proper answer came from 10.9.1.2',
    });
  });
});

describe('what somebody on the way reports', () => {
  test.each([
    ['From 10.9.0.2 icmp_seq=1 Destination Host Unreachable', 'the host is unreachable'],
    ['From 10.9.0.2 icmp_seq=1 Destination Net Unreachable', 'there is no route'],
    ['From 10.9.0.2 icmp_seq=1 Destination Port Unreachable', 'it is unreachable'],
    ['From 10.9.0.2 icmp_seq=1 Packet filtered', 'the packet was refused by a filter'],
    ['From 10.9.0.2 icmp_seq=1 Destination Host Prohibited', 'the packet was refused by a filter'],
    [
      'From 10.9.0.2 icmp_seq=1 Time to live exceeded',
      'the packet had made as many hops as its ttl allows',
    ],
    [
      'From 10.9.0.2 icmp_seq=1 Frag needed and DF set (mtu = 1280)',
      'the packet is too big to pass',
    ],
    ['From 10.9.0.2 icmp_seq=1 Source Quench', 'the packet did not pass'],
    [
      'From fe80::1%near icmp_seq=1 Destination unreachable: Address unreachable',
      'the host is unreachable',
    ],
    ['From fd09::2 icmp_seq=1 Destination unreachable: No route', 'there is no route'],
    [
      'From fd09::2 icmp_seq=1 Destination unreachable: Administratively prohibited',
      'the packet was refused by a filter',
    ],
    ['From fd09::2 icmp_seq=1 Packet too big: mtu=1280', 'the packet is too big to pass'],
  ])('in "%s" is that %s', (line, meaning) => {
    const output = { stdout: `${line}\n${statistics('+1 errors')}`, stderr: '', code: 1 };
    const [, from = ''] = /^From ([^ %]+)/.exec(line) ?? [];
    expect(pingFailure(output, request('10.9.1.2'))).toMatchObject({
      reason: 'unreachable',
      message: `no way to 10.9.1.2: ${meaning}, says ${from}`,
    });
  });

  test('about a better way is no failure', () => {
    const stdout =
      'From 10.9.0.2: icmp_seq=1 Redirect Host(New nexthop: 10.9.0.3)\n' +
      '64 bytes from 10.9.1.2: icmp_seq=1 ttl=63 time=0.728 ms\n';
    expect(parsePing(stdout, request('10.9.1.2').address)?.hopLimit).toBe(63);
  });
});

describe('what ping says of this host', () => {
  test.each([
    ['ping: connect: Network is unreachable', 2, 'unreachable', 'no route to 10.9.1.2'],
    ['ping: sendmsg: No route to host', 1, 'unreachable', 'no route to 10.9.1.2'],
    ['ping: sendto: Network unreachable', 1, 'unreachable', 'no route to 10.9.1.2'],
    [
      'ping: bind: Cannot assign requested address',
      2,
      'unreachable',
      'no local address to reach 10.9.1.2 from',
    ],
    [
      'ping: local error: message too long, mtu=1500',
      1,
      'unreachable',
      'a packet of 28 bytes is too big for the way to 10.9.1.2',
    ],
    [
      'ping: socket: Address family not supported by protocol',
      2,
      'unreachable',
      'this host does not speak IPv4',
    ],
    [
      'ping: sendmsg: Operation not permitted',
      1,
      'permission',
      'a firewall on this host forbids pings to 10.9.1.2',
    ],
    [
      "ping: invalid option -- 'M'",
      2,
      'unsupported',
      'the ping of this host does not know the options needed',
    ],
    ['', 1, 'timeout', '10.9.1.2 did not answer'],
    ['ping: the moon is full\nmore', 2, 'internal', 'ping failed with 2: ping: the moon is full'],
    ['', 2, 'internal', 'ping failed with 2: it does not say why'],
  ])('in "%s", ending with %i, is %s: %s', (stderr, code, reason, message) => {
    const failure = pingFailure({ stdout: '', stderr, code }, request('10.9.1.2'));
    expect(failure).toMatchObject({ reason, message });
  });

  test.each([
    'ping: socket: Operation not permitted',
    'ping: socktype: SOCK_RAW\nping: socket: Operation not permitted\nping: => missing cap_net_raw+p capability or setuid?',
    'ping: icmp open socket: Operation not permitted',
    'ping: permission denied (are you root?)',
  ])('in "%s" is that it lacks rights', (stderr) => {
    const failure = pingFailure({ stdout: '', stderr, code: 2 }, request('10.9.1.2'));
    expect(failure).toMatchObject({ reason: 'permission' });
    expect(failure.message).toContain('cap_net_raw');
  });

  test('in "No buffer space available" is no fault of the target', () => {
    const stderr = 'ping: sendmsg: No buffer space available';
    expect(pingFailure({ stdout: '', stderr, code: 1 }, request('10.9.1.2'))).toMatchObject({
      code: 'ENOBUFS',
    });
  });
});
