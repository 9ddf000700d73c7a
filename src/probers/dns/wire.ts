/** A message, or a name, that breaks the rules of RFC 1035. The sentence ends `the answer …`. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

const MAX_NAME_BYTES = 255;
const MAX_LABEL_BYTES = 63;
// A name of 255 bytes has no more labels, and a pointer that leads to no label leads in a circle.
const MAX_POINTERS = 126;

/** Reads a message from front to back. Whatever the bytes are, it ends, and never reads beyond `end`. */
export class WireReader {
  readonly #bytes: Buffer;
  #offset: number;
  readonly #end: number;

  constructor(bytes: Buffer, offset = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#offset = offset;
    this.#end = end;
  }

  /** How much is left. */
  get left(): number {
    return this.#end - this.#offset;
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#skip(1));
  }

  u16(): number {
    return this.#bytes.readUInt16BE(this.#skip(2));
  }

  u32(): number {
    return this.#bytes.readUInt32BE(this.#skip(4));
  }

  take(length: number): Buffer {
    const start = this.#skip(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** A reader of the next bytes alone, where names may still point to anything before. */
  part(length: number): WireReader {
    const start = this.#skip(length);
    return new WireReader(this.#bytes, start, start + length);
  }

  /** A domain name as text: absolute, escaped as in a zone file. */
  name(): string {
    let text = '';
    let left = MAX_NAME_BYTES;
    let pointers = 0;
    let reader: WireReader = this;
    for (;;) {
      const length = reader.u8();
      if (length === 0) return text || '.';
      if (length > MAX_LABEL_BYTES) {
        if (length < 0xc0) throw new WireError('has a label of an unknown kind');
        if (++pointers > MAX_POINTERS) throw new WireError('has a name that leads in a circle');
        const offset = (length & 0x3f) * 256 + reader.u8();
        reader = new WireReader(this.#bytes, offset);
        continue;
      }
      left -= length + 1;
      if (left <= 0) throw new WireError('has a name longer than 255 bytes');
      text += `${escapeLabel(reader.take(length))}.`;
    }
  }

  #skip(length: number): number {
    const start = this.#offset;
    if (length > this.left) throw new WireError('ends in the middle');
    this.#offset += length;
    return start;
  }
}

/** Bytes as the text of a label: `\.` for what has a meaning in zone files, `\007` for what cannot be seen. */
function escapeLabel(label: Buffer): string {
  return escaped(label, /[. '@;()"\\]/);
}

/** Bytes as text, one character a byte. What matches gets a backslash, what cannot be seen its number. */
export function escaped(bytes: Buffer, special: RegExp): string {
  let text = '';
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    if (byte < 0x20 || byte > 0x7e) text += `\\${String(byte).padStart(3, '0')}`;
    else text += special.test(character) ? `\\${character}` : character;
  }
  return text;
}

const MAPPED_IPV4 = Buffer.from('00000000000000000000ffff', 'hex');

/** The 4 or 16 bytes of an address as text, as Go prints it. */
export function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.subarray(0, 12).equals(MAPPED_IPV4)) return `::ffff:${bytes.subarray(12).join('.')}`;
  const groups = (bytes.toString('hex').match(/.{4}/g) ?? []).join(':');
  return new URL(`http://[${groups}]`).hostname.slice(1, -1);
}

const CHARACTER = /\\(?<number>\d{3})|\\(?<escaped>[^\d])|(?<plain>[^\\])/suy;

/**
 * A name in the form of the wire. Text may be escaped as in a zone file; other characters are UTF-8.
 *
 * @throws {WireError} where it is no name, as the end of the sentence `query_name …`.
 */
export function encodeName(text: string): Buffer {
  const labels = text === '.' ? [] : splitLabels(text);
  for (const label of labels) {
    if (label.length === 0) throw new WireError('has an empty label');
    if (label.length > MAX_LABEL_BYTES) throw new WireError('has a label longer than 63 bytes');
  }
  const wire = labels.flatMap((label) => [Buffer.from([label.length]), label]);
  const name = Buffer.concat([...wire, Buffer.from([0])]);
  if (name.length > MAX_NAME_BYTES) throw new WireError('is longer than 255 bytes');
  return name;
}

function splitLabels(text: string): Buffer[] {
  const labels: Buffer[][] = [[]];
  let offset = 0;
  while (offset < text.length) {
    CHARACTER.lastIndex = offset;
    const match = CHARACTER.exec(text);
    const byte = Number(match?.groups?.number ?? 0);
    if (!match || byte > 255) throw new WireError('has a bad escape');
    offset += match[0].length;
    if (match[0] === '.') labels.push([]);
    else labels.at(-1)?.push(characterBytes(match));
  }
  if (labels.length > 1 && labels.at(-1)?.length === 0) labels.pop();
  return labels.map((label) => Buffer.concat(label));
}

function characterBytes({ groups = {} }: RegExpExecArray): Buffer {
  if (groups.number !== undefined) return Buffer.from([Number(groups.number)]);
  return Buffer.from(groups.escaped ?? groups.plain ?? '');
}
