import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
/** What keeps a release from going out. */
const SEVERE = ['high', 'critical'];

/** What a registry knows against the packages of the lock file. */
export interface Audit {
  /** Those of the package as it is installed, as `name (severity)`. */
  readonly running: readonly string[];
  /** Those that development needs besides. */
  readonly developing: readonly string[];
}

interface Report {
  readonly message?: string;
  readonly vulnerabilities?: Readonly<
    Record<string, { readonly severity: string; readonly nodes: readonly string[] }>
  >;
}

/**
 * Asks the registry that npm is configured for, or this one, with what `npm audit` sends: names and versions.
 *
 * @returns what is known of severity high and above, or a sentence that says why nobody answered.
 */
export async function auditPackages(registry?: string): Promise<Audit | string> {
  const from = registry === undefined ? [] : [`--registry=${registry}`];
  const args = ['audit', '--json', '--fetch-retries=0', '--fetch-timeout=10000', ...from];
  const output = await new Promise<string>((resolve) => {
    // It also fails where it found something.
    execFile('npm', args, { cwd: ROOT, maxBuffer: Infinity }, (_error, stdout) => resolve(stdout));
  });
  const { vulnerabilities, message = 'npm said nothing' } = readReport(output);
  if (!vulnerabilities) return message;
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  const severe = Object.entries(vulnerabilities).filter(([, { severity }]) =>
    SEVERE.includes(severity),
  );
  const isRunning = (nodes: readonly string[]) => nodes.some((node) => !lock.packages[node]?.dev);
  const named = (running: boolean) =>
    severe
      .filter(([, { nodes }]) => isRunning(nodes) === running)
      .map(([name, { severity }]) => `${name} (${severity})`);
  return { running: named(true), developing: named(false) };
}

function readReport(output: string): Report {
  try {
    return JSON.parse(output);
  } catch {
    return { message: output.slice(0, 200) };
  }
}
