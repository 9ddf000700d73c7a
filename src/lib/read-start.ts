import { createReadStream } from 'node:fs';

/**
 * Reads as much of a file as is wanted, and a byte more where there is more, whatever its size is said to be: it ends by
 * itself also where the file never does.
 *
 * @throws the error of the file system.
 */
export async function readStart(file: string, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  // `end` is the last byte to read.
  for await (const chunk of createReadStream(file, { end: maxBytes })) chunks.push(chunk);
  return Buffer.concat(chunks);
}
