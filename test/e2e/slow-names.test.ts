import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startChild } from '../support/child.ts';
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
    const silent = createSocket('udp4').bind(53, NAME_SERVER);
    onTestFinished(() => void silent.close());
    await once(silent, 'listening');
    const peer = await forThisTest(tcpLoopback());
    const directory = await forThisTest(temporaryDirectory());
    const slow = Array.from(
      { length: SLOW },
      (_, index) =>
        `  - {name: Slow ${index}, target: "slow${index}.test:80", prober: tcp, timeout: 500ms}`,
    );
    const here = `  - {name: Here, target: "here.test:${peer.port}", prober: tcp, timeout: 500ms}`;
    const files = await Promise.all([
      directory.write('hosts', '127.0.0.1 here.test\n'),
      directory.write('resolv.conf', `nameserver ${NAME_SERVER}\n`),
      directory.write('checks.yml', ['checks:', ...slow, here].join('\n')),
    ]);
    const command = `mount --bind "$1" /etc/hosts && mount --bind "$2" /etc/resolv.conf && exec "$4" "$5" check --config.file="$3"`;
    const args = ['--mount', 'sh', '-c', command, 'sh', ...files, process.execPath, MAIN];
    const child = await forThisTest(startChild('unshare', args));
    await child.ended;
    expect(child.stdout()).toMatch(/✓ Here/);
    expect(child.stdout().match(/✗ Slow \d .* timeout/g)).toHaveLength(SLOW);
  },
);
