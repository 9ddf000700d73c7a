import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startExporterProcess } from '../support/exporter-process.ts';
import { forThisTest } from '../support/for-this-test.ts';

const checks = (name: string) => `checks: [{name: ${name}, prober: memory}]\n`;

test('with --config.enable-auto-reload a changed file is loaded, a bad one refused', async () => {
  const exporter = await forThisTest(
    startExporterProcess({
      config: checks('one'),
      args: ['--config.enable-auto-reload', '--config.auto-reload-interval=1'],
    }),
  );
  const names = async () => Object.keys((await exporter.scrape()).byCheck('probe_success'));
  expect(await names()).toEqual(['one']);
  await exporter.rewriteConfig(checks('two'));
  await eventually(async () => expect(await names()).toEqual(['two']));
  await exporter.rewriteConfig('checks: [');
  await exporter.process.says(/configuration refused/);
  expect(await names()).toEqual(['two']);
});

test('without it a file is loaded when somebody asks only', async () => {
  const exporter = await forThisTest(startExporterProcess({ config: checks('one') }));
  await exporter.rewriteConfig(checks('two'));
  expect((await exporter.scrape()).byCheck('probe_success')).toEqual({ one: 1 });
});

test('--web.external-url gives the prefix of every path', async () => {
  const exporter = await forThisTest(
    startExporterProcess({ args: ['--web.external-url=https://example.com/health/'] }),
  );
  expect((await fetch(`${exporter.url}/health/-/ready`)).status).toBe(200);
  expect((await fetch(`${exporter.url}/-/ready`)).status).toBe(404);
  const own = await (await fetch(`${exporter.url}/health/metrics`)).text();
  expect(own).toMatch(/^probe_success\{check="Exporter",.*\} 1$/m);
});
