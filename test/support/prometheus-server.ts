import { join, resolve } from 'node:path';
import { startChild } from './child.ts';
import { realPart } from './real-part.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export const hasPrometheus = realPart('Prometheus', ['prometheus']);

/** A real Prometheus that scrapes every second, unless told otherwise. */
export interface PrometheusServer extends AsyncDisposable {
  /** Evaluates an expression now: a value for each set of labels. */
  readonly query: (
    expression: string,
  ) => Promise<{ labels: Readonly<Record<string, string>>; value: number }[]>;
  /** As `query`, by the value of one label. */
  readonly queryBy: (label: string, expression: string) => Promise<Record<string, number>>;
  /** Gives it other jobs and reloads it. Resolves when it works with them; its data stays. */
  readonly reload: (jobs: string) => Promise<void>;
}

interface Answer {
  readonly error?: string;
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value: readonly [number, string];
    }[];
  };
}

/** What a Prometheus does besides scraping, and how often it scrapes. */
interface PrometheusOptions {
  /** Paths from the top of the project. */
  readonly ruleFiles?: readonly string[];
  /** The port of the Alertmanager that is told. */
  readonly alertmanager?: number;
  /** Also how long a scrape may take. */
  readonly intervalSeconds?: number;
}

/** @param jobs its `scrape_configs`, or the port of an exporter whose `/metrics` it scrapes. */
export async function startPrometheus(
  jobs: number | string,
  options: PrometheusOptions = {},
): Promise<PrometheusServer> {
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(await temporaryDirectory());
  const write = (jobs: number | string) =>
    directory.write('prometheus.yml', configuration(jobs, options));
  const child = stack.use(
    startChild('prometheus', [
      `--config.file=${await write(jobs)}`,
      `--storage.tsdb.path=${join(directory.path, 'data')}`,
      '--web.listen-address=127.0.0.1:0',
    ]),
  );
  const { groups } = await child.says(/msg="Listening on" address=127\.0\.0\.1:(?<port>\d+)/);
  await child.says(/Server is ready to receive web requests/);
  const query: PrometheusServer['query'] = async (expression) => {
    const parameters = new URLSearchParams({ query: expression });
    const response = await fetch(`http://127.0.0.1:${groups?.port}/api/v1/query?${parameters}`);
    const { error, data } = (await response.json()) as Answer;
    if (error !== undefined) throw new Error(error);
    return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  };
  let loads = 1;
  const reload: PrometheusServer['reload'] = async (jobs) => {
    await write(jobs);
    loads += 1;
    child.kill('SIGHUP');
    await child.says(new RegExp(`(?:Completed loading of configuration file[^]*){${loads}}`));
  };
  const started = stack.move();
  return {
    query,
    reload,
    queryBy: async (label, expression) =>
      Object.fromEntries(
        (await query(expression)).map(({ labels, value }) => [labels[label] ?? '', value]),
      ),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

function configuration(
  jobs: number | string,
  { ruleFiles = [], alertmanager, intervalSeconds = 1 }: PrometheusOptions,
): string {
  const own = `
  - job_name: healthcheck
    static_configs: [{targets: ["127.0.0.1:${jobs}"]}]`;
  const interval = `${intervalSeconds}s`;
  const told = alertmanager === undefined ? [] : [`127.0.0.1:${alertmanager}`];
  return `
global: {scrape_interval: ${interval}, scrape_timeout: ${interval}, evaluation_interval: ${interval}}
rule_files: ${JSON.stringify(ruleFiles.map((file) => resolve(file)))}
alerting: {alertmanagers: [{static_configs: [{targets: ${JSON.stringify(told)}}]}]}
scrape_configs:${typeof jobs === 'string' ? jobs : own}
`;
}
