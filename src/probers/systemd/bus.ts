import { ProbeFailure } from '../failure.ts';
import {
  type CallSystemd,
  lastWord,
  library,
  MANAGER,
  systemdConnections,
} from '../shared/systemd-bus.ts';
import type { AskSystemd, UnitStatus } from './unit.ts';

/** Asks systemd over D-Bus; see {@link systemdConnections}. */
export function createSystemdBus(): AskSystemd {
  const withSystemd = systemdConnections();
  return (unit, scope, signal) =>
    withSystemd(scope, (call) => readUnit(call, unit, signal), signal);
}

async function readUnit(call: CallSystemd, unit: string, signal: AbortSignal): Promise<UnitStatus> {
  // Loads what is not loaded, so that a unit nobody has started yet is found too, and says which are missing.
  const rows = await call(
    { ...MANAGER, member: 'ListUnitsByNames', signature: 'as', body: [[unit]] },
    signal,
  );
  const { loadState, activeState, subState, path } = parseRow(rows);
  const property = (type: 'Unit' | 'Service', name: string) =>
    readProperty(call, path, `org.freedesktop.systemd1.${type}`, name, signal);
  const [enteredMicroseconds, restarts] =
    loadState === 'not-found'
      ? []
      : await Promise.all([
          property('Unit', 'ActiveEnterTimestamp'),
          unit.endsWith('.service') ? property('Service', 'NRestarts') : undefined,
        ]);
  return {
    loadState,
    activeState,
    subState,
    activeEnterSeconds: enteredMicroseconds ? enteredMicroseconds / 1e6 : undefined,
    restarts,
  };
}

function parseRow(rows: unknown) {
  const row: unknown = Array.isArray(rows) ? rows[0] : undefined;
  if (!Array.isArray(row) || row.length < 7) {
    throw new ProbeFailure('internal', 'systemd answered with something that is no list of units');
  }
  const [, , loadState, activeState, subState, , path] = row.map(String);
  return {
    loadState: loadState ?? '',
    activeState: activeState ?? '',
    subState: subState ?? '',
    path: path ?? '',
  };
}

/** A number, or `undefined` where this systemd or this kind of unit has no such property. */
async function readProperty(
  call: CallSystemd,
  path: string,
  type: string,
  name: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  const question = {
    path,
    interface: 'org.freedesktop.DBus.Properties',
    member: 'Get',
    signature: 'ss',
    body: [type, name],
  };
  try {
    return Number(await call(question, signal));
  } catch (error) {
    if (error instanceof library().DBusError && NO_PROPERTY.includes(lastWord(error)))
      return undefined;
    throw error;
  }
}

const NO_PROPERTY = ['UnknownProperty', 'UnknownInterface', 'InvalidArgs'];
