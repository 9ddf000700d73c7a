import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { codingQuality } from '../../lib/quality-values.ts';
import { ProbeFailure } from '../failure.ts';

/** What is left of a body after reading it to its end. */
export interface HttpBody {
  /** Length after decompression, as far as it was read. */
  readonly bytes: number;
  /** The start of it: as much as was to be kept. */
  readonly start: Buffer;
  /** Why it could not be read to its end. */
  readonly failure: ProbeFailure | undefined;
}

interface Reading {
  readonly compression: string;
  /** Bytes after decompression that are allowed; 0 for any number. */
  readonly limit: number;
  /** Bytes to keep. */
  readonly keep: number;
  /** Told of the length so far whenever there is more: what was read of a body cut off is known too. */
  readonly progress?: (bytes: number) => void;
  /** Makes a failure of an error on the stream. */
  readonly explain: (error: Error) => ProbeFailure;
}

/** Reads a body to its end, or to its limit. Never rejects: a bad status goes before a bad body. */
export function readBody(source: Readable, reading: Reading): Promise<HttpBody> {
  return new Promise((done) => {
    const kept = new Collected();
    let bytes = 0;
    const finish = (failure?: ProbeFailure) => {
      source.destroy();
      done({ bytes, start: kept.bytes, failure });
    };
    const take = (chunk: Buffer) => {
      const allowed = reading.limit > 0 ? reading.limit - bytes : chunk.length;
      const room = reading.keep - bytes;
      bytes += Math.min(chunk.length, allowed);
      reading.progress?.(bytes);
      if (room > 0) kept.add(chunk.subarray(0, Math.min(room, allowed)));
      if (chunk.length > allowed) finish(tooLong(reading.limit));
    };
    // It may have broken right behind the headers, before anybody could listen.
    if (source.errored) return finish(reading.explain(source.errored));
    source.on('error', (error) => finish(reading.explain(error)));
    source.once('close', () => {
      if (!source.readableEnded) finish(reading.explain(new Error('closed before its end')));
    });
    if (reading.compression === '' || reading.compression === 'identity') {
      source.on('data', take);
      source.once('end', () => finish());
    } else {
      decompress(source, reading.compression, { take, finish });
    }
  });
}

/** Bytes in one piece from the start: a million chunks of a byte each would take a hundred times their size. */
class Collected {
  #buffer = Buffer.alloc(0);
  #length = 0;

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  add(chunk: Buffer): void {
    const length = this.#length + chunk.length;
    if (length > this.#buffer.length) this.#grow(Math.max(length, 2 * this.#buffer.length));
    this.#length += chunk.copy(this.#buffer, this.#length);
  }

  #grow(size: number): void {
    const larger = Buffer.alloc(size);
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

function tooLong(limit: number): ProbeFailure {
  return new ProbeFailure('body', `the body is longer than body_size_limit (${limit} bytes)`);
}

interface Sink {
  readonly take: (chunk: Buffer) => void;
  readonly finish: (failure?: ProbeFailure) => void;
}

// As blackbox_exporter does, this believes the option and not the Content-Encoding header.
function decompress(source: Readable, compression: string, { take, finish }: Sink): void {
  const onEmpty = () => finish(notCompressed(compression));
  source.once('end', onEmpty);
  source.once('data', (first: Buffer) => {
    source.off('end', onEmpty);
    const decoder = createDecoder(compression, first);
    decoder.on('data', take);
    decoder.once('end', () => finish());
    decoder.once('error', () => finish(notCompressed(compression)));
    // Where the source ends by itself the decoder has still to say whether that was all.
    source.once('close', () => {
      if (!source.readableEnded) decoder.destroy();
    });
    decoder.write(first);
    source.pipe(decoder);
  });
}

function notCompressed(compression: string): ProbeFailure {
  return new ProbeFailure('body', `the body is not compressed with ${compression}, or not whole`);
}

function createDecoder(compression: string, first: Buffer) {
  if (compression === 'gzip') return createGunzip();
  if (compression === 'br') return createBrotliDecompress();
  return startsLikeZlib(first) ? createInflate() : createInflateRaw();
}

// "deflate" means zlib's format to the RFC and bare deflate to much of the world. See RFC 1950, 2.2.
function startsLikeZlib([method = 0, flags]: Buffer): boolean {
  const deflate = (method & 0x0f) === 8 && method >> 4 <= 7;
  return deflate && (flags === undefined || ((method << 8) | flags) % 31 === 0);
}

/** Whether an Accept-Encoding header would have a body with this compression. */
export function acceptsEncoding(header: string, compression: string): boolean {
  if (compression === '' || header.trim() === '') return true;
  return (codingQuality(header, compression) ?? (compression === 'identity' ? 1 : 0)) > 0;
}
