/** A frame of RFC 9113, section 4.1. */
export function frame(
  type: number,
  stream: number,
  payload: Buffer | string = '',
  flags = 0,
): Buffer {
  const bytes = Buffer.from(payload);
  const head = Buffer.alloc(9);
  head.writeUIntBE(bytes.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, bytes]);
}

const END_HEADERS = 4;
export const END_STREAM = 1;
export const SETTINGS = frame(4, 0);
export const PING = frame(6, 0, Buffer.alloc(8));

/** Headers of the first stream, in HPACK. */
export function headers(fields: Buffer, flags = 0): Buffer {
  return frame(1, 1, fields, END_HEADERS | flags);
}

/** HPACK: the indexed field ":status: 200". */
export const OK = Buffer.of(0x88);
/** HPACK: ":status: 103", the name indexed. */
export const EARLY_HINTS = Buffer.concat([Buffer.of(0x08, 3), Buffer.from('103')]);
/** HPACK: a field without any indexing. */
export const field = (name: string, value: string) =>
  Buffer.concat([
    Buffer.of(0, name.length),
    Buffer.from(name),
    Buffer.of(value.length),
    Buffer.from(value),
  ]);

export const data = (content: string | Buffer, flags = 0) => frame(0, 1, content, flags);
export const resetStream = (code: number) => frame(3, 1, numbers(code));
export const goAway = (code: number, last = 0) => frame(7, 0, numbers(last, code));

function numbers(...values: number[]): Buffer {
  return Buffer.concat(
    values.map((value) => Buffer.from(value.toString(16).padStart(8, '0'), 'hex')),
  );
}
