/** One value of DER, the encoding certificates are written in. */
export interface Element {
  /** The first byte: class, form and number of the type. */
  readonly tag: number;
  readonly content: Buffer;
  /** The value as it was encoded, tag and length included. */
  readonly whole: Buffer;
}

/** The values that follow each other in these bytes. Cut where the bytes end before a value does. */
export function elements(bytes: Buffer): Element[] {
  const found: Element[] = [];
  let rest = bytes;
  while (rest.length >= 2) {
    const { start, length } = extent(rest);
    const whole = rest.subarray(0, start + length);
    found.push({ tag: rest.readUInt8(0), content: whole.subarray(start), whole });
    rest = rest.subarray(start + length);
  }
  return found;
}

const LONG_FORM = 0x80;
const MAX_LENGTH_BYTES = 6;

function extent(bytes: Buffer): { start: number; length: number } {
  const first = bytes.readUInt8(1);
  if (first < LONG_FORM) return { start: 2, length: first };
  const count = Math.min(first - LONG_FORM, MAX_LENGTH_BYTES, bytes.length - 2);
  return { start: 2 + count, length: count === 0 ? 0 : bytes.readUIntBE(2, count) };
}

/** Encodes one value. */
export function element(tag: number, content: Buffer): Buffer {
  const { length } = content;
  if (length < LONG_FORM) return Buffer.concat([Buffer.from([tag, length]), content]);
  const digits = length.toString(16);
  const bytes = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, LONG_FORM + bytes.length]), bytes, content]);
}

// Who sends longer ones wants to see us count.
const MAX_IDENTIFIER_BYTES = 64;

/** An object identifier in its dotted form. One of absurd length is cut. */
export function objectIdentifier(content: Buffer): string {
  const numbers: bigint[] = [];
  let number = 0n;
  for (const byte of content.subarray(0, MAX_IDENTIFIER_BYTES)) {
    number = number * 128n + BigInt(byte & 0x7f);
    if (byte >= 0x80) continue;
    numbers.push(number);
    number = 0n;
  }
  const [head = 0n, ...others] = numbers;
  const top = head < 80n ? head / 40n : 2n;
  return [top, head - top * 40n, ...others].join('.');
}
