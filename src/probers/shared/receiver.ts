import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { errorCode, ProbeFailure } from '../failure.ts';
import { handshakeFailure } from './tls.ts';

// What blackbox_exporter's line reader takes.
const MAX_LINE_BYTES = 64 * 1024;
// A line that came in two segments is whole within this time, also where the second had to be sent twice.
const PAUSE_SECONDS = 0.25;

// What a peer can make this process do before everything else has its turn: 64 KiB of lines to judge, where each
// line and each chunk costs as much as that many bytes.
const MAX_WORK = 64 * 1024;
const WORK_OF_EACH = 256;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

const NOTHING = Buffer.alloc(0);

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
  /** What was received and not consumed. */
  #chunks: Buffer[] = [];
  #length = 0;
  /** Where the next line ends; -1 where it is not whole. */
  #lineEnd = -1;
  /** What was done since the event loop turned. */
  #work = 0;
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
      if (this.#work > MAX_WORK) await this.#rest();
      const whole = this.#lineEnd >= 0;
      const length = whole ? this.#lineEnd : this.#length;
      if (length > MAX_LINE_BYTES) {
        throw new ProbeFailure('protocol', `${this.#peer} sent a line longer than 64 KiB`);
      }
      if (whole) return this.#line(length, whole);
      if (this.#end !== 'open') return this.#lastLine();
      const news = await this.#change(length > this.#seen ? this.#pauseMs : undefined);
      if (!news) return this.#line(this.#length, false);
    }
  }

  consume({ whole }: Line): void {
    this.#take(whole ? this.#lineEnd + 1 : this.#length);
  }

  /** Goes on to the next line, or waits for the rest of this one. */
  skip(line: Line): void {
    if (line.whole || this.#end !== 'open') this.consume(line);
    else this.#seen = this.#length;
  }

  /**
   * Compares what comes next, and consumes it as far as it is equal.
   *
   * @throws {ProbeFailure} `reset`, `tls`.
   */
  async bytes(expected: Buffer): Promise<'equal' | 'different' | 'closed'> {
    let missing = expected;
    for (;;) {
      if (this.#work > MAX_WORK) await this.#rest();
      const length = Math.min(missing.length, this.#length);
      if (!this.#start(length).equals(missing.subarray(0, length))) return 'different';
      this.#take(length);
      missing = missing.subarray(length);
      if (missing.length === 0) return 'equal';
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
    return this.#length + this.#socket.readableLength;
  }

  readonly #onData = (chunk: Buffer) => {
    if (this.#lineEnd < 0) {
      const lineEnd = chunk.indexOf(LINE_FEED);
      if (lineEnd >= 0) this.#lineEnd = this.#length + lineEnd;
    }
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    this.#work += WORK_OF_EACH;
    // Enough to judge the longest line, or for this turn of the event loop; the rest waits in the kernel.
    if (this.#length > MAX_LINE_BYTES || this.#work > MAX_WORK) this.#socket.pause();
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

  /** Lets timers, and whoever else is waiting, have their turn. */
  async #rest(): Promise<void> {
    this.#work = 0;
    await nextTurn();
  }

  #line(length: number, whole: boolean): Line {
    this.#work += WORK_OF_EACH + length;
    const text = this.#start(length);
    const carriageReturn = text.at(-1) === CARRIAGE_RETURN;
    return { text: carriageReturn ? text.subarray(0, -1) : text, whole };
  }

  #lastLine(): Line | undefined {
    if (this.#length > 0) return this.#line(this.#length, false);
    this.#throwIfBroken();
    return undefined;
  }

  /** The first bytes, in one piece. */
  #start(length: number): Buffer {
    const [first = NOTHING] = this.#chunks;
    if (length <= first.length) return first.subarray(0, length);
    const whole = Buffer.concat(this.#chunks);
    this.#chunks = [whole];
    return whole.subarray(0, length);
  }

  #take(length: number): void {
    this.#start(length);
    const [first = NOTHING, ...others] = this.#chunks;
    const rest = first.subarray(length);
    this.#chunks = rest.length > 0 ? [rest, ...others] : others;
    this.#length -= length;
    this.#lineEnd = this.#nextLineEnd();
    this.#seen = 0;
  }

  #nextLineEnd(): number {
    let offset = 0;
    for (const chunk of this.#chunks) {
      const lineEnd = chunk.indexOf(LINE_FEED);
      if (lineEnd >= 0) return offset + lineEnd;
      offset += chunk.length;
    }
    return -1;
  }

  #throwIfBroken(): void {
    const error = this.#end;
    if (!(error instanceof Error)) return;
    if (errorCode(error).startsWith('ERR_SSL_')) throw handshakeFailure(error, this.#peer);
    throw new ProbeFailure('reset', `${this.#peer} reset the connection`, { cause: error });
  }
}
