import { describe, expect, test } from 'vitest';
import { type ExporterProcess, startExporterProcess } from '../support/exporter-process.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { AFTER, BAD, BEFORE } from '../support/reloaded-configs.ts';

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

test('reloads that are asked for all at once share the few that are done, and the last file is in force', async () => {
  const many = (name: string) =>
    `checks:\n${Array.from({ length: 1000 }, (_, index) => `  - {name: ${name} ${index}, prober: memory}\n`).join('')}`;
  const exporter = await forThisTest(startExporterProcess({ config: many('Old') }));
  await exporter.rewriteConfig(many('New'));
  const answers = await Promise.all(Array.from({ length: 50 }, () => reloadByPost(exporter)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  const loads = exporter.process.stderr().match(/msg="configuration loaded"/g) ?? [];
  expect(loads.length).toBeLessThan(25);
  expect((await exporter.scrape('New 7')).byCheck('probe_success')).toEqual({ 'New 7': 1 });
});
