import type { Socket } from 'node:net';
import { errorCode, ProbeFailure } from '../failure.ts';
import { handshakeFailure } from './tls.ts';

// What blackbox_exporter's line reader takes.
const MAX_LINE_BYTES = 64 * 1024;
// A line that came in two segments is whole within this time, also where the second had to be sent twice.
const PAUSE_SECONDS = 0.25;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Some text off the wire, without its line end. */
export interface Line {
  readonly text: Buffer;
  /** Whether its line end has come. */
  readonly whole: boolean;
}

interface Peer {
  /** Who is at the other end, for messages. */
  readonly peer: string;
  readonly timeoutSeconds: number;
}

/** Reads lines and bytes off a socket. What was received and not consumed is never lost. */
export class Receiver {
  readonly #socket: Socket;
  readonly #peer: string;
  readonly #pauseMs: number;
  #buffered: Buffer = Buffer.alloc(0);
  /** How much of a line that is not whole was looked at in vain. */
  #seen = 0;
  #end: 'open' | 'closed' | Error = 'open';
  #wake = () => {};

  constructor(socket: Socket, { peer, timeoutSeconds }: Peer) {
    this.#socket = socket;
    this.#peer = peer;
    this.#pauseMs = Math.min(PAUSE_SECONDS, timeoutSeconds / 4) * 1000;
    socket.on('data', this.#onData);
    socket.once('end', this.#onEnd);
    socket.once('close', this.#onEnd);
    socket.once('error', this.#onError);
  }

  /**
   * The next line, or what there is of it where the peer pauses in the middle: a prompt has no line end. It stays
   * until {@link consume} or {@link skip}. `undefined`: the peer closed the connection.
   *
   * @throws {ProbeFailure} `protocol` for a line that is too long, `reset`, `tls`.
   */
  async line(): Promise<Line | undefined> {
    for (;;) {
      const length = this.#buffered.indexOf(LINE_FEED);
      if ((length < 0 ? this.#buffered.length : length) > MAX_LINE_BYTES) {
        throw new ProbeFailure('protocol', `${this.#peer} sent a line longer than 64 KiB`);
      }
      if (length >= 0) return { text: this.#text(length), whole: true };
      if (this.#end !== 'open') return this.#lastLine();
      const waitMs = this.#buffered.length > this.#seen ? this.#pauseMs : undefined;
      const news = await this.#change(waitMs);
      if (!news) return { text: this.#text(this.#buffered.length), whole: false };
    }
  }

  consume({ whole }: Line): void {
    this.#take(whole ? this.#buffered.indexOf(LINE_FEED) + 1 : this.#buffered.length);
  }

  /** Goes on to the next line, or waits for the rest of this one. */
  skip(line: Line): void {
    if (line.whole || this.#end !== 'open') this.consume(line);
    else this.#seen = this.#buffered.length;
  }

  /**
   * Compares what comes next, and consumes it where it is equal.
   *
   * @throws {ProbeFailure} `reset`, `tls`.
   */
  async bytes(expected: Buffer): Promise<'equal' | 'different' | 'closed'> {
    for (;;) {
      const length = Math.min(expected.length, this.#buffered.length);
      const come = this.#buffered.subarray(0, length);
      if (!come.equals(expected.subarray(0, length))) return 'different';
      if (length === expected.length) {
        this.#take(length);
        return 'equal';
      }
      if (this.#end !== 'open') {
        this.#throwIfBroken();
        return 'closed';
      }
      await this.#change();
    }
  }

  /** Stops listening. Returns how many bytes were received and not consumed. */
  detach(): number {
    this.#socket.off('data', this.#onData);
    this.#socket.off('end', this.#onEnd);
    this.#socket.off('close', this.#onEnd);
    this.#socket.off('error', this.#onError);
    this.#socket.pause();
    return this.#buffered.length + this.#socket.readableLength;
  }

  readonly #onData = (chunk: Buffer) => {
    this.#buffered = Buffer.concat([this.#buffered, chunk]);
    // Enough to judge the longest line; the rest waits in the kernel.
    if (this.#buffered.length > MAX_LINE_BYTES) this.#socket.pause();
    this.#wake();
  };

  readonly #onEnd = () => {
    if (this.#end === 'open') this.#end = 'closed';
    this.#wake();
  };

  readonly #onError = (error: Error) => {
    this.#end = error;
    this.#wake();
  };

  /** Waits for something to come; `false` where nothing did in that time. */
  #change(waitMs?: number): Promise<boolean> {
    return new Promise((changed) => {
      const timer = waitMs === undefined ? undefined : setTimeout(() => changed(false), waitMs);
      this.#wake = () => {
        clearTimeout(timer);
        changed(true);
      };
      this.#socket.resume();
    });
  }

  #text(length: number): Buffer {
    const carriageReturn = length > 0 && this.#buffered[length - 1] === CARRIAGE_RETURN;
    return this.#buffered.subarray(0, carriageReturn ? length - 1 : length);
  }

  #lastLine(): Line | undefined {
    const length = this.#buffered.length;
    if (length > 0) return { text: this.#text(length), whole: false };
    this.#throwIfBroken();
    return undefined;
  }

  #take(length: number): void {
    this.#buffered = this.#buffered.subarray(length);
    this.#seen = 0;
  }

  #throwIfBroken(): void {
    const error = this.#end;
    if (!(error instanceof Error)) return;
    if (errorCode(error).startsWith('ERR_SSL_')) throw handshakeFailure(error, this.#peer);
    throw new ProbeFailure('reset', `${this.#peer} reset the connection`, { cause: error });
  }
}
