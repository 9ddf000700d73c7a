/**
 * Does what writes a file or a directory.
 *
 * @throws {Error} a sentence that names it and says why it cannot be written.
 */
export async function explainedWrite<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Error(`${path} cannot be written: ${whyNotWritten(error)}`, { cause: error });
  }
}

/** Why a file or a directory cannot be written, as the end of a sentence. */
export function whyNotWritten(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return WRITE_ERRORS[code] ?? (error instanceof Error ? error.message : String(error));
}

const WRITE_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'no such directory',
  ENOTDIR: 'a part of its path is no directory',
  EEXIST: 'something else of this name is there',
  EISDIR: 'is a directory, a file is expected',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'its symbolic links go in circles',
  ENAMETOOLONG: 'its name is too long',
  EFBIG: 'it would be larger than files may be here',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left',
  EDQUOT: 'the quota is used up',
};
