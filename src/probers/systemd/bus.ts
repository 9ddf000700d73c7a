import type { DBusError, Message, MessageBus } from 'dbus-native';
import { lazyPackage } from '../../lib/lazy.ts';
import { ProbeFailure } from '../failure.ts';
import { type AskSystemd, NoSystemdError, type SystemdScope, type UnitStatus } from './unit.ts';

/** The library, loaded with the first call. */
export const library = lazyPackage<typeof import('dbus-native')>('dbus-native');

/** Sends one method call and resolves with its reply. */
type Call = (message: Message, signal: AbortSignal) => Promise<unknown>;

// Below the 25 s after which dbus-native throws, where nobody can catch it, that its own first call got no reply.
const GREETING_TIMEOUT_MS = 10_000;
const NO_AUTO_START = 2;

/**
 * Asks systemd over D-Bus. One connection for each bus is kept for all who ask and made anew once it is lost; it
 * does not keep the process alive. The addresses are those every D-Bus program uses.
 *
 * @throws {NoSystemdError} where there is no bus, or no systemd that listens on it.
 * @throws {ProbeFailure} `permission` where systemd does not answer this user.
 */
export function createSystemdBus(): AskSystemd {
  const connections = new Map<SystemdScope, Call>();
  return async (unit, scope, signal) => {
    try {
      let call = connections.get(scope);
      if (!call) {
        const fresh = connect(scope, () => {
          if (connections.get(scope) === fresh) connections.delete(scope);
        });
        connections.set(scope, fresh);
        call = fresh;
      }
      return await readUnit(call, unit, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw explain(error);
    }
  };
}

function connect(scope: SystemdScope, onClose: () => void): Call {
  const bus = openBus(scope);
  const { connection } = bus;
  let lastError: Error | undefined;
  let waiting = 0;
  const close = (error?: Error) => {
    lastError ??= error;
    onClose();
    connection.stream.destroy();
  };
  const greeting = setTimeout(
    () => close(new Error('the bus accepts connections but does not answer')),
    GREETING_TIMEOUT_MS,
  ).unref();
  connection.once('message', () => clearTimeout(greeting));
  connection.on('error', close);
  connection.on('handlerError', close);
  connection.on('close', () => {
    clearTimeout(greeting);
    onClose();
  });
  if ('unref' in connection.stream) (connection.stream as { unref(): void }).unref();

  return async (message, signal) => {
    waiting++;
    try {
      return await bus.invoke(message, { signal, timeout: 0 });
    } catch (error) {
      // Nobody got an answer: what comes next shall not depend on a connection that may be dead.
      if (signal.aborted && waiting === 1) close();
      throw error instanceof library().ConnectionClosedError
        ? new NoSystemdError(lastError?.message ?? error.message, { cause: error })
        : error;
    } finally {
      waiting--;
    }
  };
}

function openBus(scope: SystemdScope): MessageBus {
  try {
    const { sessionBus, systemBus } = library();
    return scope === 'user' ? sessionBus() : systemBus();
  } catch (error) {
    // No address is set, or one of a kind nobody knows.
    throw new NoSystemdError(error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}

async function readUnit(call: Call, unit: string, signal: AbortSignal): Promise<UnitStatus> {
  // Loads what is not loaded, so that a unit nobody has started yet is found too, and says which are missing.
  const rows = await call(
    {
      ...TO_SYSTEMD,
      path: '/org/freedesktop/systemd1',
      interface: 'org.freedesktop.systemd1.Manager',
      member: 'ListUnitsByNames',
      signature: 'as',
      body: [[unit]],
    },
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

const TO_SYSTEMD = { destination: 'org.freedesktop.systemd1', flags: NO_AUTO_START };

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
  call: Call,
  path: string,
  type: string,
  name: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  const message: Message = {
    ...TO_SYSTEMD,
    path,
    interface: 'org.freedesktop.DBus.Properties',
    member: 'Get',
    signature: 'ss',
    body: [type, name],
  };
  try {
    return Number(await call(message, signal));
  } catch (error) {
    if (error instanceof library().DBusError && NO_PROPERTY.includes(lastWord(error)))
      return undefined;
    throw error;
  }
}

const NO_PROPERTY = ['UnknownProperty', 'UnknownInterface', 'InvalidArgs'];
// UnknownMethod: systemd before 230 cannot list by name.
const NOBODY_THERE = [
  'ServiceUnknown',
  'NameHasNoOwner',
  'Disconnected',
  'NoServer',
  'UnknownMethod',
];

function explain(error: unknown): unknown {
  if (!(error instanceof library().DBusError)) return error;
  const word = lastWord(error);
  if (NOBODY_THERE.includes(word)) return new NoSystemdError(error.message, { cause: error });
  const [reason, what] =
    word === 'AccessDenied'
      ? (['permission', 'systemd does not answer this user'] as const)
      : (['internal', 'systemd answered with an error'] as const);
  return new ProbeFailure(reason, `${what}: ${error.message}`, { cause: error });
}

/** `org.freedesktop.DBus.Error.AccessDenied` → `AccessDenied`. */
function lastWord({ dbusName = '' }: DBusError): string {
  return dbusName.slice(dbusName.lastIndexOf('.') + 1);
}
