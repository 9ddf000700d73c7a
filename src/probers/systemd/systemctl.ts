import { ProbeFailure } from '../failure.ts';
import { runProgram } from '../shared/child-process.ts';
import { NoSystemdError, type SystemdScope } from '../shared/systemd-bus.ts';
import { createBatcher } from './batcher.ts';
import type { AskSystemd, UnitStatus } from './unit.ts';

const PROPERTIES = ['LoadState', 'ActiveState', 'SubState', 'ActiveEnterTimestamp', 'NRestarts'];
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/**
 * Asks systemd by `systemctl show`, for hosts where it runs without a bus. At most one child for each systemd at
 * a time, which answers for everybody who waits; it is killed when all of them have left.
 *
 * @throws {NoSystemdError} where there is no systemctl, or nobody it can reach.
 * @throws {ProbeFailure} `permission` where systemd does not answer this user.
 */
export function createSystemctl(): AskSystemd {
  const askers = {
    system: createBatcher((units, signal) => show(units, 'system', signal)),
    user: createBatcher((units, signal) => show(units, 'user', signal)),
  };
  return (unit, scope, signal) => askers[scope](unit, signal);
}

async function show(
  units: readonly string[],
  scope: SystemdScope,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, UnitStatus>> {
  try {
    const command = [...ENVIRONMENT, ...systemctl(units, scope)];
    const { stdout } = await runProgram('env', command, {
      signal,
      maxOutputBytes: MAX_OUTPUT_BYTES,
    });
    return assign(units, parseShow(stdout));
  } catch (error) {
    signal.throwIfAborted();
    throw explain(error);
  }
}

// Times are printed for the reader's time zone, under a name that cannot be read back; only newer versions have an
// option against it.
const ENVIRONMENT = ['LC_ALL=C', 'TZ=UTC'];

function systemctl(units: readonly string[], scope: SystemdScope): string[] {
  const user = scope === 'user' ? ['--user'] : [];
  return ['systemctl', ...user, 'show', `--property=${PROPERTIES.join()}`, '--', ...units];
}

/** The blocks are in the order of the question. Their own names may differ from it: a unit can have aliases. */
function assign(
  units: readonly string[],
  statuses: readonly UnitStatus[],
): ReadonlyMap<string, UnitStatus> {
  if (units.length !== statuses.length) {
    throw new ProbeFailure(
      'internal',
      `systemctl was asked for ${units.length} units and answered for ${statuses.length}`,
    );
  }
  return new Map(statuses.map((status, index) => [units[index] ?? '', status]));
}

/** Reads what `systemctl show` prints: `Key=value` lines in any order, an empty line between units. */
export function parseShow(stdout: string): UnitStatus[] {
  return stdout
    .split(/\n{2,}/)
    .filter((block) => block.trim() !== '')
    .map(parseUnit);
}

function parseUnit(block: string): UnitStatus {
  const values = new Map(
    block.split('\n').map((line): [string, string] => {
      const [key = '', ...rest] = line.split('=');
      return [key, rest.join('=')];
    }),
  );
  const restarts = values.get('NRestarts') ?? '';
  return {
    loadState: values.get('LoadState') ?? '',
    activeState: values.get('ActiveState') ?? '',
    subState: values.get('SubState') ?? '',
    activeEnterSeconds: parseTime(values.get('ActiveEnterTimestamp') ?? ''),
    // `[not set]` where there is no number.
    restarts: /^\d+$/.test(restarts) ? Number(restarts) : undefined,
  };
}

/** `Sun 2026-11-22 16:01:00 UTC` → seconds since the epoch; empty and `n/a` → `undefined`. */
function parseTime(text: string): number | undefined {
  const time = /(?<day>\d{4}-\d\d-\d\d) (?<clock>\d\d:\d\d:\d\d)(?:\.\d+)? UTC$/.exec(text)?.groups;
  return time ? Date.parse(`${time.day}T${time.clock}Z`) / 1000 : undefined;
}

// What systemctl says, in English by LC_ALL; the first that fits. Without a systemd, version 219 says that getting
// a connection is "not permitted".
const MEANINGS = [
  [/not been booted with systemd|failed to get d-bus connection/i, 'nobody there'],
  [/access denied|permission denied|operation not permitted/i, 'denied'],
  [/failed to connect to .*bus|connection (?:refused|reset)|not connected/i, 'nobody there'],
] as const;

function explain(error: unknown): unknown {
  if (error instanceof ProbeFailure || !(error instanceof Error)) return error;
  const { code, stderr } = error as { code?: unknown; stderr?: unknown };
  // 127 and 126 are env's words for "no such program" and "not allowed to run it".
  if (code === 'ENOENT' || code === 127 || code === 126) {
    return new NoSystemdError('there is no systemctl', { cause: error });
  }
  const message =
    String(stderr ?? '')
      .split('\n')[0]
      ?.trim() || error.message;
  const meaning = MEANINGS.find(([pattern]) => pattern.test(message))?.[1];
  if (meaning === 'nobody there') return new NoSystemdError(message, { cause: error });
  if (meaning === 'denied') {
    return new ProbeFailure('permission', `systemd does not answer this user: ${message}`, {
      cause: error,
    });
  }
  return new ProbeFailure('internal', `systemctl failed: ${message}`, { cause: error });
}
