import { chmod, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isExhaustion } from '../../src/probers/failure.ts';
import { createPing } from '../../src/probers/icmp/ping.ts';
import { icmp, icmpProber } from '../../src/probers/icmp.ts';
import { eventually } from '../support/eventually.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { hasNetworks, type Network, startNetwork } from '../support/network.ts';
import { permitted } from '../support/permitted.ts';
import { probe } from '../support/probe.ts';
import { realPart } from '../support/real-part.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const hasPing = realPart('ping', ['ping']);

/** The prober with this script as its `ping`, in a directory of its own before the system's. */
async function pingBy(script: string, { mode = 0o755 }: { mode?: number } = {}) {
  const directory = await forThisTest(temporaryDirectory());
  await chmod(directory.path, 0o755);
  const file = await directory.write('ping', `#!/bin/sh\ncd '${directory.path}'\n${script}\n`);
  await chmod(file, mode);
  const prober = icmpProber(createPing([directory.path, '/usr/bin', '/bin'].join(delimiter)));
  const recorded = async (name: string) =>
    (await readFile(join(directory.path, name), 'utf8')).trim().split('\n');
  return { prober, directory, recorded };
}

const REAL_PING = '"$(PATH=/usr/bin:/bin:/usr/sbin:/sbin command -v ping)"';

/** Goes on with the real one. */
const PING = `exec ${REAL_PING} "$@"`;

const children = () =>
  process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap').length;

describe.skipIf(!hasPing)('a ping', () => {
  test('that is answered shows what blackbox_exporter shows', async () => {
    const outcome = await probe(icmp, '127.0.0.1');
    expect(outcome.failure).toBeUndefined();
    expect(
      outcome.samples.map(({ name, labels }) => `${name} ${labels.phase ?? ''}`.trim()).sort(),
    ).toEqual([
      'probe_dns_lookup_time_seconds',
      'probe_icmp_duration_seconds resolve',
      'probe_icmp_duration_seconds rtt',
      'probe_icmp_duration_seconds setup',
      'probe_icmp_reply_hop_limit',
      'probe_ip_addr_hash',
      'probe_ip_protocol',
    ]);
    expect(outcome.value('probe_ip_protocol')).toBe(4);
    expect(outcome.value('probe_ip_addr_hash')).toBe(3668918509);
    expect(outcome.value('probe_icmp_reply_hop_limit')).toBe(64);
    const phase = (name: string) => outcome.value('probe_icmp_duration_seconds', { phase: name });
    expect(phase('rtt')).toBeGreaterThan(0);
    expect(phase('setup')).toBeGreaterThan(0);
    expect(phase('resolve')).toBeGreaterThanOrEqual(0);
    const sum = Number(phase('resolve')) + Number(phase('setup')) + Number(phase('rtt'));
    expect(sum).toBeLessThanOrEqual(outcome.durationSeconds);
  });

  test('trap 34: each has an identifier of its own, so that fifty at once are all answered', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_none, index) =>
        probe(icmp, `127.0.0.${index + 1}`, {}, { timeoutSeconds: 15 }),
      ),
    );
    expect(outcomes.map(({ failure }) => failure)).toEqual(new Array(50).fill(undefined));
    expect(new Set(outcomes.map((one) => one.value('probe_ip_addr_hash'))).size).toBe(50);
  });

  test('takes one child process', async () => {
    const { prober, recorded } = await pingBy(`echo $$ >>pids; ${PING}`);
    await Promise.all(Array.from({ length: 3 }, () => probe(prober, '127.0.0.1')));
    expect(await recorded('pids')).toHaveLength(3);
  });

  test.each(['::1', '[::1]', '0:0:0:0:0:0:0:1'])(
    'trap 36: of %s goes over IPv6',
    async (target) => {
      const outcome = await probe(icmp, target);
      expect(outcome.failure).toBeUndefined();
      expect(outcome.value('probe_ip_protocol')).toBe(6);
      expect(outcome.value('probe_ip_addr_hash')).toBe(1751717746);
    },
  );

  test.each(['::ffff:127.0.0.1', '[::FFFF:127.0.0.1]'])(
    'trap 36: of %s goes over IPv4',
    async (target) => {
      const outcome = await probe(icmp, target, { dont_fragment: true });
      expect(outcome.failure).toBeUndefined();
      expect(outcome.value('probe_ip_protocol')).toBe(4);
      expect(outcome.value('probe_ip_addr_hash')).toBe(3668918509);
    },
  );

  test('of a name goes to its address', async () => {
    const { prober, recorded } = await pingBy(`printf '%s\\n' "$@" >arguments; ${PING}`);
    const outcome = await probe(prober, 'localhost', { preferred_ip_protocol: 'ip4' });
    expect(outcome.failure).toBeUndefined();
    expect((await recorded('arguments')).slice(-2)).toEqual(['--', '127.0.0.1']);
  });

  test('of an unknown name fails with dns', async () => {
    const outcome = await probe(icmp, 'no-such-host.invalid');
    expect(outcome.failure?.reason).toBe('dns');
    expect(outcome.samples.map(({ name }) => name)).toEqual(['probe_dns_lookup_time_seconds']);
  });

  test('too short to carry the time is healthy, its round trip unknown', async () => {
    const outcome = await probe(icmp, '127.0.0.1', { payload_size: 4 });
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_icmp_reply_hop_limit')).toBe(64);
    expect(outcome.value('probe_icmp_duration_seconds', { phase: 'rtt' })).toBeUndefined();
    expect(outcome.value('probe_icmp_duration_seconds', { phase: 'setup' })).toBeUndefined();
  });

  test.each([
    ['127.0.0.1', {}, '-4 -n -c 1 -W 6 -s 28 -t 64 -- 127.0.0.1'],
    ['[::1]', {}, '-6 -n -c 1 -W 6 -s 28 -t 64 -- ::1'],
    [
      '127.0.0.2',
      { payload_size: 1000, dont_fragment: true, ttl: 7, source_ip_address: '127.0.0.9' },
      '-4 -n -c 1 -W 6 -s 1000 -t 7 -I 127.0.0.9 -M do -- 127.0.0.2',
    ],
    ['::1', { dont_fragment: true, ttl: 0 }, '-6 -n -c 1 -W 6 -s 28 -- ::1'],
  ])('of %s with %j is asked for so', async (target, options, expected) => {
    const { prober, recorded } = await pingBy(`printf '%s\\n' "$@" >arguments; ${PING}`);
    const outcome = await probe(prober, target, options);
    expect(outcome.failure).toBeUndefined();
    expect((await recorded('arguments')).join(' ')).toBe(expected);
  });

  test('trap 19: speaks English whatever the exporter speaks, and sees nothing of its environment', async () => {
    const { prober, recorded } = await pingBy(`env >environment; ${PING}`);
    await probe(prober, '127.0.0.1');
    const environment = (await recorded('environment')).map((line) => line.split('=')[0]);
    expect(await recorded('environment')).toContain('LC_ALL=C');
    const ofTheShell = /^(?:OLD)?PWD$|^SHLVL$|^_$/;
    expect(environment.filter((name) => !ofTheShell.test(name ?? '')).sort()).toEqual([
      'LC_ALL',
      'PATH',
    ]);
  });

  test('of an address from one of the other IP version is not tried', async () => {
    const outcome = await probe(icmp, '127.0.0.1', { source_ip_address: '::1' });
    expect(outcome.failure).toEqual({
      reason: 'unreachable',
      message: '127.0.0.1 is an IPv4 address, it cannot be reached from the source_ip_address ::1',
    });
  });

  test('from an address this host does not have fails', async () => {
    const outcome = await probe(icmp, '127.0.0.1', { source_ip_address: '203.0.113.9' });
    expect(outcome.failure).toEqual({
      reason: 'unreachable',
      message: 'no local address to reach 127.0.0.1 from (source 203.0.113.9)',
    });
  });

  test('larger than the address can take fails', async () => {
    const outcome = await probe(icmp, '127.0.0.1', { payload_size: 65_508 });
    expect(outcome.failure).toEqual({
      reason: 'unreachable',
      message: 'a packet of 65508 bytes is too big for the way to 127.0.0.1',
    });
    const fits = await probe(icmp, '127.0.0.1', { payload_size: 65_507 });
    expect(fits.failure).toBeUndefined();
    const fitsIpv6 = await probe(icmp, '::1', { payload_size: 65_527 });
    expect(fitsIpv6.failure).toBeUndefined();
  });

  test('into a zone that is not there fails', async () => {
    const outcome = await probe(icmp, 'fe80::1%nowhere');
    expect(outcome.failure).toEqual({
      reason: 'unreachable',
      message: 'this host knows no such network zone: fe80::1%nowhere',
    });
  });
});

describe('a ping program', () => {
  test('that is not there makes the check unsupported', async () => {
    const outcome = await probe(icmpProber(createPing('/nowhere')), '127.0.0.1');
    expect(outcome.failure).toEqual({
      reason: 'unsupported',
      message: 'there is no program "ping" on this host',
    });
  });

  test('that may not be run is a matter of permission', async () => {
    const directory = await forThisTest(temporaryDirectory());
    await directory.write('ping', '#!/bin/sh\n');
    const outcome = await probe(icmpProber(createPing(directory.path)), '127.0.0.1');
    expect(outcome.failure?.reason).toBe('permission');
  });

  test('trap 5: that never ends is killed at T', async () => {
    const { prober, recorded } = await pingBy("trap '' TERM; echo $$ >pid; exec sleep 1000");
    const outcome = await probe(prober, '127.0.0.1', {}, { timeoutSeconds: 0.3 });
    expect(outcome.failure?.reason).toBe('timeout');
    const [pid] = await recorded('pid');
    await eventually(() => expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH'));
    await eventually(() => expect(children()).toBe(0));
  });

  test('that prints without end is killed', async () => {
    const { prober } = await pingBy('exec yes');
    const outcome = await probe(prober, '127.0.0.1');
    expect(outcome.failure?.message).toBe('ping printed more than it should');
    await eventually(() => expect(children()).toBe(0));
  });

  test('is not started for whom has left already', async () => {
    const ping = createPing();
    const address = permitted('127.0.0.1');
    const rest = { sourceIp: '', payloadBytes: 28, dontFragment: false, ttl: 0, timeoutSeconds: 5 };
    const asked = ping({ address, ...rest }, AbortSignal.abort(new Error('over')));
    await expect(asked).rejects.toThrow('over');
    expect(children()).toBe(0);
  });

  test('for which there is no process left is no fault of the target', () => {
    const error = (syscall: string) => Object.assign(new Error(), { code: 'EAGAIN', syscall });
    expect(isExhaustion(error('spawn ping'))).toBe(true);
    expect(isExhaustion(error('connect'))).toBe(false);
  });
});

describe.skipIf(!hasPing || !hasNetworks)('in a network', () => {
  let network: Network;
  beforeAll(async () => {
    network = await startNetwork();
  });
  afterAll(() => network?.[Symbol.asyncDispose]());
  const pingThere = async () =>
    (await pingBy(PING.replace('exec', `exec ${network.enter}`))).prober;

  test('a host behind a router answers, one hop fewer', async () => {
    const prober = await pingThere();
    const ipv4 = await probe(prober, '10.9.1.2');
    expect(ipv4.failure).toBeUndefined();
    expect(ipv4.value('probe_icmp_reply_hop_limit')).toBe(63);
    const ipv6 = await probe(prober, 'fd09:1::2');
    expect(ipv6.failure).toBeUndefined();
    expect(ipv6.value('probe_icmp_reply_hop_limit')).toBe(63);
  });

  test('trap 36: a link-local address is reached in its zone', async () => {
    const prober = await pingThere();
    for (const target of ['fe80::2%near', '[fe80::2%near]']) {
      const outcome = await probe(prober, target);
      expect(outcome.failure).toBeUndefined();
      expect(outcome.value('probe_ip_protocol')).toBe(6);
    }
  });

  const LARGE = { payload_size: 1300, dont_fragment: true };
  test.each([
    ['10.9.1.2', { ttl: 1 }, 'the packet had made as many hops as its ttl allows, says 10.9.0.2'],
    ['fd09:1::2', { ttl: 1 }, 'the packet had made as many hops as its ttl allows, says fd09::2'],
    ['10.9.5.1', {}, 'the packet was refused by a filter, says 10.9.0.2'],
    ['fd09:5::1', {}, 'the packet was refused by a filter, says fd09::2'],
    ['10.9.6.1', {}, 'the host is unreachable, says 10.9.0.2'],
    ['fd09:6::1', {}, 'there is no route, says fd09::2'],
    ['10.9.7.1', {}, 'there is no route, says 10.9.0.2'],
    ['10.9.1.2', LARGE, 'the packet is too big to pass, says 10.9.0.2'],
  ])('%s with %j cannot be reached: %s', async (ip, options, what) => {
    const outcome = await probe(await pingThere(), ip, options);
    expect(outcome.failure).toEqual({ reason: 'unreachable', message: `no way to ${ip}: ${what}` });
    expect(outcome.value('probe_icmp_duration_seconds', { phase: 'rtt' })).toBeUndefined();
    expect(outcome.value('probe_icmp_reply_hop_limit')).toBeUndefined();
  });

  test('trap 34: a packet larger than this link, not to be split, is refused here', async () => {
    const options = { payload_size: 3000, dont_fragment: true };
    const outcome = await probe(await pingThere(), '10.9.0.2', options);
    expect(outcome.failure).toEqual({
      reason: 'unreachable',
      message: 'a packet of 3000 bytes is too big for the way to 10.9.0.2',
    });
    const split = await probe(await pingThere(), '10.9.0.2', { payload_size: 3000 });
    expect(split.failure).toBeUndefined();
  });

  test.each(['192.0.2.1', '2001:db8::1'])('trap 34: %s has no route', async (ip) => {
    const outcome = await probe(await pingThere(), ip);
    expect(outcome.failure).toEqual({ reason: 'unreachable', message: `no route to ${ip}` });
  });

  test.each(['10.9.0.255', '10.9.8.1'])('%s may not be pinged from here', async (ip) => {
    const outcome = await probe(await pingThere(), ip);
    expect(outcome.failure).toEqual({
      reason: 'permission',
      message: `${ip} is a broadcast address, or a firewall on this host forbids it`,
    });
  });

  test('trap 1: a host that is silent fails at T, not earlier', async () => {
    const prober = await pingThere();
    const before = children();
    const outcome = await probe(prober, '10.9.4.1', {}, { timeoutSeconds: 1.2 });
    expect(outcome.failure).toEqual({
      reason: 'timeout',
      message: 'no result within 1.2s (last step: pinging)',
    });
    expect(outcome.durationSeconds).toBeGreaterThanOrEqual(1.2);
    await eventually(() => expect(children()).toBe(before));
  });

  test('trap 34: a multicast address, answered by another, is not healthy', async () => {
    const outcome = await probe(await pingThere(), 'ff02::1%near');
    expect(outcome.failure).toEqual({
      reason: 'protocol',
      message: 'no proper answer came from ff02::1%near',
    });
  });

  test.skipIf(!realPart('setpriv', ['setpriv']))(
    'trap 34: a ping without rights, and outside ping_group_range, says what it needs',
    async () => {
      const nobody = 'setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all';
      // A copy does not have the capability that the system's own has.
      const copy = `cp ${REAL_PING} ./bare`;
      const { prober } = await pingBy(`${copy}; exec ${network.enter} ${nobody} ./bare "$@"`);
      const outcome = await probe(prober, '10.9.0.2');
      expect(outcome.failure?.reason).toBe('permission');
      expect(outcome.failure?.message).toContain('cap_net_raw');
      expect(outcome.failure?.message).toContain('net.ipv4.ping_group_range');
    },
  );
});

describe('a target', () => {
  test.each(['example.com', 'bücher.example', 'under_score', '192.0.2.1', '[2001:db8::1]'])(
    '%s is one',
    (target) => expect(icmp.target?.problem(target)).toBeUndefined(),
  );

  test.each([
    [
      'example.com:80',
      'is not a host name or an IP address: it has no scheme, no port and no path',
    ],
    [
      'http://example.com',
      'is not a host name or an IP address: it has no scheme, no port and no path',
    ],
    [
      '[2001:db8::1]:80',
      'is not a host name or an IP address: it has no scheme, no port and no path',
    ],
    ['[localhost]', 'has no IPv6 address in brackets'],
    ['fe80::1%$(id)', 'is not a host name or an IP address: it has no scheme, no port and no path'],
    ['a b', 'has no valid host name'],
    ['', 'has no valid host name'],
    ['300.1.1.1', 'has no valid host name'],
  ])('"%s" is none: it %s', (target, problem) => {
    expect(icmp.target?.problem(target)).toBe(problem);
  });

  test('trap 19: that looks like an option is a name nobody has', async () => {
    const outcome = await probe(icmp, '-h');
    expect(outcome.failure?.reason).toBe('dns');
  });
});

describe('the configuration', () => {
  test('has the defaults of blackbox_exporter', () => {
    expect(icmp.options.parse({})).toEqual({
      ip_protocol_fallback: true,
      source_ip_address: '',
      payload_size: 0,
      dont_fragment: false,
      ttl: 64,
    });
    expect(icmp.probeDefaults).toEqual({ preferred_ip_protocol: 'ip6' });
  });

  test.each([
    [{ ttl: -1 }, 'ttl'],
    [{ ttl: 256 }, 'ttl'],
    [{ ttl: 1.5 }, 'ttl'],
    [{ payload_size: -1 }, 'payload_size'],
    [{ payload_size: 65_528 }, 'payload_size'],
    [{ source_ip_address: 'localhost' }, 'source_ip_address'],
    [{ preferred_ip_protocol: 'ip5' }, 'preferred_ip_protocol'],
  ])('%j is refused', (input, option) => {
    expect(icmp.options.safeParse(input).error?.issues[0]?.path).toEqual([option]);
  });
});
