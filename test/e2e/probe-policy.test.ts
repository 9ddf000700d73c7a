import type { Answer } from 'dns-packet';
import { describe, expect, test } from 'vitest';
import { answerTo, NXDOMAIN, udpDnsServer } from '../support/dns-server.ts';
import { type ExporterProcess, startExporterProcess } from '../support/exporter-process.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { startGuard } from '../support/guard.ts';
import { asking } from '../support/policy.ts';
import { canHaveHosts } from '../support/probe-elsewhere.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const NAME_SERVER = '127.0.0.78';
const PERMITTED = '127.0.0.2';
const DENIED = '127.0.0.3';

const CONFIG = `
modules:
  v4: {prober: http, http: {preferred_ip_protocol: ip4}}
  v6: {prober: http, http: {preferred_ip_protocol: ip6, ip_protocol_fallback: false}}
  tcp: {prober: tcp, tcp: {preferred_ip_protocol: ip4}}
probe_policy:
  deny: [${DENIED}, "*.internal"]
`;

type Records = (question: number) => readonly [type: 'A' | 'AAAA', data: string];

/** An exporter whose names are answered by these records; `question` counts those for addresses of IPv4. */
async function exporterWithNames(
  names: Readonly<Record<string, Records>>,
): Promise<ExporterProcess> {
  const counts = new Map<string, number>();
  await udpDnsServer(
    (query) => {
      const { name = '', type } = query.questions?.[0] ?? {};
      const records = names[name.toLowerCase()];
      if (!records) return answerTo(query, { flags: NXDOMAIN });
      const count = counts.get(name) ?? 0;
      if (type === 'A') counts.set(name, count + 1);
      const [kind, data] = records(count);
      const answer: Answer = { name, type: kind, ttl: 0, data };
      return answerTo(query, { answers: kind === type ? [answer] : [] });
    },
    NAME_SERVER,
    53,
  );
  const directory = await forThisTest(temporaryDirectory());
  const resolver = await directory.write('resolv.conf', `nameserver ${NAME_SERVER}\n`);
  const command = 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"';
  const launcher = ['unshare', '--mount', 'sh', '-c', command, 'sh', resolver];
  return forThisTest(startExporterProcess({ config: CONFIG, launcher }));
}

describe.skipIf(!canHaveHosts)('names', () => {
  test('that change their address with every question lead nowhere that is denied', async () => {
    const guard = await startGuard();
    const alternating: Records = (question) => ['A', question % 2 === 0 ? PERMITTED : DENIED];
    const names = Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => [`host${index}.test`, alternating]),
    );
    const exporter = await exporterWithNames(names);
    const ask = asking(exporter.url);
    for (const [index, name] of Object.keys(names).entries()) {
      const target = index % 2 === 0 ? `http://${name}:${guard.port}/` : `${name}:${guard.port}`;
      // The first answer is a good one: whoever asked again before it dials would get the bad one.
      const { success } = await ask({ module: index % 2 === 0 ? 'v4' : 'tcp', target });
      expect(success).toBe(true);
    }
    expect(new Set(guard.reached())).toEqual(new Set([PERMITTED]));
    expect(guard.visits()).toBe(20);
  });

  test('are judged by the address that they have', async () => {
    const guard = await startGuard();
    const exporter = await exporterWithNames({
      'denied.test': () => ['A', DENIED],
      'metadata.test': () => ['A', '169.254.169.254'],
      'mapped.test': () => ['AAAA', `::ffff:${DENIED}`],
      'nat64.test': () => ['AAAA', `64:ff9b::${DENIED}`],
      '6to4.test': () => ['AAAA', '2002:a9fe:a9fe::1'],
      'aws.test': () => ['AAAA', 'fd00:ec2::254'],
      'permitted.test': () => ['A', PERMITTED],
      'a.internal': () => ['A', PERMITTED],
    });
    const ask = asking(exporter.url);
    const statusOf = async (name: string, module: string) =>
      (await ask({ module, target: `http://${name}:${guard.port}/` })).status;
    expect(await statusOf('permitted.test', 'v4')).toBe(200);
    for (const name of ['denied.test', 'metadata.test', 'a.internal', 'A.INTERNAL.']) {
      expect([name, await statusOf(name, 'v4')]).toEqual([name, 403]);
    }
    for (const name of ['mapped.test', 'nat64.test', '6to4.test', 'aws.test']) {
      expect([name, await statusOf(name, 'v6')]).toEqual([name, 403]);
    }
    expect(guard.reached()).toEqual([PERMITTED]);
    const metrics = await (await fetch(`${exporter.url}/metrics`)).text();
    expect(metrics).toContain('healthcheck_exporter_targets_refused_total 8');
    expect(exporter.process.stderr()).toMatch(
      /level=warn msg="a request to \/probe was refused" module=v4 target=http:\/\/denied\.test/,
    );
  });
});

test('the flag lets credentials go to any target, and a reload denies it from the next request on', async () => {
  const guard = await startGuard();
  const modules = 'modules: {m: {prober: http, http: {bearer_token: canary}}}';
  const exporter = await forThisTest(
    startExporterProcess({ config: modules, args: ['--probe.credentials-to-any-target'] }),
  );
  const ask = asking(exporter.url);
  const query = { module: 'm', target: `http://127.0.0.1:${guard.port}` };
  expect((await ask(query)).success).toBe(true);
  await exporter.rewriteConfig(`${modules}\nprobe_policy: {deny: [loopback]}`);
  expect((await fetch(`${exporter.url}/-/reload`, { method: 'POST' })).status).toBe(200);
  expect((await ask(query)).status).toBe(403);
  expect(guard.visits()).toBe(1);
  const shown = await (await fetch(`${exporter.url}/config`)).text();
  expect(shown).toContain('  deny:\n    - loopback\n');
});
