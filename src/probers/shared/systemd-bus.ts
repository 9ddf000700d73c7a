import type { DBusError, MessageBus } from 'dbus-native';
import { lazyPackage } from '../../lib/lazy.ts';
import { ProbeFailure } from '../failure.ts';

/** The library, loaded with the first call. */
export const library = lazyPackage<typeof import('dbus-native')>('dbus-native');

/** Which systemd is asked: the system's or that of the user this process runs as. */
export type SystemdScope = 'system' | 'user';

/** There is nobody to ask that way; another way may still work. */
export class NoSystemdError extends Error {
  override readonly name = 'NoSystemdError';
}

/** One question to systemd, as D-Bus has it. */
interface Question {
  /** Whose method it is. */
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  /** The types of what is in `body`. */
  readonly signature?: string;
  readonly body?: unknown[];
}

/** Sends one question and resolves with its answer. */
export type CallSystemd = (question: Question, signal: AbortSignal) => Promise<unknown>;

/** Where systemd's manager is. Its methods are in org.freedesktop.systemd1(5). */
export const MANAGER = {
  path: '/org/freedesktop/systemd1',
  interface: 'org.freedesktop.systemd1.Manager',
} as const;

/** Does work that asks systemd, and passes on what that resolves with. */
export type WithSystemd = <T>(
  scope: SystemdScope,
  work: (call: CallSystemd) => Promise<T>,
  signal: AbortSignal,
) => Promise<T>;

// Below the 25 s after which dbus-native throws, where nobody can catch it, that its own first call got no reply.
const GREETING_TIMEOUT_MS = 10_000;
const NO_AUTO_START = 2;
const TO_SYSTEMD = { destination: 'org.freedesktop.systemd1', flags: NO_AUTO_START };

/**
 * Lets others ask systemd over D-Bus. One connection for each bus is kept for all who ask and made anew once it is lost;
 * it does not keep the process alive. The addresses are those every D-Bus program uses.
 *
 * @throws {NoSystemdError} where there is no bus, or no systemd that listens on it.
 * @throws {ProbeFailure} `permission` where systemd does not answer this user.
 */
export function systemdConnections(): WithSystemd {
  const connections = new Map<SystemdScope, CallSystemd>();
  return async (scope, work, signal) => {
    try {
      let call = connections.get(scope);
      if (!call) {
        const fresh = connect(scope, () => {
          if (connections.get(scope) === fresh) connections.delete(scope);
        });
        connections.set(scope, fresh);
        call = fresh;
      }
      return await work(call);
    } catch (error) {
      signal.throwIfAborted();
      throw explain(error);
    }
  };
}

function connect(scope: SystemdScope, onClose: () => void): CallSystemd {
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

  return async (question, signal) => {
    waiting++;
    try {
      return await bus.invoke({ ...TO_SYSTEMD, ...question }, { signal, timeout: 0 });
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

/** What kind of error an answer is: `AccessDenied` of `org.freedesktop.DBus.Error.AccessDenied`. */
export function lastWord({ dbusName = '' }: DBusError): string {
  return dbusName.slice(dbusName.lastIndexOf('.') + 1);
}
