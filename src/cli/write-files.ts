import { randomUUID } from 'node:crypto';
import { chmod, lstat, mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { explainedWrite } from './write-errors.ts';

/** A file as it is to be. */
export interface FileToWrite {
  readonly name: string;
  readonly text: string;
}

/** What {@link writeFiles} did, or why it did nothing. */
interface Written {
  /** One for each file; none where there are problems. */
  readonly lines: readonly string[];
  /** One for each file that is in the way. */
  readonly problems: readonly string[];
}

/**
 * Writes files into a directory, which is made if it is missing: all, or none where one of them is in the way. A
 * reader sees a file as it was or as it is to be.
 *
 * @param force also in place of files that differ, never of what is no file.
 * @throws {Error} naming what cannot be written and why.
 */
export async function writeFiles(
  directory: string,
  files: readonly FileToWrite[],
  force: boolean,
): Promise<Written> {
  await explainedWrite(directory, () => mkdir(directory, { recursive: true }));
  const found = await Promise.all(
    files.map(async ({ name, text }) => {
      const path = join(directory, name);
      return { path, text, state: await explainedWrite(path, () => stateOf(path, text)) };
    }),
  );
  const problems = found.flatMap(({ path, state }) => {
    const problem = state === 'differs' && force ? undefined : PROBLEMS[state];
    return problem === undefined ? [] : [`${path} ${problem}`];
  });
  if (problems.length > 0) return { lines: [], problems };
  await replaceAll(found.filter(({ state }) => state !== 'same'));
  const lines = found.map(({ path, state }) =>
    state === 'same' ? `unchanged ${path}` : `written   ${path}`,
  );
  return { lines, problems };
}

/**
 * Writes a file, in place of what was there, so that a reader sees the one or the other, whole. Where a symbolic link
 * leads is replaced, not the link; a device or a pipe is written to.
 *
 * @param permissions of the file, whatever it had before and whatever the process would give a new one.
 * @throws {Error} naming the file and why it cannot be written.
 */
export async function replaceFile(file: string, text: string, permissions: number): Promise<void> {
  const path = (await explainedWrite(file, () => realpath(file).catch(unlessMissing))) ?? file;
  const found = await explainedWrite(file, () => lstat(path).catch(unlessMissing));
  // A directory is as little to be renamed over as a device is; that it is one shows when it is written to.
  if (found && !found.isFile()) await explainedWrite(file, () => writeFile(path, text));
  else await replaceAll([{ path, text, permissions }]);
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

type State = 'missing' | 'same' | 'differs' | 'directory' | 'link' | 'special';

const PROBLEMS: Readonly<Record<State, string | undefined>> = {
  missing: undefined,
  same: undefined,
  differs: 'differs from what would be written, --force overwrites it',
  directory: 'is a directory, remove it or choose another place',
  link: 'is a symbolic link, remove it or choose another place',
  special: 'is no regular file, remove it or choose another place',
};

async function stateOf(path: string, text: string): Promise<State> {
  const found = await lstat(path).catch(unlessMissing);
  if (!found) return 'missing';
  if (found.isSymbolicLink()) return 'link';
  if (found.isDirectory()) return 'directory';
  if (!found.isFile()) return 'special';
  return (await readFile(path)).equals(Buffer.from(text)) ? 'same' : 'differs';
}

/**
 * First all beside their places, then all into them: where the disk is full, nothing has changed. What is replaced
 * keeps who may read it, unless that is said.
 */
async function replaceAll(
  files: readonly { path: string; text: string; permissions?: number }[],
): Promise<void> {
  const staged = files.map((file) => ({ ...file, draft: `${file.path}.${randomUUID()}.tmp` }));
  try {
    for (const { path, draft, text, permissions } of staged) {
      await explainedWrite(path, () => writeFile(draft, text, { flag: 'wx' }));
      const mode = permissions ?? (await lstat(path).catch(() => undefined))?.mode;
      if (mode !== undefined) await explainedWrite(path, () => chmod(draft, mode & PERMISSIONS));
    }
    for (const { path, draft } of staged) await explainedWrite(path, () => rename(draft, path));
  } finally {
    for (const { draft } of staged) await rm(draft, { force: true }).catch(() => {});
  }
}

const PERMISSIONS = 0o777;
