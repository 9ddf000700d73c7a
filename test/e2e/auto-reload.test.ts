import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startExporterProcess } from '../support/exporter-process.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

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

test('a ConfigMap that is swapped is loaded, by --config.enable-auto-reload and by SIGHUP', async () => {
  const { path } = await forThisTest(temporaryDirectory());
  const publish = async (version: string) => {
    await mkdir(join(path, `..${version}`));
    await writeFile(join(path, `..${version}`, 'checks.yml'), checks(version));
    await symlink(`..${version}`, join(path, '..data_tmp'));
    await rename(join(path, '..data_tmp'), join(path, '..data'));
  };
  await publish('one');
  await symlink('..data/checks.yml', join(path, 'checks.yml'));
  const exporter = await forThisTest(
    startExporterProcess({
      args: [
        `--config.file=${join(path, 'checks.yml')}`,
        '--config.enable-auto-reload',
        '--config.auto-reload-interval=1',
      ],
    }),
  );
  const names = async () => Object.keys((await exporter.scrape()).byCheck('probe_success'));
  expect(await names()).toEqual(['one']);
  await publish('two');
  exporter.process.kill('SIGHUP');
  await eventually(async () => expect(await names()).toEqual(['two']));
  await publish('three');
  await eventually(async () => expect(await names()).toEqual(['three']));
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
