/** A gRPC message in what came on the wire, or what is wrong there. */
export type FrameContent =
  | { readonly message: Buffer }
  | { readonly problem: 'missing' | 'compressed' | 'cut short' | 'more than one' };

const HEAD_BYTES = 5;
const COMPRESSED = 1;

/** Puts gRPC's length before a message. */
export function frame(message: Uint8Array): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** The length that the first message says it has; `undefined` while its head has not come. */
export function frameLength(bytes: Buffer): number | undefined {
  return bytes.length < HEAD_BYTES ? undefined : bytes.readUInt32BE(1);
}

/** Takes the one message out of all that came. */
export function unframe(bytes: Buffer): FrameContent {
  if (bytes.length === 0) return { problem: 'missing' };
  const length = frameLength(bytes);
  if (length === undefined || bytes.length < HEAD_BYTES + length) return { problem: 'cut short' };
  if (bytes[0] === COMPRESSED) return { problem: 'compressed' };
  if (bytes.length > HEAD_BYTES + length) return { problem: 'more than one' };
  return { message: bytes.subarray(HEAD_BYTES) };
}
