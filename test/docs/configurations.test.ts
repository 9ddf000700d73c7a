import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';
import { parseWebConfig } from '../../src/config/web/load.ts';
import { ROOT } from '../house/source-files.ts';
import { runCliInProcess } from '../support/cli-in-process.ts';
import { eventually } from '../support/eventually.ts';
import { startExporterProcess } from '../support/exporter-process.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { type Block, blocksOf, readPage, readPages } from '../support/markdown.ts';
import { hasPrometheus, startPrometheus } from '../support/prometheus-server.ts';
import { realPart } from '../support/real-part.ts';
import { httpServer } from '../support/servers.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { isThorough } from '../support/thorough.ts';

const run = promisify(execFile);
const hasPromtool = realPart('promtool', ['promtool']);
const hasAmtool = realPart('amtool', ['amtool']);

/** What a block may be that no test loads, and what looks at it instead. */
const OTHER_LANGUAGES: Readonly<Record<string, string>> = {
  sh: 'test/docs/commands.test.ts runs it',
  console: 'test/docs/commands.test.ts runs it',
  json: 'it is parsed below',
  text: 'nothing to run: a picture, or what is printed',
  ts: 'code; test/docs/adding-a-prober.test.ts runs it',
};

/** Who reads a configuration, told by the keys that only this one has. */
const READERS: readonly (readonly [keys: readonly string[], read: (text: string) => unknown])[] = [
  [
    ['checks', 'modules', 'probe_policy', 'concurrency', 'max_result_age', 'latency_buckets'],
    readChecks,
  ],
  [['scrape_configs', 'rule_files', 'alerting'], readByPromtool],
  [['route', 'receivers'], readByAmtool],
  [['tls_server_config', 'http_server_config', 'basic_auth_users', 'rate_limit'], readWeb],
];

const blocks = readPages(ROOT).flatMap(blocksOf);
const configurations = blocks.filter(({ language }) => language === 'yaml');

test.each(blocks)('$place: the block is marked with the language it is in', ({ language }) => {
  expect(['yaml', ...Object.keys(OTHER_LANGUAGES)]).toContain(language);
});

test.each(configurations.filter(({ mark }) => mark === undefined))(
  '$place: the configuration is read by the program it is for',
  async ({ text }) => {
    // Not parsed: some of them have tags that only their own reader knows.
    const keys = [...text.matchAll(/^(?<key>[a-z_]+):/gm)].map(([, key = '']) => key);
    const [, read] = READERS.find(([known]) => keys.some((key) => known.includes(key))) ?? [];
    expect(read, `nobody reads ${keys}`).toBeDefined();
    await read?.(text);
  },
);

test.each(blocks.filter(({ language }) => language === 'json'))('$place: is JSON', ({ text }) => {
  expect(() => JSON.parse(text)).not.toThrow();
});

describe('README', () => {
  const readme = readPage(ROOT, 'README.md');
  const shown = (key: string): Block => {
    const found = blocksOf(readme).find(
      ({ language, text }) => language === 'yaml' && Object.hasOwn(load(text) as object, key),
    );
    if (!found) throw new Error(`README shows no ${key}`);
    return found;
  };

  test('shows what "check" prints of its configuration', async () => {
    const folder = await forThisTest(temporaryDirectory());
    const [healthy, broken] = await Promise.all([
      httpServer((_request, response) => response.end('{"status": "ok"}')),
      httpServer((_request, response) => response.writeHead(503).end()),
    ]);
    const config = shown('checks')
      .text.replace('https://example.com', `http://127.0.0.1:${healthy.port}`)
      .replace('https://api.example.com', `http://127.0.0.1:${broken.port}`)
      .replace('localhost:22', `127.0.0.1:${healthy.port}`);
    const file = await folder.write('healthcheck.yml', config);

    const { code, stdout } = await runCliInProcess(['check', `--config.file=${file}`]);

    expect(code).toBe(1);
    const [example] = blocksOf(readme).filter(({ text }) => text.startsWith('✓ '));
    expect(withoutFigures(stdout)).toEqual(withoutFigures(example?.text ?? ''));
  });

  test.skipIf(!isThorough || !hasPrometheus)(
    'has a job by which a real Prometheus scrapes the exporter and reads the rules',
    { timeout: 60_000 },
    async () => {
      const exporter = await forThisTest(
        startExporterProcess({ config: 'checks: [{name: Memory, prober: memory}]' }),
      );
      const { rule_files } = load(shown('scrape_configs').text) as { rule_files: string[] };
      const [, jobs = ''] = shown('scrape_configs').text.split(/^scrape_configs:$/m);
      const here = jobs
        .replaceAll(/^ *scrape_(?:interval|timeout): .*\n/gm, '')
        .replaceAll('localhost:10195', `127.0.0.1:${exporter.port}`);
      const prometheus = await forThisTest(
        startPrometheus(here, { ruleFiles: rule_files.map((file) => `alert-rules/${file}`) }),
      );

      await eventually(async () => {
        expect(await prometheus.queryBy('check', 'probe_success')).toEqual({ Memory: 1 });
        expect(await prometheus.queryBy('alertname', 'ALERTS')).toHaveProperty('Watchdog');
      });
    },
  );
});

/** These look at the reader's own host: how they end is for it to say. */
const HOST_CHECKS = /^(?:✓|✗) (?<name>Nginx Service|Disk Space|Memory Usage|CPU Usage) .*$/;

/** The lines of a table of checks, in which only words are left. */
function withoutFigures(table: string): string[] {
  return table
    .trimEnd()
    .split('\n')
    .map((line) =>
      line.replace(HOST_CHECKS, '$<name>').replace(/\b[\d.]+ ?(?:ms|s|µs)\b/g, 'some time'),
    )
    .map((line) =>
      line.replace(/: \d+ healthy, \d+ failing/, ': some of each').replace(/ +/g, ' '),
    );
}

function readChecks(text: string): void {
  const names = [...text.matchAll(/\$\{(?<name>[A-Z_]+)\}/g)].map(([, name = '']) => name);
  const environment = Object.fromEntries(names.map((name) => [name, '1']));
  const { checks, modules } = parseConfig({ file: 'page.yml', text }, environment);
  expect(checks.length + modules.size).toBeGreaterThan(0);
}

/** In a folder that holds the rules, as "rules --write=." leaves them. */
async function readByPromtool(text: string): Promise<void> {
  if (!hasPromtool) return;
  const folder = await forThisTest(temporaryDirectory());
  await runCliInProcess(['rules', `--write=${folder.path}`]);
  const given = load(text) as object;
  const whole = [
    text,
    // What the file that Prometheus comes with says: a part of a file has to fit into that one.
    Object.hasOwn(given, 'global')
      ? ''
      : 'global: {scrape_interval: 15s, evaluation_interval: 15s}',
    Object.hasOwn(given, 'scrape_configs') ? '' : 'scrape_configs: []',
  ].join('\n');
  const file = await folder.write('prometheus.yml', whole);
  const { stdout } = await run('promtool', ['check', 'config', file]);
  expect(stdout).not.toContain('FAILED');
}

async function readByAmtool(text: string): Promise<void> {
  if (!hasAmtool) return;
  const folder = await forThisTest(temporaryDirectory());
  await run('amtool', ['check-config', await folder.write('alertmanager.yml', text)]);
}

async function readWeb(text: string): Promise<void> {
  await parseWebConfig('web.yml', text);
}
