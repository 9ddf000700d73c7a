import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { jobsOf, readExample, withCommentedJob } from '../support/example-jobs.ts';
import { startExporterProcess } from '../support/exporter-process.ts';
import { hasPrometheus, startPrometheus } from '../support/prometheus-server.ts';
import { realPart } from '../support/real-part.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { isThorough } from '../support/thorough.ts';

const run = promisify(execFile);
const EXAMPLES = ['metrics', 'probe', 'sd', 'sharded'].map(
  (name) => `examples/prometheus/${name}.yml`,
);
const WITH_ANOTHER_JOB = ['examples/prometheus/metrics.yml', 'examples/prometheus/sharded.yml'];
const read = (file: string) => readFileSync(file, 'utf8');

interface Configuration {
  readonly scrape_configs: readonly { readonly job_name: string }[];
}

/** Where the examples find an exporter, and where it is here. */
const at = (port: number) => ({ 'localhost:10195': `127.0.0.1:${port}` });

describe.skipIf(!realPart('promtool', ['promtool']))('promtool', () => {
  test.each([...EXAMPLES, 'examples/compose/prometheus.yml'])(
    'accepts %s and finds both rule files from there',
    async (file) => {
      const { stdout } = await run('promtool', ['check', 'config', file]);

      expect(stdout).toContain('2 rule files found');
      expect(stdout).not.toContain('FAILED');
    },
  );

  test.each(WITH_ANOTHER_JOB)('accepts the job that %s has as a comment', async (file) => {
    await using directory = await temporaryDirectory();
    const text = withCommentedJob(read(file)).replaceAll('../../', `${resolve('.')}/`);

    const { stdout } = await run('promtool', [
      ...['check', 'config', await directory.write('prometheus.yml', text)],
    ]);

    expect(stdout).toContain('2 rule files found');
    expect(stdout).not.toContain('FAILED');
  });
});

test.each(EXAMPLES)('the rules select every job of %s', (file) => {
  const rules = read('alert-rules/healthcheck-alerts.yml');
  const selected = new RegExp(`^(?:${/job=~"(?<jobs>[^"]+)"/.exec(rules)?.groups?.jobs})$`);
  const texts = WITH_ANOTHER_JOB.includes(file)
    ? [read(file), withCommentedJob(read(file))]
    : [read(file)];
  const names = texts.flatMap((text) =>
    (load(text) as Configuration).scrape_configs.map(({ job_name }) => job_name),
  );

  expect(names).not.toEqual([]);
  expect(names.filter((name) => !selected.test(name))).toEqual([]);
});

// At the same time: each waits five seconds until Prometheus acts on what it has discovered.
describe.skipIf(!isThorough || !hasPrometheus)(
  'a real Prometheus',
  { timeout: 60_000, concurrent: true },
  () => {
    test('scrapes some kinds of checks by a job of their own, as metrics.yml says', async () => {
      await using exporter = await startExporterProcess({
        config: `
checks:
  - {name: Port, target: 'localhost:1', prober: tcp}
  - {name: Website, target: 'http://localhost:1', prober: http}
  - {name: Memory, prober: memory}
`,
      });
      const jobs = jobsOf(withCommentedJob(readExample('metrics')), at(exporter.port));
      await using prometheus = await startPrometheus(jobs);

      await eventually(async () => {
        const found = await prometheus.queryBy('check', 'probe_success{job="healthcheck-fast"}');
        expect(Object.keys(found).sort()).toEqual(['Port', 'Website']);
      });
    });

    test('probes targets of several modules and teams, as probe.yml says', async () => {
      await using exporter = await startExporterProcess();
      const own = `127.0.0.1:${exporter.port}`;
      // What stands in the example is somebody's: nothing of it is asked for.
      const targets = {
        'https://example.com': `http://${own}/`,
        'https://api.example.com/health': `http://${own}/-/healthy`,
        'https://wiki.example.com': `http://${own}/wiki`,
        'db1.example.com:5432': own,
        'db2.example.com:5432': `localhost:${exporter.port}`,
      };
      const jobs = jobsOf(readExample('probe'), { ...at(exporter.port), ...targets });
      await using prometheus = await startPrometheus(jobs);

      await eventually(async () => {
        const found = await prometheus.query('probe_success{job="healthcheck-probe"}');
        const expected = { exporter: own, job: 'healthcheck-probe', __name__: 'probe_success' };
        const web = { ...expected, module: 'http_2xx', team: 'web' };
        const data = { ...expected, module: 'tcp_connect', team: 'data' };
        expect(found.map(({ labels }) => labels)).toEqual(
          expect.arrayContaining([
            { ...web, instance: `http://${own}/` },
            { ...web, instance: `http://${own}/-/healthy` },
            { ...web, instance: `http://${own}/wiki`, severity: 'warning' },
            { ...data, instance: own },
            { ...data, instance: `localhost:${exporter.port}` },
          ]),
        );
        expect(await prometheus.queryBy('instance', 'up{job="healthcheck"}')).toEqual({ [own]: 1 });
      });
    });

    const many = ['Ann', 'Ben', 'Cem', 'Dan', 'Eve', 'Fay', 'Gus', 'Hal', 'Ida', 'Jon'];
    const allWith = (rest: string) =>
      `checks: [${many.map((name) => `{name: ${name}, ${rest}}`).join()}]`;

    test('scrapes each check by itself, as sd.yml says', async () => {
      const config = allWith('prober: memory');
      await using exporter = await startExporterProcess({ config });
      const jobs = jobsOf(readExample('sd'), at(exporter.port));
      await using prometheus = await startPrometheus(jobs);

      await eventually(async () => {
        const checks = await prometheus.queryBy('check', 'up{job="healthcheck-sd"}');
        expect(Object.keys(checks).sort()).toEqual(many);
        expect(await prometheus.queryBy('check', 'probe_success')).toEqual(checks);
      });
      expect(await prometheus.query('{exported_check!=""}')).toEqual([]);
      expect(
        await prometheus.query('{__name__=~"(healthcheck|blackbox|process|nodejs)_.+"}'),
      ).toEqual([]);
    });

    test('spreads the checks over the pods of a StatefulSet, as the comment in sharded.yml says', async () => {
      const config = allWith('prober: tcp, target: "localhost:1"');
      await using exporter = await startExporterProcess({ config });
      const service = { 'http://healthcheck-exporter:10195': exporter.url };
      const jobs = jobsOf(withCommentedJob(readExample('sharded')), service);
      await using prometheus = await startPrometheus(jobs);

      await eventually(async () => {
        // Nobody answers by those names here: what counts is who would be asked for what.
        const targets = await prometheus.query('up');
        expect(targets.map(({ labels }) => labels.check).sort()).toEqual(many);
        expect([...new Set(targets.map(({ labels }) => labels.instance))].sort()).toEqual(
          [0, 1, 2].map((replica) => `healthcheck-exporter-${replica}.healthcheck-exporter:10195`),
        );
      });
    });
  },
);
