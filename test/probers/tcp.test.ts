import { networkInterfaces } from 'node:os';
import { describe, expect, test } from 'vitest';
import { tcp } from '../../src/probers/tcp.ts';
import { daysFromNow } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { authorityOfThisFile } from '../support/file-authority.ts';
import { openSockets } from '../support/open-sockets.ts';
import { probe } from '../support/probe.ts';
import { canHaveHosts, probeElsewhere, probeWithHosts } from '../support/probe-elsewhere.ts';
import { realPart } from '../support/real-part.ts';
import { tcpServer, tlsServer } from '../support/servers.ts';
import { saying } from '../support/talking.ts';

const authority = authorityOfThisFile();
const trusted = () => ({ ca_file: authority().certFile });
const good = () => authority().issue({ names: 'DNS:localhost,IP:127.0.0.1' });

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

  test.each([
    ['accept', {}, undefined],
    ['say nothing', { query_response: [{ expect: 'x' }] }, 'timeout'],
    ['never shake hands', { tls: true }, 'timeout'],
  ])(
    'trap 5: leaves no socket open of many probes whose peers %s',
    async (_what, options, reason) => {
      const server = await tcpServer();
      const before = openSockets();
      const probes = Array.from({ length: 20 }, () =>
        probe(tcp, `127.0.0.1:${server.port}`, options, { timeoutSeconds: reason ? 0.3 : 5 }),
      );
      const reasons = (await Promise.all(probes)).map(({ failure }) => failure?.reason);
      expect(new Set(reasons)).toEqual(new Set([reason]));
      await eventually(() => expect(openSockets()).toBeLessThanOrEqual(before));
    },
  );

  test('that refuses is refused', async () => {
    const outcome = await probe(tcp, '127.0.0.1:1');
    expect(outcome.failure).toEqual({
      reason: 'refused',
      message: 'connection refused by 127.0.0.1:1',
    });
    expect(outcome.value('probe_failed_due_to_regex')).toBeUndefined();
  });

  test('trap 36: of an IPv4 address in IPv6 form is reached over IPv4', async () => {
    const server = await tcpServer();
    const outcome = await probe(tcp, `[::ffff:127.0.0.1]:${server.port}`, {
      preferred_ip_protocol: 'ip6',
    });
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_ip_protocol')).toBe(4);
    expect(outcome.value('probe_ip_addr_hash')).toBe(3668918509);
  });

  const linkLocal = linkLocalAddress();
  test.skipIf(!linkLocal)('trap 36: of a link-local address is reached in its zone', async () => {
    const server = await tcpServer(undefined, linkLocal);
    const outcome = await probe(tcp, `[${linkLocal}]:${server.port}`);
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_ip_protocol')).toBe(6);
  });

  test('trap 36: can be reached over IPv6', async () => {
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

  test('is not reached from an address of the other IP version', async () => {
    const outcome = await probe(tcp, '127.0.0.1:22', { source_ip_address: '::1' });
    expect(outcome.failure).toEqual({
      reason: 'unreachable',
      message: '127.0.0.1 is an IPv4 address, it cannot be reached from the source_ip_address ::1',
    });
  });

  test('of the other IP version does without fallback not count', async () => {
    const outcome = await probe(tcp, '127.0.0.1:22', {
      preferred_ip_protocol: 'ip6',
      ip_protocol_fallback: false,
    });
    expect(outcome.failure?.reason).toBe('dns');
  });
});

describe.skipIf(!canHaveHosts)('a name', () => {
  const HOSTS = '127.0.0.1 both.test\n::1 both.test\n127.0.0.1 four.test\n::1 six.test\n';

  test('trap 9: leads to its address of the preferred IP version, or to the other', async () => {
    const server = await tcpServer(undefined, '::');
    const reach = (options: Record<string, unknown>) =>
      withHosts(HOSTS, options, [
        `both.test:${server.port}`,
        `four.test:${server.port}`,
        `six.test:${server.port}`,
      ]);
    const [ip4, ip6, only4, only6] = await Promise.all([
      reach({ preferred_ip_protocol: 'ip4' }),
      reach({ preferred_ip_protocol: 'ip6' }),
      reach({ preferred_ip_protocol: 'ip4', ip_protocol_fallback: false }),
      reach({ preferred_ip_protocol: 'ip6', ip_protocol_fallback: false }),
    ]);
    expect(ip4).toEqual([4, 4, 6]);
    expect(ip6).toEqual([6, 4, 6]);
    expect(only4).toEqual([4, 4, 'dns']);
    expect(only6).toEqual([6, 'dns', 6]);
  });
});

describe.skipIf(!canHaveHosts)('a host', () => {
  test('trap 8: of several addresses is tried at one, once', async () => {
    const server = await tcpServer(undefined, '127.0.0.2');
    const hosts = '127.0.0.1 two.test\n127.0.0.2 two.test\n';
    expect(await withHosts(hosts, {}, [`two.test:${server.port}`])).toEqual(['refused']);
    expect(server.sockets).toEqual([]);
  });
});

const hasOwnNetworks = realPart('network', ['unshare', 'ip'], { root: true });

test.skipIf(!hasOwnNetworks)(
  'trap 36: where IPv6 is disabled its addresses are unreachable, those of IPv4 are not',
  async () => {
    const command = `ip link set lo up && echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6 && exec "$@"`;
    const unshared = ['--net', 'sh', '-c', command, 'sh'];
    const targets = ['[::1]:1', '127.0.0.1:1'];
    const outcomes = await probeElsewhere(unshared, { prober: 'tcp', targets });
    expect(outcomes.map(({ failure }) => failure?.reason)).toEqual(['unreachable', 'refused']);
  },
);

/** Probes where `/etc/hosts` is this. Resolves to the IP versions used, or the reasons. */
async function withHosts(
  hosts: string,
  options: Record<string, unknown>,
  targets: readonly string[],
): Promise<unknown[]> {
  const outcomes = await probeWithHosts(hosts, { prober: 'tcp', options, targets });
  return outcomes.map(
    ({ failure, samples }) =>
      failure?.reason ?? samples.find(({ name }) => name === 'probe_ip_protocol')?.value,
  );
}

/** One of this host with its zone, where it has any. */
function linkLocalAddress(): string | undefined {
  const all = Object.entries(networkInterfaces()).flatMap(([zone, addresses = []]) =>
    addresses.map(({ address }) => `${address}%${zone}`),
  );
  return all.find((address) => address.startsWith('fe80:'));
}

describe('a target', () => {
  test.each(['localhost:22', '127.0.0.1:65535', '[::1]:1', 'bücher.example:80'])(
    '%s is one',
    (target) => expect(tcp.target?.problem(target)).toBeUndefined(),
  );

  test.each([
    ['localhost', 'has no port'],
    ['::1:22', 'has no port'],
    ['http://x:80', 'is not host:port (an IPv6 address goes in brackets)'],
    ['localhost:0', 'has a bad port, expected 1 to 65535'],
    ['localhost:65536', 'has a bad port, expected 1 to 65535'],
    ['[localhost]:22', 'has no IPv6 address in brackets'],
  ])('trap 36: %s is none: it %s', (target, problem) => {
    expect(tcp.target?.problem(target)).toBe(problem);
  });
});

describe('TLS', () => {
  test('is spoken and its certificate exported', async () => {
    const validTo = daysFromNow(10);
    const identity = authority().issue({
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

  test('trap 32: to an address needs a certificate for the address', async () => {
    const named = await tlsServer(authority().issue({ names: 'DNS:localhost' }));
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

  test('trap 1: with a peer that never answers the handshake ends at T', async () => {
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

  const labelled = (...names: string[]) => ({
    query_response: [{ expect: 'a', labels: names.map((name) => ({ name, value: '$0' })) }],
  });

  test.each(['__name__', '__x'])('keeps the label %s for Prometheus', (name) => {
    const { error } = tcp.options.safeParse(labelled('fine', name));
    expect(error?.issues).toMatchObject([
      {
        path: ['query_response', 0, 'labels', 1, 'name'],
        message: 'names beginning with "__" are reserved for Prometheus',
      },
    ]);
  });

  test('takes the labels of every check, as blackbox_exporter does', () => {
    const { error } = tcp.options.safeParse(labelled('job', 'instance', 'check', 'target'));
    expect(error).toBeUndefined();
  });

  test('refuses a label twice in a step, but not in two steps', () => {
    const { error } = tcp.options.safeParse(labelled('a', 'b', 'a'));
    expect(error?.issues).toMatchObject([
      {
        path: ['query_response', 0, 'labels', 2, 'name'],
        message: 'an earlier label of this step has this name',
      },
    ]);
    const [step] = labelled('a').query_response;
    expect(tcp.options.safeParse({ query_response: [step, step] }).error).toBeUndefined();
  });
});
