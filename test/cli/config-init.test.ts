import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CheckReport } from '../../src/web/status/check-report.ts';
import { type Child, startChild } from '../support/child.ts';
import { runCliInProcess } from '../support/cli-in-process.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { realPart } from '../support/real-part.ts';
import {
  hasSystemdUserManager,
  type SystemdUserManager,
  startSystemdUserManager,
} from '../support/systemd-user-manager.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const LISTEN_AT = fileURLToPath(new URL('../support/listen-at.ts', import.meta.url));
const canMakeHost =
  realPart('host', ['unshare', 'nsenter', 'ip', 'mkfs.ext4', 'losetup'], { root: true }) &&
  hasSystemdUserManager;

/** A name as nobody would write it, and the kernel allows it. */
const HOSTILE = `it's "a" disk: #1, {x} \\ \u00e4`;
const LISTENERS = [
  ['0.0.0.0', '22', 'SSH-2.0-test'],
  ['::', '22', 'SSH-2.0-test'],
  ['127.0.0.1', '25', '220-hello\r\n220 there'],
  ['::1', '8080', ''],
  ['127.0.0.1', '5555', ''],
  ['127.0.0.1', '0', ''],
  ['10.1.2.3', '5556', ''],
].flat();
// A network and mounts of its own: nothing else listens, and all is gone with the process.
const SCRIPT = `set -e
ip link set lo up
ip address add 10.1.2.3/32 dev lo
truncate -s 4M "$D/image"
mkfs.ext4 -q "$D/image"
mkdir "$D/$NAME" "$D/$NAME/again" "$D/memory"
mount -o loop "$D/image" "$D/$NAME"
mkdir "$D/$NAME/again"
mount --bind "$D/$NAME" "$D/$NAME/again"
mount -t tmpfs none "$D/memory"
exec "$@"`;
const UNITS = {
  'works.service': unit('a "service": # that works', 'ExecStart=/bin/sleep 300'),
  'worker@.service': unit('instance %i', 'ExecStart=/bin/sleep 300'),
  'breaks.service': unit('', "ExecStart=/bin/sh -c 'exit 3'"),
  'job.service': unit('', "Type=oneshot\nExecStart=/bin/sh -c 'exit 3'"),
  'nightly.service': unit('', "Type=oneshot\nExecStart=/bin/sh -c 'exit 3'"),
  'again.service': unit('', 'ExecStart=/bin/false\nRestart=always\nRestartSec=300'),
  'once.service': unit('', 'Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true'),
  'idle.service': unit('', 'ExecStart=/bin/sleep 300'),
  'unasked.service': '[Service]\nExecStart=/bin/sleep 300\n',
};

const FAILING = ['breaks', 'job', 'nightly'];

function unit(description: string, service: string): string {
  return `[Unit]\nDescription=${description}\n[Service]\n${service}\n[Install]\nWantedBy=default.target\n`;
}

describe.skipIf(!canMakeHost)('config init on a host of its own', () => {
  let manager: SystemdUserManager;
  let directory: TemporaryDirectory;
  let host: Child;
  let text: string;

  const runThere = async (...args: string[]) => {
    const target = ['--target', String(host.pid), '--net', '--mount'];
    const env = { DBUS_SYSTEM_BUS_ADDRESS: manager.env.DBUS_SESSION_BUS_ADDRESS };
    const child = startChild('nsenter', [...target, process.execPath, MAIN, ...args], env);
    const { code } = await child.ended;
    return { code, stdout: child.stdout(), stderr: child.stderr() };
  };

  beforeAll(async () => {
    directory = await temporaryDirectory();
    const listening = [process.execPath, LISTEN_AT, '#1: "me"', ...LISTENERS];
    host = startChild('unshare', ['--net', '--mount', 'sh', '-c', SCRIPT, 'sh', ...listening], {
      D: directory.path,
      NAME: HOSTILE,
    });
    manager = await startSystemdUserManager();
    for (const [name, text] of Object.entries(UNITS)) await manager.addUnit(name, text);
    await manager.systemctl('mask', 'masked.service');
    await manager.systemctl('daemon-reload');
    const asked = Object.keys(UNITS).filter((name) => !/^(?:unasked|job|worker@)/.test(name));
    await manager.systemctl('enable', ...asked, 'worker@1.service');
    await manager.systemctl('start', 'works', 'worker@1', 'once', 'unasked');
    await manager.systemctl('start', '--no-block', ...FAILING, 'again');
    for (const name of FAILING) await manager.waitFor(name, 'failed (failed)');
    await manager.waitFor('again', 'activating (auto-restart)');
    await host.says(/^ready$/m);
    ({ stdout: text } = await runThere('config', 'init'));
  });

  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    await manager?.stop();
    await directory?.[Symbol.asyncDispose]();
  });

  const checks = () => (load(text) as { checks: Record<string, unknown>[] }).checks;
  const find = (name: string) => checks().find((check) => check.name === name);

  test('begins with what an editor completes it by', () => {
    expect(text.split('\n')[0]).toMatch(/^# yaml-language-server: \$schema=\S+$/);
  });

  test('finds who listens, each server once, at an address where it can be reached', () => {
    const ports = checks().filter(({ name }) => /port|10\.1\.2\.3/.test(String(name)));
    expect(ports).toEqual([
      { name: 'SSH on port 22', target: '127.0.0.1:22', module: 'ssh_banner' },
      { name: 'SMTP on port 25', target: '127.0.0.1:25', module: 'banner_220' },
      { name: '#1: "me" on port 5555', target: '127.0.0.1:5555', prober: 'tcp' },
      { name: '#1: "me" on 10.1.2.3:5556', target: '10.1.2.3:5556', prober: 'tcp' },
      { name: 'HTTP on port 8080', target: 'http://[::1]:8080/', module: 'http_any_answer' },
    ]);
  });

  test('leaves a port that is another one tomorrow as a comment', () => {
    expect(text).toMatch(
      /# Perhaps of another number after the next start\.\n {2}# - \{name: '#1: "me" on port \d+'/,
    );
  });

  test('finds what really is a disk, once, whatever it is called', () => {
    const disks = checks().filter(({ prober }) => prober === 'disk');
    const mountpoint = join(directory.path, HOSTILE);
    expect(disks.map(({ target }) => target)).toContain('/');
    expect(find(`Disk ${mountpoint}`)).toEqual({
      name: `Disk ${mountpoint}`,
      target: mountpoint,
      prober: 'disk',
      disk: { max_used_percent: 90, max_inodes_used_percent: 90, fail_if_read_only: true },
    });
    expect(disks.filter(({ target }) => String(target).startsWith(directory.path))).toHaveLength(1);
  });

  test('finds the services that run by their unit files, and what has failed', () => {
    expect(checks().filter(({ prober }) => prober === 'systemd')).toEqual([
      { name: 'breaks.service', target: 'breaks.service', prober: 'systemd' },
      ...['job.service', 'nightly.service'].map((name) => ({
        ...{ name, target: name, prober: 'systemd' },
        systemd: { expected_states: ['active', 'activating', 'inactive'] },
      })),
      { name: 'again.service', target: 'again.service', prober: 'systemd' },
      { name: 'worker@1.service', target: 'worker@1.service', prober: 'systemd' },
      { name: 'works.service', target: 'works.service', prober: 'systemd' },
    ]);
    expect(text).toContain('# Failed now, see "systemctl status breaks.service".');
    expect(text).toContain('  # a "service": # that works\n');
    expect(text).toContain('  # activating (auto-restart) now\n');
    expect(text).toContain('Enabled, and not running now, which may be right: idle.service.');
    expect(text).toContain('Enabled, and done after a start of the host: once.service.');
    expect(text).not.toMatch(/masked|unasked/);
  });

  test('is a configuration that runs, and finds healthy what is', async () => {
    const file = await directory.write('healthcheck.yml', text);
    const { code, stdout, stderr } = await runThere('check', `--config.file=${file}`, '--json=-');
    expect(stderr).toBe('');
    expect(code).toBe(1);
    const { checks: results }: CheckReport = JSON.parse(stdout);
    const failing = results.filter(({ status }) => status !== 'healthy').map(({ name }) => name);
    // How much this machine has to do, and how full it is, is its own affair.
    const others = failing.filter((name) => !/^(?:Memory|CPU|Disk \/)$/.test(name));
    expect(others).toEqual([...FAILING.map((name) => `${name}.service`), 'again.service']);
  });
});

describe('config init', () => {
  test('says what it cannot look at, and is a configuration all the same', async () => {
    const { path, write } = await forThisTest(temporaryDirectory());
    const env = { DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${path}/nobody` };
    const child = await forThisTest(startChild(process.execPath, [MAIN, 'config', 'init'], env));
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.stdout()).toMatch(/# Not looked at: no systemd answers here \(.+\)\.\n/);
    const file = await write('healthcheck.yml', child.stdout());
    const { code, stderr } = await runCliInProcess(['config', 'check', file]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('writes a file, and no other in its place unless it is told so', async () => {
    const { path } = await forThisTest(temporaryDirectory());
    const file = join(path, 'healthcheck.yml');
    const init = (...args: string[]) => runCliInProcess(['config', 'init', ...args]);
    expect(await init('--write', file)).toEqual({
      code: 0,
      stdout: `written   ${file}\n`,
      stderr: '',
    });
    await writeFile(file, 'mine\n');
    expect(await init('--write', file)).toEqual({
      code: 2,
      stdout: '',
      stderr: `${file} differs from what would be written, --force overwrites it\nnothing was written\n`,
    });
    expect(await readFile(file, 'utf8')).toBe('mine\n');
    expect((await init('--write', file, '--force')).code).toBe(0);
    expect(await readFile(file, 'utf8')).toContain('\nchecks:\n');
    expect((await init('--force')).stderr).toBe('error: --force has no effect without --write\n');
  });
});
