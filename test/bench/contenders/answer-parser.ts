import { gunzipSync } from 'node:zlib';

/** One answer over HTTP/1.1. */
export interface HttpAnswer {
  readonly status: number;
  /** Bytes of the body as they were sent, without the framing of chunks. */
  readonly sentBytes: number;
  /** Decompresses the body where it must. */
  readonly text: () => string;
}

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const END_OF_LINE = Buffer.from('\r\n');

/** Puts together one answer from what arrives; it has a length or comes in chunks. */
export class AnswerParser {
  #rest: Buffer = Buffer.alloc(0);
  #head: string | undefined;
  readonly #body: Buffer[] = [];
  /** Bytes missing of the body, or of the chunk with the line end behind it. */
  #missing = 0;
  #isChunked = false;

  /** @returns the answer when it is whole. @throws where it is framed in neither way. */
  push(bytes: Buffer): HttpAnswer | undefined {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    if (this.#head === undefined && !this.#takeHead()) return undefined;
    const isWhole = this.#isChunked ? this.#takeChunks() : this.#takeLength();
    return isWhole ? this.#answer() : undefined;
  }

  #takeHead(): boolean {
    const end = this.#rest.indexOf(END_OF_HEAD);
    if (end === -1) return false;
    this.#head = this.#rest.toString('latin1', 0, end);
    this.#rest = this.#rest.subarray(end + END_OF_HEAD.length);
    this.#isChunked = /^transfer-encoding: chunked$/im.test(this.#head);
    const length = /^content-length: (?<length>\d+)$/im.exec(this.#head)?.groups?.length;
    if (!this.#isChunked && length === undefined) {
      throw new Error(`an answer without a length and not in chunks: ${this.#head}`);
    }
    this.#missing = Number(length ?? 0);
    return true;
  }

  #takeLength(): boolean {
    this.#takeBody(this.#missing);
    return this.#missing === 0;
  }

  #takeBody(most: number): void {
    const part = this.#rest.subarray(0, most);
    if (part.length > 0) this.#body.push(part);
    this.#rest = this.#rest.subarray(part.length);
    this.#missing -= part.length;
  }

  #takeChunks(): boolean {
    for (;;) {
      if (this.#missing > END_OF_LINE.length) this.#takeBody(this.#missing - END_OF_LINE.length);
      if (this.#rest.length < this.#missing) return false;
      this.#rest = this.#rest.subarray(this.#missing);
      this.#missing = 0;
      const end = this.#rest.indexOf(END_OF_LINE);
      if (end === -1) return false;
      const size = Number.parseInt(this.#rest.toString('latin1', 0, end), 16);
      // No trailers: the empty line behind the last chunk may come later and belongs to this answer.
      if (size === 0) return this.#rest.length >= end + 2 * END_OF_LINE.length;
      this.#rest = this.#rest.subarray(end + END_OF_LINE.length);
      this.#missing = size + END_OF_LINE.length;
    }
  }

  #answer(): HttpAnswer {
    const head = this.#head ?? '';
    const whole = Buffer.concat(this.#body);
    return {
      status: Number(/^HTTP\/1\.1 (?<status>\d+)/.exec(head)?.groups?.status),
      sentBytes: whole.length,
      text: () =>
        (/^content-encoding: gzip$/im.test(head) ? gunzipSync(whole) : whole).toString('utf8'),
    };
  }
}
