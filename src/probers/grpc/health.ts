/** The method of gRPC's health checking protocol. */
export const HEALTH_CHECK_PATH = '/grpc.health.v1.Health/Check';

/** What a server may say about a service, each at its number. */
export const SERVING_STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const;

const SERVICE_FIELD = 0x0a;
const STATUS_FIELD = 1;

/** A `HealthCheckRequest` in Protocol Buffers. */
export function encodeHealthRequest(service: string): Buffer {
  if (service === '') return Buffer.alloc(0);
  const name = Buffer.from(service);
  return Buffer.concat([Buffer.of(SERVICE_FIELD, ...varint(name.length)), name]);
}

/** The number of the serving status in a `HealthCheckResponse`; `undefined` where the bytes are none. */
export function decodeHealthResponse(message: Uint8Array): number | undefined {
  const reader = new FieldReader(message);
  let status = 0;
  for (let key = reader.key(); key; key = reader.key()) {
    const value = reader.value(key.wireType);
    if (key.field === STATUS_FIELD && key.wireType === VARINT) status = value;
  }
  return reader.isBroken ? undefined : status;
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** Reads Protocol Buffers field by field. What it cannot read makes it broken, and it reads no further. */
class FieldReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  isBroken = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  key(): { field: number; wireType: number } | undefined {
    if (this.isBroken || this.#at === this.#bytes.length) return undefined;
    const key = this.#varint();
    const field = Math.floor(key / 8);
    if (field === 0) this.isBroken = true;
    return this.isBroken ? undefined : { field, wireType: key % 8 };
  }

  /** Moves past the value of a field. Returns it where it is a number. */
  value(wireType: number): number {
    switch (wireType) {
      case VARINT:
        return this.#varint();
      case FIXED64:
        return this.#skip(8);
      case BYTES:
        return this.#skip(this.#varint());
      case FIXED32:
        return this.#skip(4);
      default:
        this.isBroken = true;
        return 0;
    }
  }

  #varint(): number {
    let value = 0;
    for (let index = 0; index < MAX_VARINT_BYTES; index++) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return value;
    }
    this.isBroken = true;
    return 0;
  }

  #skip(length: number): number {
    this.#at += length;
    if (this.#at > this.#bytes.length) this.isBroken = true;
    return 0;
  }
}

const MAX_VARINT_BYTES = 10;
