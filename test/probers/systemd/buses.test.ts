import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { NoSystemdError } from '../../../src/probers/shared/systemd-bus.ts';
import { createSystemdBus } from '../../../src/probers/systemd/bus.ts';
import { createSystemctl } from '../../../src/probers/systemd/systemctl.ts';
import type { AskSystemd } from '../../../src/probers/systemd/unit.ts';
import { systemdProber } from '../../../src/probers/systemd.ts';
import { forThisTest } from '../../support/for-this-test.ts';
import { probe } from '../../support/probe.ts';
import {
  freshSystemdProber,
  listenAsBus,
  startBroker,
  useBus,
} from '../../support/systemd-buses.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const run = promisify(execFile);
const PROBE_ONCE = fileURLToPath(new URL('../../support/probe-once.ts', import.meta.url));

describe('a host without systemd', () => {
  test('is unsupported, in a sentence', async () => {
    await useBus('unix:path=/nonexistent/bus');
    vi.stubEnv('XDG_RUNTIME_DIR', '/nonexistent');
    const outcome = await probe(freshSystemdProber(), 'nginx', { user: true });
    expect(outcome.failure).toEqual({
      reason: 'unsupported',
      message: expect.stringMatching(/^no systemd answers on this host: \w/),
    });
    expect(outcome.samples).toEqual([]);
    expect(outcome.log[0]?.message).toBe('no systemd on the bus, asking systemctl');
  });

  test('is unsupported where there is no systemctl either', async () => {
    await useBus('unix:path=/nonexistent/bus');
    const { stdout } = await run(
      'env',
      [
        `PATH=${(await forThisTest(temporaryDirectory())).path}`,
        process.execPath,
        PROBE_ONCE,
        'systemd',
        '{}',
        'nginx',
      ],
      { env: { DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/nonexistent/bus' } },
    );
    expect(JSON.parse(stdout)[0].failure).toEqual({
      reason: 'unsupported',
      message: 'no systemd answers on this host: there is no systemctl',
    });
  });

  test('is unsupported where the address of the bus makes no sense', async () => {
    await useBus('carrier-pigeon:loft=7');
    vi.stubEnv('XDG_RUNTIME_DIR', '/nonexistent');
    const outcome = await probe(freshSystemdProber(), 'nginx', { user: true });
    expect(outcome.failure?.reason).toBe('unsupported');
  });
});

describe('a systemctl', () => {
  const NO_BUS: AskSystemd = () => Promise.reject(new NoSystemdError('no bus'));
  const prober = () => systemdProber(NO_BUS, createSystemctl());

  test('trap 19: that hangs is killed when nobody waits for it any longer', async () => {
    const directory = await useSystemctl('echo $$ > "$(dirname "$0")/pid"; exec sleep 60');
    const outcome = await probe(prober(), 'nginx', {}, { timeoutSeconds: 0.5 });
    expect(outcome.failure?.reason).toBe('timeout');
    const pid = Number(await readFile(join(directory, 'pid'), 'utf8'));
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'));
  });

  test.each([
    ['Failed to get properties: Access denied', 'permission'],
    ['Failed to connect to bus: No medium found', 'unsupported'],
    ['Failed to connect to bus: Permission denied', 'permission'],
    ['Failed to get D-Bus connection: Operation not permitted', 'unsupported'],
    ['Segmentation fault', 'internal'],
  ])('that says %j', async (message, reason) => {
    await useSystemctl(`echo '${message}' >&2; exit 1`);
    const { failure } = await probe(prober(), 'nginx');
    expect(failure?.reason).toBe(reason);
    expect(failure?.message).toContain(message);
  });

  test('that answers for fewer units than it was asked for is not believed', async () => {
    await useSystemctl('echo');
    const { failure } = await probe(prober(), 'nginx');
    expect(failure).toEqual({
      reason: 'internal',
      message: 'systemctl was asked for 1 units and answered for 0',
    });
  });
});

describe('a bus that misbehaves', () => {
  test('and never answers fails only with the time the check has', async () => {
    const accepted = await listenAsBus(() => {});
    const outcome = await probe(
      freshSystemdProber(),
      'nginx',
      { user: true },
      { timeoutSeconds: 0.2 },
    );
    expect(outcome.failure).toEqual({ reason: 'timeout', message: 'no result within 200ms' });
    await vi.waitFor(() => expect(accepted.every((socket) => socket.destroyed)).toBe(true));
  });

  test('and hangs up is left for systemctl', async () => {
    await listenAsBus((socket) => socket.destroy());
    await expectLeftForSystemctl();
  });

  test('and talks nonsense is left for systemctl', async () => {
    await listenAsBus((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await expectLeftForSystemctl();
  });

  test('and has no systemd on it is left for systemctl', async () => {
    await startBroker();
    await expectLeftForSystemctl();
  });

  test('and turns this user away is left for systemctl', async () => {
    await startBroker({ authorize: () => false });
    await expectLeftForSystemctl();
  });

  test('and denies access is a matter of permission', async () => {
    await startBroker({
      error: ['org.freedesktop.DBus.Error.AccessDenied', 'Rejected send message'],
    });
    const outcome = await probe(freshSystemdProber(), 'nginx', { user: true });
    expect(outcome.failure).toEqual({
      reason: 'permission',
      message: 'systemd does not answer this user: Rejected send message',
    });
  });
});

async function expectLeftForSystemctl() {
  const status = { loadState: 'loaded', activeState: 'active', subState: 'running' };
  const askSystemctl = async () => ({ ...status, activeEnterSeconds: 1, restarts: 2 });
  const prober = systemdProber(createSystemdBus(), askSystemctl);
  const outcome = await probe(prober, 'nginx', { user: true });
  expect(outcome.success).toBe(true);
  expect(outcome.log[0]?.message).toBe('no systemd on the bus, asking systemctl');
}

/** Puts a shell script in the place of systemctl. Returns the directory it is in. */
async function useSystemctl(script: string): Promise<string> {
  const directory = (await forThisTest(temporaryDirectory())).path;
  await writeFile(join(directory, 'systemctl'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  vi.stubEnv('PATH', `${directory}:${process.env.PATH}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  return directory;
}
