import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** One file of `src/`. */
export interface SourceFile {
  /** From the top of the project: `src/engine/run.ts`. */
  readonly path: string;
  readonly text: string;
  /** Imported files of the project, as paths from its top; type imports too. */
  readonly imports: readonly string[];
  /** Imported packages and built-in modules. */
  readonly packages: readonly string[];
}

// The formatter leaves one shape of import, and comments begin no line with these words.
const IMPORT =
  /(?:^(?:import|export)\b[^'";]*?\bfrom\s+|^import\s+|\bimport\()\s*['"](?<specifier>[^'"]+)['"]/gm;

/** Every TypeScript file below a folder. */
export function readSourceFiles(folder = 'src'): SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readSourceFile(posix.join(folder, file)))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function readSourceFile(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const specifiers = [...text.matchAll(IMPORT)].map(({ groups }) => groups?.specifier ?? '');
  const isRelative = (specifier: string) => specifier.startsWith('.');
  return {
    path,
    text,
    imports: specifiers
      .filter(isRelative)
      .map((specifier) => relative(ROOT, join(ROOT, dirname(path), specifier))),
    packages: specifiers.filter((specifier) => !isRelative(specifier)),
  };
}
