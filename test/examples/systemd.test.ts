import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Exposition, parseExposition } from '../support/exposition.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { freePort } from '../support/loopback.ts';
import { realPart } from '../support/real-part.ts';
import { hasSystemdUserManager, startSystemdUserManager } from '../support/systemd-user-manager.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const run = promisify(execFile);
const SERVICE = 'healthcheck-exporter.service';
const SOCKET = 'healthcheck-exporter.socket';
const TEXTFILE = 'healthcheck-textfile.service';
const TIMER = 'healthcheck-textfile.timer';
const TEXTFILES = '/var/lib/prometheus/node-exporter';
const read = (name: string) => readFileSync(join('examples/systemd', name), 'utf8');
const PROGRAM = /^ExecStart=\S+/m;
const CONFIG = '/etc/healthcheck-exporter/config.yml';

describe.skipIf(!realPart('systemd', ['systemd-analyze']))('systemd', () => {
  test.each([
    [SERVICE, SOCKET],
    [TEXTFILE, TIMER],
  ])('knows every line of %s and %s', async (name, starter) => {
    await using directory = await temporaryDirectory();
    // Nothing is installed here: a program has to be there, whatever it is.
    const service = read(name).replace(PROGRAM, `ExecStart=${process.execPath}`);
    const files = [
      await directory.write(name, service),
      await directory.write(starter, read(starter)),
    ];
    const verify = async () => {
      const { stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', ...files]);
      return stdout + stderr;
    };

    expect(await verify()).toBe('');
    await directory.write(name, service.replace('PrivateTmp=', 'PrivateTemp='));
    expect(await verify()).toMatch(/Unknown key.* 'PrivateTemp'/);
  });

  test.each([
    [SERVICE, 2],
    // It is root, who owns where it writes.
    [TEXTFILE, 3],
  ])('calls %s safe: its exposure is %i of 10 at most', async (name, exposure) => {
    const most = `--threshold=${exposure * 10}`;
    const args = ['security', '--offline=true', '--no-pager', most];

    await expect(run('systemd-analyze', [...args, `examples/systemd/${name}`])).resolves.toEqual(
      expect.objectContaining({ stderr: '' }),
    );
  });
});

describe.skipIf(!hasSystemdUserManager)(
  'the service under a real systemd',
  { timeout: 60_000 },
  () => {
    // What the manager of a user cannot do: users that exist while a service runs, and hiding parts of /proc. Its
    // services share the /tmp of the test, where their configuration is.
    const NOT_FOR_USERS =
      /^(?:DynamicUser|ProtectKernelTunables|ProtectKernelLogs|PrivateTmp|After=network|Wants)=?.*\n/gm;
    const checks = `
checks:
  - {name: Root, target: /, prober: disk, disk: {max_used_percent: 100, fail_if_read_only: true}}
  - {name: Home, target: /home, prober: disk, disk: {fail_if_read_only: true}}
  - {name: Memory, prober: memory}
  - {name: CPU, prober: cpu}
  - {name: Unit, target: ${SERVICE}, prober: systemd, systemd: {user: true}}
  - {name: Ping, target: 127.0.0.1, prober: icmp}
`;

    async function start({ dropIn = '' } = {}): Promise<() => Promise<Exposition>> {
      const directory = await forThisTest(temporaryDirectory());
      const port = await freePort();
      const service = read(SERVICE)
        .replaceAll(NOT_FOR_USERS, '')
        .replace(PROGRAM, `ExecStart=${process.execPath} ${resolve('src/main.ts')}`)
        .replaceAll(CONFIG, await directory.write('checks.yml', checks));
      const manager = await startSystemdUserManager();
      onTestFinished(manager.stop);
      await manager.addUnit(SERVICE, `${service}\n[Service]\n${dropIn}`);
      await manager.addUnit(SOCKET, read(SOCKET).replace('=10195', `=127.0.0.1:${port}`));
      await manager.systemctl('daemon-reload');
      await manager.systemctl('start', SERVICE);
      return async () => {
        const signal = AbortSignal.timeout(10_000);
        const response = await fetch(`http://127.0.0.1:${port}/metrics`, { signal });
        return parseExposition(await response.text());
      };
    }

    test('serves on its socket, and looks at disks, memory, CPU and units from its sandbox', async () => {
      const scrape = await start();

      await eventually(async () => {
        const exposition = await scrape();
        for (const check of ['Root', 'Home', 'Memory', 'CPU', 'Unit']) {
          expect([check, exposition.value('probe_success', { check })]).toEqual([check, 1]);
        }
        // Its own mount of the root is read-only; the host's is not.
        expect(exposition.value('probe_disk_read_only', { check: 'Root' })).toBe(0);
      });
    });

    test.skipIf(!realPart('ping', ['ping']))('pings with the lines that it proposes', async () => {
      const proposed = read(SERVICE).matchAll(/^# {3}(?<line>(?:Cap|Amb|PrivateU)\w+=\w+)$/gm);
      const dropIn = [...proposed].map(({ groups }) => groups?.line).join('\n');
      const scrape = await start({ dropIn });

      expect(dropIn.split('\n')).toHaveLength(3);
      await eventually(async () => {
        expect((await scrape()).value('probe_success', { check: 'Ping' })).toBe(1);
      });
    });

    test('leaves the results of checks for node_exporter, also where one fails', async () => {
      const directory = await forThisTest(temporaryDirectory());
      const config = `checks: [{name: Memory, prober: memory}, {name: Port, target: "127.0.0.1:1", prober: tcp}]`;
      const service = read(TEXTFILE)
        .replaceAll(NOT_FOR_USERS, '')
        .replace(PROGRAM, `ExecStart=${process.execPath} ${resolve('src/main.ts')}`)
        .replaceAll(CONFIG, await directory.write('checks.yml', config))
        .replaceAll(TEXTFILES, directory.path);
      const manager = await startSystemdUserManager();
      onTestFinished(manager.stop);
      await manager.addUnit(TEXTFILE, service);
      await manager.systemctl('daemon-reload');
      // Waits until it has ended, and fails where that is a failure.
      await manager.systemctl('start', TEXTFILE);
      const text = readFileSync(join(directory.path, 'healthcheck.prom'), 'utf8');
      expect(parseExposition(text).value('probe_success', { check: 'Port' })).toBe(0);
    });
  },
);
