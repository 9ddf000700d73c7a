import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { ProbeOutcome as Outcome } from '../../../src/probers/contract.ts';
import { fullUnitName } from '../../../src/probers/systemd/unit.ts';
import { eventually } from '../../support/eventually.ts';
import { probe } from '../../support/probe.ts';
import { freshSystemdProber, listenAsBus, relayTo, useBus } from '../../support/systemd-buses.ts';
import {
  hasSystemdUserManager,
  type SystemdUserManager,
  startSystemdUserManager,
} from '../../support/systemd-user-manager.ts';

const run = promisify(execFile);
const PROBE_ONCE = fileURLToPath(new URL('../../support/probe-once.ts', import.meta.url));
const STATES = ['active', 'activating', 'deactivating', 'inactive', 'failed', 'reloading'];

describe.skipIf(!hasSystemdUserManager)('a real systemd user manager', () => {
  let manager: SystemdUserManager;

  beforeAll(async () => {
    manager = await startSystemdUserManager();
    for (const [name, text] of Object.entries(UNITS)) await manager.addUnit(name, text);
    await manager.systemctl('mask', 'masked.service');
    await manager.systemctl('daemon-reload');
    await manager.systemctl(
      'start',
      'ok',
      'done',
      'finished',
      'reloading',
      'stubborn',
      'idle.timer',
    );
    await manager.systemctl('start', '--no-block', 'crashed', 'restarting', 'again', 'starting');
    await manager.systemctl('reload', '--no-block', 'reloading');
    await manager.systemctl('stop', '--no-block', 'stubborn');
    await manager.waitFor('crashed', 'failed (failed)');
    await manager.waitFor('restarting', 'activating (auto-restart)');
    // It was activating before it failed as well.
    await eventually(async () =>
      expect(await manager.systemctl('show', '--property=NRestarts', 'again')).toBe(
        'NRestarts=1\n',
      ),
    );
  });

  afterAll(() => manager?.stop());

  const cases = [
    ['ok', 'active', 'running'],
    ['done', 'active', 'exited'],
    ['finished', 'inactive', 'dead'],
    ['crashed', 'failed', 'failed'],
    ['restarting', 'activating', 'auto-restart'],
    ['starting', 'activating', 'start-pre'],
    ['stubborn', 'deactivating', 'stop-sigterm'],
    ['reloading', 'reloading', 'reload'],
    ['idle.timer', 'active', 'waiting'],
  ] as const;

  describe.each(['the bus', 'systemctl'] as const)('asked by %s', (way) => {
    const outcomes = new Map<string, Outcome>();

    beforeAll(async () => {
      const targets = [...cases.map(([target]) => target), 'again', 'masked', 'missing', 'broken'];
      const ask = way === 'the bus' ? askBus : askSystemctl;
      for (const [index, outcome] of (await ask(manager, targets)).entries()) {
        outcomes.set(targets[index] ?? '', outcome);
      }
    });

    test.each(cases)('trap 19: %s is %s (%s)', (target, state, subState) => {
      const { success, failure, samples } = outcomes.get(target) as Outcome;
      const unit = fullUnitName(target);
      expect(success).toBe(state === 'active');
      if (!success) {
        const message = `${unit} is ${state} (${subState}), expected active`;
        expect(failure).toEqual({ reason: 'state', message });
      }
      const found = samples.filter(({ name }) => name === 'probe_systemd_unit_state');
      expect(Object.fromEntries(found.map(({ labels, value }) => [labels.state, value]))).toEqual(
        Object.fromEntries(STATES.map((word) => [word, word === state ? 1 : 0])),
      );
      expect(samples).toContainEqual({
        name: 'probe_systemd_unit_info',
        value: 1,
        labels: { load_state: 'loaded', sub_state: subState },
      });
    });

    test('tells since when a unit is active, and nothing of one that never was', () => {
      const name = 'probe_systemd_unit_active_enter_timestamp_seconds';
      const seconds = sampleOf(outcomes.get('ok'), name) ?? 0;
      expect(Math.abs(seconds - Date.now() / 1000)).toBeLessThan(120);
      expect(sampleOf(outcomes.get('starting'), name)).toBeUndefined();
    });

    test('counts the restarts of services only', () => {
      const name = 'probe_systemd_unit_restarts_total';
      expect(sampleOf(outcomes.get('ok'), name)).toBe(0);
      expect(sampleOf(outcomes.get('again'), name)).toBe(1);
      expect(sampleOf(outcomes.get('idle.timer'), name)).toBeUndefined();
    });

    test('trap 19: a unit that does not exist is not found and has no state', () => {
      const { failure, samples } = outcomes.get('missing') as Outcome;
      expect(failure).toEqual({ reason: 'not_found', message: 'unit missing.service not found' });
      expect(samples.map(({ name }) => name)).toEqual(['probe_systemd_unit_info']);
    });

    test('a masked unit is said to be masked and has no state', () => {
      const { failure, samples } = outcomes.get('masked') as Outcome;
      const message = 'masked.service is masked, expected active';
      expect(failure).toEqual({ reason: 'state', message });
      expect(samples.map(({ name }) => name)).toEqual(['probe_systemd_unit_info']);
    });

    test('a unit whose file is broken is said to be so', () => {
      expect(outcomes.get('broken')?.failure).toEqual({
        reason: 'state',
        message:
          'broken.service is inactive (dead), its file could not be loaded (bad-setting), expected active',
      });
    });
  });

  test('no expected state makes a missing or masked unit healthy', async () => {
    await useBus(manager.env.DBUS_SESSION_BUS_ADDRESS);
    const prober = freshSystemdProber();
    const options = { user: true, expected_states: ['inactive', 'failed'] };
    expect((await probe(prober, 'missing', options)).failure?.reason).toBe('not_found');
    expect((await probe(prober, 'masked', options)).failure?.message).toBe(
      'masked.service is masked, expected inactive or failed',
    );
    expect((await probe(prober, 'finished', options)).success).toBe(true);
    expect((await probe(prober, 'crashed', options)).success).toBe(true);
  });

  test('without user the bus of the system is asked', async () => {
    vi.stubEnv('DBUS_SYSTEM_BUS_ADDRESS', manager.env.DBUS_SESSION_BUS_ADDRESS);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect((await probe(freshSystemdProber(), 'ok')).success).toBe(true);
  });

  test('many checks at once share one connection', async () => {
    const accepted = await listenAsBus(relayTo(join(manager.runtimeDir, 'bus')));
    const prober = freshSystemdProber();
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => probe(prober, 'ok', { user: true })),
    );
    expect(outcomes.filter(({ success }) => success)).toHaveLength(50);
    expect((await probe(prober, 'ok', { user: true })).success).toBe(true);
    expect(accepted).toHaveLength(1);
  });

  test('a lost connection is made anew', async () => {
    const accepted = await listenAsBus(relayTo(join(manager.runtimeDir, 'bus')));
    const prober = freshSystemdProber();
    expect((await probe(prober, 'ok', { user: true })).success).toBe(true);
    for (const socket of accepted) socket.destroy();
    await vi.waitFor(async () => {
      expect((await probe(prober, 'ok', { user: true })).success).toBe(true);
    });
    expect(accepted).toHaveLength(2);
  });

  test('after a bus that hung, the next check asks on a new connection', async () => {
    const relay = relayTo(join(manager.runtimeDir, 'bus'));
    const accepted = await listenAsBus((socket, count) => count > 1 && relay(socket));
    const prober = freshSystemdProber();
    const options = { user: true };
    expect((await probe(prober, 'ok', options, { timeoutSeconds: 0.2 })).failure?.reason).toBe(
      'timeout',
    );
    expect((await probe(prober, 'ok', options)).success).toBe(true);
    expect(accepted).toHaveLength(2);
  });

  test('a kept connection does not keep the process alive', async () => {
    // Resolves when the process has ended by itself.
    const args = [PROBE_ONCE, 'systemd', '{"user":true}', 'ok'];
    const { stdout } = await run(process.execPath, args, { env: manager.env, timeout: 10_000 });
    expect(JSON.parse(stdout)[0].success).toBe(true);
  });
});

const SLEEP = '/bin/sleep 300';
const UNITS = {
  'ok.service': `[Service]\nExecStart=${SLEEP}\n`,
  'done.service': '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n',
  'finished.service': '[Service]\nType=oneshot\nExecStart=/bin/true\n',
  'crashed.service': "[Service]\nExecStart=/bin/sh -c 'exit 3'\n",
  'restarting.service': '[Service]\nExecStart=/bin/false\nRestart=always\nRestartSec=300\n',
  // Fails once, then takes long to start: one restart, for as long as the test looks.
  'again.service':
    "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'test -e %t/again && exec sleep 300; touch %t/again; exit 1'\n" +
    'Restart=on-failure\nRestartSec=100ms\n',
  'starting.service': `[Service]\nExecStartPre=${SLEEP}\nExecStart=/bin/true\n`,
  'stubborn.service':
    `[Service]\nType=notify\nNotifyAccess=all\nTimeoutStopSec=300\n` +
    `ExecStart=/bin/sh -c 'trap "" TERM; systemd-notify --ready; while :; do sleep 1; done'\n`,
  'reloading.service': `[Service]\nExecStart=${SLEEP}\nExecReload=${SLEEP}\n`,
  'idle.timer': '[Timer]\nOnActiveSec=1d\nUnit=finished.service\n',
  'broken.service': '[Service]\nRestart=always\n',
};

async function askBus(manager: SystemdUserManager, targets: readonly string[]) {
  await useBus(manager.env.DBUS_SESSION_BUS_ADDRESS, false);
  const prober = freshSystemdProber();
  const outcomes = await Promise.all(
    targets.map((target) => probe(prober, target, { user: true })),
  );
  vi.unstubAllEnvs();
  return outcomes;
}

async function askSystemctl(manager: SystemdUserManager, targets: readonly string[]) {
  const args = [PROBE_ONCE, 'systemd', '{"user":true}', ...targets];
  const noBus = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent/bus' };
  return JSON.parse(await manager.inside(process.execPath, args, noBus)) as Outcome[];
}

function sampleOf(outcome: Outcome | undefined, name: string): number | undefined {
  return outcome?.samples.find((sample) => sample.name === name)?.value;
}
