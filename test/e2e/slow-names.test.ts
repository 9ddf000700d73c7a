import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startChild } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import { startExporterProcess } from '../support/exporter-process.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { tcpLoopback } from '../support/loopback.ts';
import { canHaveHosts } from '../support/probe-elsewhere.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

// More than the half of Node.js' own four threads that name lookups take at most.
const SLOW = 8;
const NAME_SERVER = '127.0.0.77';

test.skipIf(!canHaveHosts)(
  'trap 9: names that nobody answers for hold up no other name, and /etc/hosts counts',
  async () => {
    await startSilentNameServer();
    const peer = await forThisTest(tcpLoopback());
    const directory = await forThisTest(temporaryDirectory());
    const here = `  - {name: Here, target: "here.test:${peer.port}", prober: tcp, timeout: 500ms}`;
    const files = await Promise.all([
      directory.write('hosts', '127.0.0.1 here.test\n'),
      directory.write('resolv.conf', `nameserver ${NAME_SERVER}\n`),
      directory.write('checks.yml', ['checks:', ...deadChecks(SLOW, '500ms'), here].join('\n')),
    ]);
    const command = `mount --bind "$1" /etc/hosts && mount --bind "$2" /etc/resolv.conf && exec "$4" "$5" check --config.file="$3"`;
    const args = ['--mount', 'sh', '-c', command, 'sh', ...files, process.execPath, MAIN];
    const child = await forThisTest(startChild('unshare', args));
    await child.ended;
    expect(child.stdout()).toMatch(/✓ Here/);
    expect(child.stdout().match(/✗ Dead \d .* timeout/g)).toHaveLength(SLOW);
  },
);

// More than there are threads for names.
const DEAD = 40;

test.skipIf(!canHaveHosts)(
  'names that take every thread of the resolver have nobody called down who could not ask it',
  async () => {
    const peer = await forThisTest(tcpLoopback());
    // The last of all: it finds every thread taken.
    const here = `  - {name: Here, target: "here.test:${peer.port}", prober: tcp, timeout: 400ms}`;
    const root = '  - {name: Root, target: /, prober: disk}';
    const literal = `  - {name: Literal, target: "127.0.0.1:${peer.port}", prober: tcp}`;
    const checks = [...deadChecks(DEAD, '400ms'), here, root, literal];
    const exporter = await startWithoutNames(['checks:', ...checks].join('\n'));
    const first = await exporter.scrape();
    expect(first.value('probe_success', { check: 'Root' })).toBe(1);
    expect(first.value('probe_success', { check: 'Literal' })).toBe(1);
    expect(first.value('probe_success', { check: 'Here' })).toBeUndefined();
    expect(first.all('probe_failure_info', { reason: 'timeout' })).toHaveLength(16);
    expect(exporter.process.stderr()).toMatch(/in trouble, checks are skipped.*every thread/);
    // A name that was found to be slow leaves threads to the others.
    await eventually(async () => {
      const found = (await exporter.scrape()).value('probe_success', { check: 'Here' });
      expect(found).not.toBe(0);
      expect(found).toBe(1);
    });
    expect((await fetch(`${exporter.url}/-/reload`, { method: 'POST' })).status).toBe(200);
  },
);

test.skipIf(!canHaveHosts)('names that /probe asks for leave threads to the checks', async () => {
  const peer = await forThisTest(tcpLoopback());
  const here = `{name: Here, target: "here.test:${peer.port}", prober: tcp, timeout: 2s}`;
  const exporter = await startWithoutNames(`checks: [${here}]\nmodules: {tcp: {prober: tcp}}`);
  const asked = Array.from({ length: DEAD }, (_, index) =>
    fetch(`${exporter.url}/probe?module=tcp&target=dead${index}.test:80`, {
      headers: { 'X-Prometheus-Scrape-Timeout-Seconds': '3' },
    }),
  );
  // Each of them has begun: the last one asks for the name of the check.
  const same = fetch(`${exporter.url}/probe?module=tcp&target=here.test:${peer.port}`);
  await eventually(async () => {
    const seen = await exporter.scrape();
    expect(seen.value('healthcheck_exporter_probes_in_flight')).toBeGreaterThan(DEAD);
    expect(seen.value('probe_result_age_seconds', { check: 'Here' })).toBe(0);
    expect(seen.value('probe_success', { check: 'Here' })).toBe(1);
  });
  await Promise.all([...asked, same]);
});

/** The exporter where only `here.test` is known, and who looks up any other name waits for four seconds. */
async function startWithoutNames(config: string) {
  await startSilentNameServer();
  const directory = await forThisTest(temporaryDirectory());
  const files = await Promise.all([
    directory.write('hosts', '127.0.0.1 here.test\n'),
    directory.write('resolv.conf', `nameserver ${NAME_SERVER}\noptions timeout:2 attempts:1\n`),
  ]);
  const bind =
    'mount --bind "$1" /etc/hosts && mount --bind "$2" /etc/resolv.conf && shift 2 && exec "$@"';
  return forThisTest(
    startExporterProcess({
      config,
      launcher: ['unshare', '--mount', 'sh', '-c', bind, 'sh', ...files],
    }),
  );
}

async function startSilentNameServer(): Promise<void> {
  const silent = createSocket('udp4').bind(53, NAME_SERVER);
  onTestFinished(() => void silent.close());
  await once(silent, 'listening');
}

function deadChecks(count: number, timeout: string): string[] {
  return Array.from(
    { length: count },
    (_, index) =>
      `  - {name: Dead ${index}, target: "dead${index}.test:80", prober: tcp, timeout: ${timeout}}`,
  );
}
