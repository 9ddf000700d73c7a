import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The open connections of all servers of this process, so that their number has a bound. */
export interface Connections {
  /**
   * Keeps a new connection. Where there are too many, one is closed: the oldest that has not sent a whole request yet,
   * else the one that is longest without a request, else the new one. Never one that waits for an answer.
   */
  readonly opened: (socket: Socket) => void;
  /** A whole request came. Returns how many of its connection are now unanswered, this one included. */
  readonly asked: (socket: Socket, response: ServerResponse) => number;
  /** How many are open. */
  readonly count: () => number;
  /** How many requests of a connection are not answered yet. */
  readonly unanswered: (socket: Socket) => number;
  /** From now on every answer says that its connection closes. */
  readonly drain: () => void;
  /**
   * Closes what nobody waits for: kept connections after a moment, so that a request which is under way to us still
   * arrives, and those without a request after a longer one.
   */
  readonly closeIdle: () => void;
  readonly closeAll: () => void;
}

/** A connection, and when in milliseconds of the monotonic clock it was opened or its last answer was done. */
interface Connection {
  readonly socket: Socket;
  readonly responses: Set<ServerResponse>;
  since: number;
}

/** A client that sends one request after another has sent the next one within this time. */
const KEPT_FOR_MS = 250;
/** Who has just connected has sent the first request within this time. */
const NEW_FOR_MS = 1000;

/**
 * @param limit how many may be open at once.
 * @param refused is told of every one that was closed for it.
 */
export function createConnections(limit: number, refused: () => void): Connections {
  const all = new Map<Socket, Connection>();
  // The oldest first. A connection is in one of the two, or it waits for an answer.
  const fresh = new Set<Connection>();
  const idle = new Set<Connection>();
  let draining = false;

  const find = (socket: Socket) => all.get(lowest(socket));
  const forget = (connection: Connection) => {
    all.delete(connection.socket);
    fresh.delete(connection);
    idle.delete(connection);
  };
  const makeRoom = (newest: Connection) => {
    if (all.size <= limit) return;
    const [oldest = newest] = fresh;
    const [longestIdle] = idle;
    const victim = oldest === newest ? (longestIdle ?? newest) : oldest;
    refused();
    forget(victim);
    victim.socket.destroy();
  };
  const answered = (connection: Connection, response: ServerResponse) => {
    connection.responses.delete(response);
    if (connection.responses.size > 0 || !all.has(connection.socket)) return;
    connection.since = performance.now();
    idle.add(connection);
  };
  const closeOlder = (connections: Iterable<Connection>, ms: number) => {
    const before = performance.now() - ms;
    for (const { since, socket } of connections) {
      if (since > before) return;
      socket.destroy();
    }
  };

  return {
    opened: (socket) => {
      const connection = {
        socket,
        responses: new Set<ServerResponse>(),
        since: performance.now(),
      };
      all.set(socket, connection);
      fresh.add(connection);
      socket.once('close', () => forget(connection));
      makeRoom(connection);
    },
    asked: (socket, response) => {
      const connection = find(socket);
      if (!connection) return 1;
      fresh.delete(connection);
      idle.delete(connection);
      connection.responses.add(response);
      if (draining) closeAfterLast(connection);
      response.once('close', () => answered(connection, response));
      return connection.responses.size;
    },
    unanswered: (socket) => find(socket)?.responses.size ?? 0,
    count: () => all.size,
    drain: () => {
      draining = true;
      for (const connection of all.values()) closeAfterLast(connection);
    },
    closeIdle: () => {
      closeOlder(idle, KEPT_FOR_MS);
      closeOlder(fresh, NEW_FOR_MS);
    },
    closeAll: () => {
      for (const { socket } of all.values()) socket.destroy();
    },
  };
}

/** Has the last answer that is owed on a connection say that it closes. */
function closeAfterLast({ responses }: Connection): void {
  const unsent = [...responses].filter(({ headersSent }) => !headersSent);
  for (const response of unsent) response.removeHeader('Connection');
  unsent.at(-1)?.setHeader('Connection', 'close');
}

/**
 * The connection that was accepted: a TLS one lies on it. Told apart by themselves and not by their ends: unix-domain
 * sockets have none, and the same client may have two of the same ports, to two addresses of this host.
 */
function lowest(socket: Socket): Socket {
  // Node.js has no other name for it.
  return (socket as { readonly _parent?: Socket | null })._parent ?? socket;
}
