import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { constants } from 'node:os';
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
import { temporaryDirectory } from '../support/temporary-directory.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

const BEFORE = `checks:
  - {name: Kept, target: /, prober: disk}
  - {name: Removed, target: /, prober: disk, disk: {max_used_percent: 0.000001}}
`;
const AFTER = `checks:
  - {name: Added, prober: memory}
  - {name: Kept, target: /, prober: disk}
`;
const BAD = `checks:
  - {name: Kept, target: /, prober: dsk}
  - {name: Bad, target: /, prober: disk, timeout: soon}
`;

const reloadByPost = ({ url }: ExporterProcess) => fetch(`${url}/-/reload`, { method: 'POST' });

describe('a reload', () => {
  const ways = {
    'POST /-/reload': async (exporter: ExporterProcess) => {
      expect((await reloadByPost(exporter)).status).toBe(200);
    },
    SIGHUP: async ({ process }: ExporterProcess) => {
      process.kill('SIGHUP');
      await process.says(/msg="configuration loaded"/);
    },
  };

  test.each(Object.entries(ways))('by %s swaps the configuration', async (_way, reload) => {
    const exporter = await forThisTest(startExporterProcess({ config: BEFORE }));
    for (let count = 0; count < 2; count++) await exporter.scrape();
    const before = await exporter.scrape();
    expect(before.byCheck('probe_latency_seconds_count')).toEqual({ Kept: 3, Removed: 3 });
    expect(before.byCheck('probe_failures_total')).toEqual({ Removed: 3 });

    await exporter.rewriteConfig(AFTER);
    await reload(exporter);
    const after = await exporter.scrape();

    expect(after.byCheck('probe_success')).toEqual({ Added: 1, Kept: 1 });
    expect(after.byCheck('probe_latency_seconds_count')).toEqual({ Added: 1, Kept: 4 });
    expect(after.byCheck('probe_runs_total')).toEqual({ Added: 1, Kept: 4 });
    expect(after.text).not.toContain('Removed');
    expect(after.value('healthcheck_exporter_checks')).toBe(2);
    expect(after.value('healthcheck_exporter_config_last_reload_successful')).toBe(1);
  });

  test('begins the histogram of a check anew that was removed and is back', async () => {
    const exporter = await forThisTest(startExporterProcess({ config: BEFORE }));
    await exporter.scrape();
    for (const text of [AFTER, BEFORE]) {
      await exporter.rewriteConfig(text);
      await reloadByPost(exporter);
    }
    const { byCheck } = await exporter.scrape();
    expect(byCheck('probe_latency_seconds_count')).toEqual({ Kept: 2, Removed: 1 });
  });

  test('with a bad file keeps the old configuration and says what is wrong where', async () => {
    const exporter = await forThisTest(startExporterProcess({ config: BEFORE }));
    const good = await exporter.scrape();
    await exporter.rewriteConfig(BAD);
    const answer = await reloadByPost(exporter);

    expect(answer.status).toBe(500);
    const problems = await answer.text();
    expect(problems).toContain(`${exporter.configFile}:2:37: `);
    expect(problems).toContain('did you mean "disk"');
    expect(problems).toContain(`${exporter.configFile}:3:51: `);
    const bad = await exporter.scrape();
    expect(bad.byCheck('probe_latency_seconds_count')).toEqual({ Kept: 2, Removed: 2 });
    expect(bad.value('healthcheck_exporter_config_last_reload_successful')).toBe(0);
    const loadedAt = 'healthcheck_exporter_config_last_reload_success_timestamp_seconds';
    expect(bad.value(loadedAt)).toBe(good.value(loadedAt));
  });

  test('by SIGHUP with a bad file is logged, and the next good one makes up for it', async () => {
    const exporter = await forThisTest(startExporterProcess({ config: BEFORE }));
    await exporter.scrape();
    await exporter.rewriteConfig(BAD);
    exporter.process.kill('SIGHUP');
    await exporter.process.says(/level=error msg="configuration refused.*checks\.yml:2:37: /);
    const bad = await exporter.scrape();
    expect(bad.value('healthcheck_exporter_config_last_reload_successful')).toBe(0);
    expect(bad.byCheck('probe_runs_total')).toEqual({ Kept: 2, Removed: 2 });

    await exporter.rewriteConfig(AFTER);
    exporter.process.kill('SIGHUP');
    await exporter.process.says(/msg="configuration loaded"/);
    const good = await exporter.scrape();
    expect(good.value('healthcheck_exporter_config_last_reload_successful')).toBe(1);
    expect(good.byCheck('probe_runs_total')).toEqual({ Added: 1, Kept: 3 });
  });
});

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
    // It begins to handle both at once; SIGTERM is handled by Node.js itself before.
    await eventually(() => expect(catches(child.pid, constants.signals.SIGHUP)).toBe(true));
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
    expect(text).toContain('2 checks are configured');
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

/** Whether a process handles a signal, as the kernel says. */
function catches(pid: number, signal: number): boolean {
  const mask = /^SigCgt:\s+(?<mask>[0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return ((BigInt(`0x${mask?.groups?.mask ?? 0}`) >> BigInt(signal - 1)) & 1n) === 1n;
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
