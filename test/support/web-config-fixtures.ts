import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Authority } from './certificates.ts';
import { inlined, webConfigDirectory, webConfigFiles } from './web-config.ts';

/** Web configuration files of tests: those that are taken and those that are not. */
export const KINDS = ['good', 'bad'] as const;

const DIRECTORY = join(import.meta.dirname, '../web-config');

/** The names of the fixtures of one kind. */
export function fixturesOf(kind: (typeof KINDS)[number]): string[] {
  return readdirSync(join(DIRECTORY, kind)).filter((file) => file.endsWith('.yml'));
}

/** Where what is said of a bad one stands. */
export function expectationOf(file: string): string {
  return join(DIRECTORY, 'bad', file.replace(/yml$/, 'txt'));
}

/** All fixtures in a new directory, as `good-<name>` and `bad-<name>`, beside the certificates that they name. */
export async function fixtureDirectory(authority: Authority) {
  const files = webConfigFiles(authority);
  const directory = await webConfigDirectory(files);
  for (const kind of KINDS) {
    for (const file of fixturesOf(kind)) {
      const text = readFileSync(join(DIRECTORY, kind, file), 'utf8');
      await directory.write(`${kind}-${file}`, inlined(text, files));
    }
  }
  return { ...directory, fileOf: (name: string) => join(directory.path, name) };
}
