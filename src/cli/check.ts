import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { checkOnce } from '../app/configuration.ts';
import { environmentAllowsColor } from '../app/environment.ts';
import { onSignals } from '../app/signals.ts';
import { type CheckReport, createReport } from '../web/status/check-report.ts';
import { EXIT } from './exit.ts';
import { configPlace, flags } from './flags.ts';
import { renderTable } from './table.ts';
import { whyNotWritten } from './write-errors.ts';

interface CheckFlags {
  readonly 'config.file'?: string;
  readonly 'config.expandEnv'?: boolean;
  readonly json?: string;
}

/** `check`: runs every check once and tells people, or programs by JSON and exit code. */
export function checkCommand({ setExitCode }: { setExitCode: (code: number) => void }): Command {
  return new Command('check')
    .description('run every check once and print the results')
    .addOption(flags.configFile())
    .addOption(flags.expandEnv())
    .addOption(flags.json())
    .action(async (given: CheckFlags) => setExitCode(await check(given)));
}

async function check(given: CheckFlags): Promise<number> {
  const interrupted = new AbortController();
  const stop = () => interrupted.abort();
  const undo = onSignals({ SIGINT: stop, SIGTERM: stop });
  try {
    const views = await checkOnce(configPlace(given), interrupted.signal);
    if (!views) throw new Error('interrupted before every check was done');
    const report = createReport(views);
    await print(report, given.json);
    return report.summary.failing + report.summary.skipped === 0 ? EXIT.ok : EXIT.someFail;
  } finally {
    undo();
  }
}

async function print(report: CheckReport, json: string | undefined): Promise<void> {
  const text = `${JSON.stringify(report, undefined, 2)}\n`;
  if (json === '-') {
    process.stdout.write(text);
    return;
  }
  // First the table: what was found out is told also where the file cannot be written.
  const color = process.stdout.isTTY === true && environmentAllowsColor();
  process.stdout.write(renderTable(report, { color }));
  if (json !== undefined) await writeJson(json, text);
}

async function writeJson(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    const why = whyNotWritten(error);
    throw new Error(`--json: ${file} cannot be written: ${why}`, { cause: error });
  }
}
