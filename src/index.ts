// What programs may import from this package. Whatever is not exported here may change in any version.
import { startChecking } from './app/checking.ts';
import { createReport } from './web/status/check-report.ts';
import type { CheckReport } from './web/status/report-schema.ts';

export { ConfigError } from './config/problem.ts';
export type {
  CheckReport,
  CheckResult,
  LastScrape,
  RecentRun,
} from './web/status/report-schema.ts';

/** What {@link runChecks} goes by. */
export interface RunChecksOptions {
  /** Path of the YAML file. Absent: the embedded default, which looks at this host's disk, memory and CPU. */
  readonly configFile?: string | undefined;
  /** Whether `${NAME}` in the file stands for a variable of the environment; by default it does not. */
  readonly expandEnv?: boolean | undefined;
  /** When it fires, checks that are not done are skipped. By default each has its own timeout and nothing else. */
  readonly signal?: AbortSignal | undefined;
  /** Is told, in a sentence, of what is no fault of a target, such as a lack of memory. */
  readonly troubled?: ((problem: string) => void) | undefined;
}

/**
 * Runs every check of a configuration once, as the command `check` does.
 *
 * @returns what `check --json` writes.
 * @throws {ConfigError} with every problem of the file; the reason of `signal` where that fires before the file is read.
 */
export async function runChecks({
  configFile,
  expandEnv = false,
  signal = new AbortController().signal,
  troubled = () => {},
}: RunChecksOptions = {}): Promise<CheckReport> {
  const checking = await startChecking({
    configFile,
    expandEnv,
    signal,
    troubled,
    choose: (config) => config,
    executed: () => {},
  });
  const views = await checking.run(signal);
  return createReport(views, ({ check }) => checking.pastOf(check));
}
