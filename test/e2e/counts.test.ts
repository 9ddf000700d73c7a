import { readFile } from 'node:fs/promises';
import { decode } from 'dns-packet';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { ADDRESSES_GOOD_FOR_SECONDS } from '../../src/probers/shared/address.ts';
import { answerTo, NXDOMAIN, udpDnsServer } from '../support/dns-server.ts';
import { eventually } from '../support/eventually.ts';
import { startEveryTarget } from '../support/every-target.ts';
import { startExporterProcess } from '../support/exporter-process.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { tcpLoopback } from '../support/loopback.ts';
import { hasNginx } from '../support/nginx-server.ts';
import { canHaveHosts } from '../support/probe-elsewhere.ts';
import { realPart } from '../support/real-part.ts';
import { hasSystemdUserManager } from '../support/systemd-user-manager.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const NAME_SERVER = '127.0.0.78';
const WITH_RESOLV_CONF = 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"';

describe.skipIf(!canHaveHosts)('the checks of one scrape that have the same host', () => {
  const CHECKS = 200;

  test.each([
    ['that is known', '127.0.0.1', 1],
    ['that is not', undefined, 0],
  ])('%s look it up once', async (_, ip, success) => {
    const { exporter, lookups } = await startWithResolver(CHECKS, () => ip);
    const startedAt = performance.now();
    const exposition = await exporter.scrape();
    const seconds = (performance.now() - startedAt) / 1000;
    const verdicts = exposition.all('probe_success').map(({ value }) => value);
    expect(verdicts).toEqual(Array.from({ length: CHECKS }, () => success));
    expect(lookups()).toBeGreaterThan(0);
    // Once more where this machine is too busy to begin them all in the time that an answer is good for.
    expect(lookups()).toBeLessThanOrEqual(1 + seconds / ADDRESSES_GOOD_FOR_SECONDS);
  });

  test('see a changed address in another scrape', async () => {
    let ip = '127.0.0.1';
    const { exporter } = await startWithResolver(1, () => ip);
    const hash = async () => (await exporter.scrape()).value('probe_ip_addr_hash');
    const before = await hash();
    ip = '127.0.0.2';
    await eventually(async () => expect(await hash()).not.toBe(before));
  });
});

const canHaveEveryTarget = hasNginx && hasSystemdUserManager && realPart('ping', ['ping']);

test.skipIf(!canHaveEveryTarget)(
  'twenty checks of every kind start no child process in a scrape, but for those that ping',
  async () => {
    const targets = await startEveryTarget();
    const checks = (load(targets.checks) as { name: string; prober?: string }[]).flatMap((check) =>
      Array.from({ length: 20 }, (_, index) => ({ ...check, name: `${check.name} ${index}` })),
    );
    const pings = ({ prober }: { prober?: string }) => prober === 'icmp';
    const namesOf = (some: typeof checks) => some.map(({ name }) => name);
    const exporter = await forThisTest(
      startExporterProcess({ config: JSON.stringify({ checks }), env: targets.manager.env }),
    );
    const { pid } = exporter.process;

    const before = await faultsOfChildren(pid);
    const others = checks.filter((check) => !pings(check));
    const { byCheck } = await exporter.scrape(...namesOf(others));
    expect(Object.keys(byCheck('probe_result_age_seconds'))).toEqual(namesOf(others));
    expect(await faultsOfChildren(pid)).toBe(before);

    await exporter.scrape(...namesOf(checks.filter(pings)));
    expect(await faultsOfChildren(pid)).toBeGreaterThan(before);
  },
);

/** Page faults of all children of a process that have ended: the kernel adds to it for each of them. */
async function faultsOfChildren(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name of the program may have spaces in it; what counts comes after. See proc_pid_stat(5): cminflt.
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[8]);
}

/** An exporter whose resolver knows one host under this address, or none, and counts how often it is asked. */
async function startWithResolver(count: number, ipOfHost: () => string | undefined) {
  const { queries } = await udpDnsServer(
    (query) => {
      const ip = ipOfHost();
      const [{ type, name } = {}] = query.questions ?? [];
      if (!ip) return answerTo(query, { flags: NXDOMAIN });
      return answerTo(query, {
        answers: type === 'A' && name ? [{ type, name, ttl: 0, data: ip }] : [],
      });
    },
    NAME_SERVER,
    53,
  );
  const directory = await forThisTest(temporaryDirectory());
  const file = await directory.write(
    'resolv.conf',
    `nameserver ${NAME_SERVER}
`,
  );
  const { port } = await forThisTest(tcpLoopback());
  const checks = Array.from({ length: count }, (_, index) => ({
    name: `Check ${index}`,
    target: `host.test:${port}`,
    prober: 'tcp',
  }));
  const exporter = await forThisTest(
    startExporterProcess({
      config: JSON.stringify({ checks }),
      launcher: ['unshare', '--mount', 'sh', '-c', WITH_RESOLV_CONF, 'sh', file],
    }),
  );
  const isForIp4 = (bytes: Buffer) => decode(bytes).questions?.[0]?.type === 'A';
  return { exporter, lookups: () => queries.filter(isForIp4).length };
}
