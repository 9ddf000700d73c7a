import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startChild } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import {
  type ExporterProcess,
  runExporter,
  startExporterProcess,
} from '../support/exporter-process.ts';
import { parseExposition } from '../support/exposition.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { httpGet } from '../support/http-get.ts';
import { httpLoopback, loopback } from '../support/loopback.ts';
import { BAD, BEFORE } from '../support/reloaded-configs.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

test('a crash loses nothing but counters: the next process has every verdict in its first scrape', async () => {
  const crashed = await forThisTest(startExporterProcess({ config: BEFORE }));
  for (let count = 0; count < 3; count++) await crashed.scrape();
  const before = await crashed.scrape();
  crashed.process.kill('SIGKILL');
  await crashed.process.ended;
  const restarted = await forThisTest(startExporterProcess({ config: BEFORE }));
  const after = await restarted.scrape();
  for (const name of ['probe_success', 'probe_failure_info', 'probe_result_age_seconds']) {
    expect(after.byCheck(name)).toEqual(before.byCheck(name));
  }
  expect(before.byCheck('probe_runs_total')).toEqual({ Kept: 4, Removed: 4 });
  expect(after.byCheck('probe_runs_total')).toEqual({ Kept: 1, Removed: 1 });
});

describe('SIGTERM', () => {
  test('while a configuration that never opens keeps it from starting ends it with exit code 0', async () => {
    const directory = await forThisTest(temporaryDirectory());
    const pipe = `${directory.path}/checks.yml`;
    execFileSync('mkfifo', [pipe]);
    const child = await forThisTest(
      startChild(process.execPath, [
        MAIN,
        '--web.listen-address=127.0.0.1:0',
        `--config.file=${pipe}`,
      ]),
    );
    // It hears signals when it opens its file, and with that begins as many threads as can hang.
    await eventually(() => expect(threadsOf(child.pid)).toBeGreaterThan(40));
    child.kill('SIGTERM');
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.stderr()).toMatch(/^\S+ level=info msg=stopping\n$/);
  });

  // More than once: whether it is heard was a matter of luck where it was handled too late.
  test.each([1, 2, 3])(
    'right after the exporter says that it listens ends it with exit code 0 (%i)',
    async () => {
      const exporter = await forThisTest(startExporterProcess({ config: BEFORE }));
      exporter.process.kill('SIGTERM');
      expect(await exporter.process.ended).toEqual({ code: 0, signal: null });
    },
  );

  test('lets a scrape in flight be answered in full, then ends with exit code 0', async () => {
    const { exporter, scrape, release } = await scrapeInFlight();
    exporter.process.kill('SIGTERM');
    await exporter.process.says(/msg=stopping/);
    await expectRefused(exporter);
    release();

    const answer = await scrape;
    expect(answer.byCheck('probe_success')).toEqual({ Slow: 1 });
    expect(answer.value('healthcheck_exporter_build_info')).toBe(1);
    expect(await exporter.process.ended).toEqual({ code: 0, signal: null });
  });

  test('is not undone by a SIGHUP while it drains', async () => {
    const { exporter, scrape, release } = await scrapeInFlight();
    exporter.process.kill('SIGTERM');
    await exporter.process.says(/msg=stopping/);
    exporter.process.kill('SIGHUP');
    await exporter.process.says(/msg="configuration loaded"/);
    release();
    expect((await scrape).byCheck('probe_success')).toEqual({ Slow: 1 });
    expect(await exporter.process.ended).toEqual({ code: 0, signal: null });
  });

  test('ends an idle exporter with exit code 0, whoever keeps a connection', async () => {
    const exporter = await forThisTest(startExporterProcess({ config: BEFORE }));
    await exporter.scrape();
    exporter.process.kill('SIGTERM');
    expect(await exporter.process.ended).toEqual({ code: 0, signal: null });
  });
});

test('trap 10: a file that never opens holds neither the results nor the end', async () => {
  const directory = await forThisTest(temporaryDirectory());
  const pipe = `${directory.path}/token`;
  execFileSync('mkfifo', [pipe]);
  const file = await directory.write(
    'checks.yml',
    `checks:
  - {name: Stuck, target: "http://127.0.0.1:9/", prober: http, timeout: 200ms, http: {bearer_token_file: ${pipe}}}
  - {name: Disk, target: /, prober: disk}`,
  );
  const { code, signal, stdout } = await runExporter(['check', `--config.file=${file}`]);
  expect(stdout).toMatch(/✗ Stuck .* timeout/);
  expect(stdout).toMatch(/✓ Disk/);
  // The thread that is stuck ends with the program only, and it still tells how it ended.
  expect({ code, signal }).toEqual({ code: 1, signal: null });
});

describe('a start that cannot work ends with exit code 2 and says why:', () => {
  test('the port is in use', async () => {
    const occupied = await forThisTest(loopback(createServer()));
    const { code, stdout, stderr } = await runExporter([
      `--web.listen-address=127.0.0.1:${occupied.port}`,
    ]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(
      new RegExp(
        `^.*--web.listen-address: cannot listen on "127\\.0\\.0\\.1:${occupied.port}": another program listens there already\n$`,
      ),
    );
  });

  test('there is no such file', async () => {
    const { code, stderr } = await runExporter(['--config.file=/no/such/file.yml']);
    expect(code).toBe(2);
    expect(stderr).toContain('/no/such/file.yml: cannot be read: no such file\n');
  });

  test('the file is bad', async () => {
    const exporter = await forThisTest(startExporterProcess({ config: BEFORE }));
    await exporter.rewriteConfig(BAD);
    const { code, stderr } = await runExporter([`--config.file=${exporter.configFile}`]);
    expect(code).toBe(2);
    expect(stderr).toContain(`${exporter.configFile}:2:37: `);
    expect(stderr).toContain('2 problems found, nothing was started.');
  });
});

describe('the endpoints beside the metrics', () => {
  let exporter: ExporterProcess;
  beforeAll(async () => {
    exporter = await startExporterProcess({ config: BEFORE });
  });
  afterAll(() => exporter[Symbol.asyncDispose]());

  const asked = async (path: string) => {
    const response = await fetch(exporter.url + path);
    const { status, headers } = response;
    return { status, headers, text: await response.text() };
  };

  test('tell that the exporter is alive and ready', async () => {
    expect(await asked('/-/healthy')).toMatchObject({ status: 200, text: 'Healthy\n' });
    expect(await asked('/-/ready')).toMatchObject({ status: 200, text: 'Ready\n' });
  });

  test('lead from / to the metrics', async () => {
    const { status, headers, text } = await asked('/');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(text).toContain('href="metrics"');
    expect(text).toContain('<b>2</b>');
  });

  test('do not know other paths', async () => {
    expect(await asked('/nothing/here')).toMatchObject({ status: 404, text: 'Not found\n' });
  });

  test('do not reload where only asked to show', async () => {
    const { status, headers } = await asked('/-/reload');
    expect(status).toBe(405);
    expect(headers.get('allow')).toBe('POST, PUT');
  });
});

describe('a scrape timeout', () => {
  const HEADER = 'X-Prometheus-Scrape-Timeout-Seconds';

  test('trap 7: that is no time is refused with a sentence, and no check is run', async () => {
    const exporter = await forThisTest(startExporterProcess({ config: BEFORE }));
    const bad = ['NaN', '-1', '0', 'inf', '+Inf', 'abc', '1e309', '0x10', '1s', ['3', '3']];
    for (const value of bad) {
      const { status, body } = await httpGet(`${exporter.url}/metrics`, { [HEADER]: value });
      const said = [value].flat().join(', ');
      expect({ value, status, text: String(body) }).toEqual({
        value,
        status: 400,
        text: `${HEADER.toLowerCase()}: expected one number of seconds, at least 0.01, got "${said}"\n`,
      });
    }
    const { byCheck } = await exporter.scrape();
    expect(byCheck('probe_runs_total')).toEqual({ Kept: 1, Removed: 1 });
  });

  test('caps the time of each check', async () => {
    const exporter = await forThisTest(startExporterProcess({ config: BEFORE }));
    for (const [value, timeout] of Object.entries({ 10: 5, 9.5: 5, '1e0': 0.5, 4: 3.5, '': 5 })) {
      const { status, body } = await httpGet(`${exporter.url}/metrics`, { [HEADER]: value });
      expect(status).toBe(200);
      const { byCheck } = parseExposition(String(body));
      expect(byCheck('probe_timeout_seconds')).toEqual({ Kept: timeout, Removed: timeout });
    }
  });
});

function threadsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).length;
}

async function expectRefused({ url }: ExporterProcess): Promise<void> {
  await eventually(async () => {
    const refused = httpGet(`${url}/-/healthy`);
    await expect(refused).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
}

/** An exporter that waits, for a scrape, for a target that answers when it is released. */
async function scrapeInFlight() {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  let requests = 0;
  const target = await forThisTest(
    httpLoopback(async (_request, response) => {
      requests++;
      await released;
      response.end('ok');
    }),
  );
  const config = `checks: [{name: Slow, target: "http://127.0.0.1:${target.port}/", prober: http, timeout: 1m}]`;
  const exporter = await forThisTest(startExporterProcess({ config }));
  const scrape = exporter.scrape();
  await eventually(() => expect(requests).toBe(1));
  return { exporter, scrape, release };
}
