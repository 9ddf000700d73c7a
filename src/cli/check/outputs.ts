import { writeFile } from 'node:fs/promises';
import type { CheckView } from '../../config/check.ts';
import { both } from '../../lib/both.ts';
import { writeTextfile } from '../../metrics/textfile.ts';
import type { CheckReport } from '../../web/status/check-report.ts';
import { explainedWrite } from '../write-errors.ts';
import { replaceFile } from '../write-files.ts';

/** What one run found out, as people and as programs read it. */
export interface Results {
  readonly views: readonly CheckView[];
  readonly report: CheckReport;
  /** How long the run took. */
  readonly seconds: number;
}

/** Where the results are to be written for programs: a file, `-` for standard output, or nowhere. */
export interface Outputs {
  readonly json?: string;
  readonly prometheus?: string;
}

/** In place of a file: standard output. */
const STDOUT = '-';
/** node_exporter runs as a user of its own, and has to read the file. */
const READABLE_BY_ALL = 0o644;

/** Whether standard output belongs to a program: then nothing else may be written to it. */
export function takesStdout({ json, prometheus }: Outputs): boolean {
  return json === STDOUT || prometheus === STDOUT;
}

/** Why these outputs cannot be had at once, or `undefined`. */
export function outputsProblem(outputs: Outputs, watch: boolean): string | undefined {
  const { json, prometheus } = outputs;
  if (json === STDOUT && prometheus === STDOUT) {
    return '--json - and --prometheus - cannot both have standard output: name a file for one';
  }
  const flag = json === STDOUT ? '--json' : '--prometheus';
  return watch && takesStdout(outputs)
    ? `${flag} - would write one run after another to standard output with --watch: name a file`
    : undefined;
}

/**
 * Writes the results wherever programs want them.
 *
 * @throws {Error} naming the flag, the file and why it cannot be written; an AggregateError where both cannot.
 */
export async function writeOutputs(
  { views, report }: Results,
  { json, prometheus }: Outputs,
): Promise<void> {
  await both(
    writeJson(json, report),
    write('--prometheus', prometheus, () => writeTextfile(views), replaceReadable),
  );
}

/** Writes what a program is to read into a file, or to standard output, or nowhere. @throws {Error} as {@link writeOutputs}. */
export function writeJson(place: string | undefined, value: unknown): Promise<void> {
  return write('--json', place, () => `${JSON.stringify(value, undefined, 2)}\n`, overwrite);
}

async function write(
  flag: string,
  place: string | undefined,
  text: () => string,
  into: (file: string, text: string) => Promise<void>,
): Promise<void> {
  if (place === STDOUT) process.stdout.write(text());
  else if (place !== undefined) {
    try {
      await into(place, text());
    } catch (error) {
      throw new Error(`${flag}: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
  }
}

function overwrite(file: string, text: string): Promise<void> {
  return explainedWrite(file, () => writeFile(file, text));
}

function replaceReadable(file: string, text: string): Promise<void> {
  return replaceFile(file, text, READABLE_BY_ALL);
}
