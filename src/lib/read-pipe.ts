import { constants, open } from 'node:fs';
import { Socket } from 'node:net';
import { promisify } from 'node:util';

/** A pipe that was not read to its end in time. */
export class PipeTimeout extends Error {
  override readonly name = 'PipeTimeout';

  /** Whether anybody had written to it. */
  readonly hasBegun: boolean;

  constructor(hasBegun: boolean) {
    super('the pipe has not ended');
    this.hasBegun = hasBegun;
  }
}

/**
 * Reads a named pipe, or one from a shell's `<(…)`, to its end: as much as is wanted, and a byte more where there is
 * more. Waits for who writes to it, and holds no thread meanwhile, as the functions for files would.
 *
 * @throws {PipeTimeout} where it has not ended after `seconds`; else the error of the file system.
 */
export async function readPipe(file: string, maxBytes: number, seconds: number): Promise<Buffer> {
  const fd = await promisify(open)(file, constants.O_RDONLY | constants.O_NONBLOCK);
  const pipe = new Socket({ fd, readable: true, writable: false });
  const chunks: Buffer[] = [];
  let length = 0;
  const timer = setTimeout(() => pipe.destroy(new PipeTimeout(length > 0)), seconds * 1000);
  try {
    for await (const chunk of pipe) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > maxBytes) break;
    }
  } finally {
    clearTimeout(timer);
    pipe.destroy();
  }
  return Buffer.concat(chunks).subarray(0, maxBytes + 1);
}
