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
    await startSilentNameServer();
    const peer = await forThisTest(tcpLoopback());
    const directory = await forThisTest(temporaryDirectory());
    // The last of all: it finds every thread taken.
    const here = `  - {name: Here, target: "here.test:${peer.port}", prober: tcp, timeout: 400ms}`;
    const root = '  - {name: Root, target: /, prober: disk}';
    const literal = `  - {name: Literal, target: "127.0.0.1:${peer.port}", prober: tcp}`;
    const files = await Promise.all([
      directory.write('hosts', '127.0.0.1 here.test\n'),
      directory.write('resolv.conf', `nameserver ${NAME_SERVER}\noptions timeout:2 attempts:1\n`),
    ]);
    const bind =
      'mount --bind "$1" /etc/hosts && mount --bind "$2" /etc/resolv.conf && shift 2 && exec "$@"';
    const exporter = await forThisTest(
      startExporterProcess({
        config: ['checks:', ...deadChecks(DEAD, '400ms'), here, root, literal].join('\n'),
        launcher: ['unshare', '--mount', 'sh', '-c', bind, 'sh', ...files],
      }),
    );
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

/** A name server that answers nobody. */
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
