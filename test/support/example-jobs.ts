import { readFileSync } from 'node:fs';

const JOBS = /^scrape_configs:$/m;

/** The text of `examples/prometheus/<name>.yml`. */
export function readExample(name: string): string {
  return readFileSync(`examples/prometheus/${name}.yml`, 'utf8');
}

/** The example with the job that stands in it as a comment, in place of its own. */
export function withCommentedJob(text: string): string {
  const [head = '', jobs = ''] = text.split(JOBS);
  const start = jobs.indexOf('  # - job_name:');
  return `${head}scrape_configs:\n${jobs.slice(start).replaceAll(/^ {2}# ?/gm, '  ')}`;
}

/**
 * The jobs of an example for a test's Prometheus, which scrapes every second.
 *
 * @param places what to put for the addresses that stand in the example, as `localhost:10195`: each host and port.
 */
export function jobsOf(text: string, places: Readonly<Record<string, string>>): string {
  const jobs = (text.split(JOBS)[1] ?? '').replaceAll(/^ *scrape_(?:timeout|interval): .*\n/gm, '');
  return Object.entries(places).reduce((all, [from, to]) => all.replaceAll(from, to), jobs);
}
