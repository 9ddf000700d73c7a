import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createBroker, createClient } from 'dbus-native';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { ProbeOutcome as Outcome } from '../../src/probers/contract.ts';
import { NoSystemdError } from '../../src/probers/shared/systemd-bus.ts';
import { createBatcher } from '../../src/probers/systemd/batcher.ts';
import { createSystemdBus } from '../../src/probers/systemd/bus.ts';
import { createSystemctl, parseShow } from '../../src/probers/systemd/systemctl.ts';
import { type AskSystemd, fullUnitName } from '../../src/probers/systemd/unit.ts';
import { systemd, systemdProber } from '../../src/probers/systemd.ts';
import { eventually } from '../support/eventually.ts';
import { probe } from '../support/probe.ts';
import {
  hasSystemdUserManager,
  type SystemdUserManager,
  startSystemdUserManager,
} from '../support/systemd-user-manager.ts';

const run = promisify(execFile);
const PROBE_ONCE = fileURLToPath(new URL('../support/probe-once.ts', import.meta.url));
const STATES = ['active', 'activating', 'deactivating', 'inactive', 'failed', 'reloading'];

async function expectLeftForSystemctl() {
  const status = { loadState: 'loaded', activeState: 'active', subState: 'running' };
  const askSystemctl = async () => ({ ...status, activeEnterSeconds: 1, restarts: 2 });
  const prober = systemdProber(createSystemdBus(), askSystemctl);
  const outcome = await probe(prober, 'nginx', { user: true });
  expect(outcome.success).toBe(true);
  expect(outcome.log[0]?.message).toBe('no systemd on the bus, asking systemctl');
}

/** A prober without connections from earlier tests. */
const freshProber = () => systemdProber(createSystemdBus(), createSystemctl());

describe('the name of a unit', () => {
  const problem = (target: string) => systemd.target?.problem(target);

  test.each([
    'nginx',
    'nginx.service',
    'getty@tty1.service',
    'dev-disk-by\\x2dlabel-a.device',
    'a.b.c:d_e',
    '-.mount',
    '-.slice',
    'backup.timer',
  ])('%s is taken', (name) => {
    expect(problem(name)).toBeUndefined();
  });

  test.each([
    ['', 'is empty, expected the name of a unit such as "nginx.service"'],
    ['--help', 'must not begin with "-"'],
    ['-x.mount', 'must not begin with "-"'],
    ['a b', expect.stringContaining('is no name of a unit')],
    ['/etc/x.service', expect.stringContaining('is no name of a unit')],
    ['ng*', expect.stringContaining('is no name of a unit')],
    ['.service', expect.stringContaining('is no name of a unit')],
    ['@tty1', expect.stringContaining('is no name of a unit')],
    ['getty@', 'is a template: name one of its instances, such as "getty@tty1"'],
    ['x'.repeat(248), "is too long: a unit's name has at most 255 characters"],
  ])('trap 19: %j is refused with a reason', (name, expected) => {
    expect(problem(name)).toEqual(expected);
  });

  test('without a type is that of a service, as systemctl has it', () => {
    expect(fullUnitName('nginx')).toBe('nginx.service');
    expect(fullUnitName('php8.2-fpm')).toBe('php8.2-fpm.service');
    expect(fullUnitName('backup.timer')).toBe('backup.timer');
  });
});

describe('what systemctl show prints', () => {
  test('is read whatever the order of its lines', () => {
    const text =
      'SubState=running\nNRestarts=3\nLoadState=loaded\nActiveState=active\n' +
      'ActiveEnterTimestamp=Sun 2026-11-22 16:01:00 UTC\n\n' +
      'LoadState=not-found\nActiveState=inactive\nSubState=dead\nActiveEnterTimestamp=\n';
    expect(parseShow(text)).toEqual([
      {
        loadState: 'loaded',
        activeState: 'active',
        subState: 'running',
        activeEnterSeconds: Date.UTC(2026, 10, 22, 16, 1) / 1000,
        restarts: 3,
      },
      {
        loadState: 'not-found',
        activeState: 'inactive',
        subState: 'dead',
        activeEnterSeconds: undefined,
        restarts: undefined,
      },
    ]);
  });

  test('has no number where systemd has not set one', () => {
    expect(parseShow('LoadState=loaded\nNRestarts=[not set]\nActiveEnterTimestamp=n/a\n')).toEqual([
      expect.objectContaining({ restarts: undefined, activeEnterSeconds: undefined }),
    ]);
  });
});

describe('asking in batches', () => {
  const never = new AbortController().signal;

  test('shares the next run among all who come during one', async () => {
    const runs: (readonly string[])[] = [];
    const ask = createBatcher(async (keys) => {
      runs.push(keys);
      return new Map(keys.map((key) => [key, key.toUpperCase()]));
    });
    const answers = await Promise.all(['a', 'b', 'c', 'b'].map((key) => ask(key, never)));
    expect(answers).toEqual(['A', 'B', 'C', 'B']);
    expect(runs).toEqual([['a'], ['b', 'c']]);
  });

  test('aborts a run when the last who waits for it has left', async () => {
    const [first, second] = [new AbortController(), new AbortController()];
    let seen: AbortSignal | undefined;
    const ask = createBatcher<string>((_, signal) => {
      seen = signal;
      return new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason)),
      );
    });
    const answer = ask('a', first.signal);
    const queued = ask('b', second.signal);
    second.abort(new Error('b left'));
    await expect(queued).rejects.toThrow('b left');
    expect(seen?.aborted).toBe(false);
    first.abort(new Error('a left'));
    await expect(answer).rejects.toThrow('a left');
    expect(seen?.aborted).toBe(true);
  });

  test('serves others after a run that failed', async () => {
    let runs = 0;
    const ask = createBatcher(async (keys) => {
      if (runs++ === 0) throw new Error('broken');
      return new Map(keys.map((key) => [key, 1]));
    });
    const first = ask('a', never);
    const second = ask('b', never);
    await expect(first).rejects.toThrow('broken');
    await expect(second).resolves.toBe(1);
  });
});

describe('a host without systemd', () => {
  test('is unsupported, in a sentence', async () => {
    await useBus('unix:path=/nonexistent/bus');
    vi.stubEnv('XDG_RUNTIME_DIR', '/nonexistent');
    const outcome = await probe(freshProber(), 'nginx', { user: true });
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
        `PATH=${await temporaryDirectory()}`,
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
    const outcome = await probe(freshProber(), 'nginx', { user: true });
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
    const accepted = await listen(() => {});
    const outcome = await probe(freshProber(), 'nginx', { user: true }, { timeoutSeconds: 0.2 });
    expect(outcome.failure).toEqual({ reason: 'timeout', message: 'no result within 200ms' });
    await vi.waitFor(() => expect(accepted.every((socket) => socket.destroyed)).toBe(true));
  });

  test('and hangs up is left for systemctl', async () => {
    await listen((socket) => socket.destroy());
    await expectLeftForSystemctl();
  });

  test('and talks nonsense is left for systemctl', async () => {
    await listen((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
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
    const outcome = await probe(freshProber(), 'nginx', { user: true });
    expect(outcome.failure).toEqual({
      reason: 'permission',
      message: 'systemd does not answer this user: Rejected send message',
    });
  });
});

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
    const prober = freshProber();
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
    expect((await probe(freshProber(), 'ok')).success).toBe(true);
  });

  test('many checks at once share one connection', async () => {
    const accepted = await listen(relayTo(join(manager.runtimeDir, 'bus')));
    const prober = freshProber();
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => probe(prober, 'ok', { user: true })),
    );
    expect(outcomes.filter(({ success }) => success)).toHaveLength(50);
    expect((await probe(prober, 'ok', { user: true })).success).toBe(true);
    expect(accepted).toHaveLength(1);
  });

  test('a lost connection is made anew', async () => {
    const accepted = await listen(relayTo(join(manager.runtimeDir, 'bus')));
    const prober = freshProber();
    expect((await probe(prober, 'ok', { user: true })).success).toBe(true);
    for (const socket of accepted) socket.destroy();
    await vi.waitFor(async () => {
      expect((await probe(prober, 'ok', { user: true })).success).toBe(true);
    });
    expect(accepted).toHaveLength(2);
  });

  test('after a bus that hung, the next check asks on a new connection', async () => {
    const relay = relayTo(join(manager.runtimeDir, 'bus'));
    const accepted = await listen((socket, count) => count > 1 && relay(socket));
    const prober = freshProber();
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
  const prober = freshProber();
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

async function useBus(address: string, thisTestOnly = true): Promise<void> {
  vi.stubEnv('DBUS_SESSION_BUS_ADDRESS', address);
  if (thisTestOnly) onTestFinished(() => void vi.unstubAllEnvs());
}

/** Puts a shell script in the place of systemctl. Returns the directory it is in. */
async function useSystemctl(script: string): Promise<string> {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'systemctl'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  vi.stubEnv('PATH', `${directory}:${process.env.PATH}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  return directory;
}

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'hce-bus-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Makes a socket the bus of this test's user. Returns the connections it gets. */
async function listen(serve: (socket: Socket, count: number) => void): Promise<Socket[]> {
  const path = join(await temporaryDirectory(), 'bus');
  const accepted: Socket[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    serve(socket.resume(), accepted.push(socket));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => {
    for (const socket of accepted) socket.destroy();
    server.close();
  });
  await useBus(`unix:path=${path}`);
  return accepted;
}

function relayTo(path: string) {
  return (socket: Socket) => {
    const upstream = connect(path);
    upstream.on('error', () => {});
    socket.pipe(upstream).pipe(socket);
    socket.on('close', () => upstream.destroy());
    upstream.on('close', () => socket.destroy());
  };
}

/** A bus without systemd, or with one that answers every question with an error. */
async function startBroker({
  error,
  authorize = () => true,
}: {
  error?: readonly [name: string, text: string];
  authorize?: () => boolean;
} = {}): Promise<void> {
  const socket = join(await temporaryDirectory(), 'bus');
  // Without a timeout: its timer would outlive a client that it refused.
  const broker = createBroker({ authorize, authTimeout: 0 });
  await new Promise<unknown>((resolve) => broker.listen({ socket }, resolve));
  onTestFinished(() => void broker.close());
  if (error) {
    const manager = createClient({ socket });
    await manager.requestName('org.freedesktop.systemd1', 0);
    const ListUnitsByNames = () => {
      throw Object.assign(new Error(error[1]), { dbusName: error[0] });
    };
    manager.exportInterface({ ListUnitsByNames }, '/org/freedesktop/systemd1', {
      name: 'org.freedesktop.systemd1.Manager',
      methods: { ListUnitsByNames: ['as', 'as', [], []] },
    });
    onTestFinished(() => manager.close());
  }
  await useBus(`unix:path=${socket}`);
}
