import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { load } from 'js-yaml';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createAuthority } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { startExporterProcess } from '../support/exporter-process.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { hasPrometheus, startPrometheus } from '../support/prometheus-server.ts';
import { isThorough } from '../support/thorough.ts';
import { ask, verdictOf, webConfigDirectory } from '../support/web-config.ts';

const PASSWORD = 'change-me';
const read = (name: string) => readFileSync(`examples/web-config/${name}`, 'utf8');

/** The directory that the examples speak of, with everything they name. */
async function exampleDirectory() {
  const authority = createAuthority();
  onTestFinished(authority.remove);
  const server = authority.issue({ names: 'DNS:localhost,IP:127.0.0.1' });
  const prometheus = authority.issue({ names: 'DNS:prometheus.example.com' });
  const directory = await forThisTest(
    webConfigDirectory({
      'server.crt': server.cert,
      'server.key': server.key,
      'clients.crt': authority.cert,
      'ca.crt': authority.cert,
      'prometheus.crt': prometheus.cert,
      'prometheus.key': prometheus.key,
      password: PASSWORD,
      'prometheus.yml': read('prometheus.yml'),
    }),
  );
  return { ...directory, file: await directory.config(read('web.yml')), prometheus };
}

describe.skipIf(!isThorough || !hasPrometheus)('the example of TLS and authentication', () => {
  test('is one that a real Prometheus gets through, and nobody else', async () => {
    const { path, file, prometheus: identity } = await exampleDirectory();
    const exporter = await forThisTest(
      startExporterProcess({ args: [`--web.config.file=${file}`] }),
    );
    const { port } = exporter;
    expect(await verdictOf({ port })).toBe('refused');
    expect(await verdictOf({ port, identity })).toBe(401);
    const { headers, body } = await ask({ port, identity, auth: `prometheus:${PASSWORD}` });
    expect(headers).toMatchObject({ 'strict-transport-security': 'max-age=31536000' });
    // It has no certificate to ask itself with, and does not say that it is down.
    expect(body).toContain('check="Memory Usage"');
    expect(body).not.toContain('check="Exporter"');

    const prometheus = await forThisTest(startPrometheus(jobsIn(path, port)));
    await eventually(async () => {
      expect(await prometheus.queryBy('job', 'up')).toEqual({ healthcheck: 1 });
      expect(await prometheus.query('probe_success{check="Memory Usage"}')).toHaveLength(1);
    });
  });

  test('is taken by the tool of Prometheus, but for what that does not know yet', async () => {
    const { path, config: write } = await exampleDirectory();
    const config = join(path, 'prometheus.yml');
    const { stdout } = await promisify(execFile)('promtool', ['check', 'config', config]);
    expect(stdout).toContain('is valid prometheus config file syntax');
    const known = read('web.yml')
      .replace(/^ {2}client_allowed_sans.*\n/m, '')
      .replace(/^rate_limit:[\s\S]*/m, '');
    const older = await write(known);
    const checked = await promisify(execFile)('promtool', ['check', 'web-config', older]);
    expect(checked.stdout + checked.stderr).toContain('SUCCESS');
  });
});

/** The jobs of prometheus.yml, with paths from the directory and the port of this exporter. */
function jobsIn(directory: string, port: number): string {
  const text = read('prometheus.yml');
  const { scrape_configs: jobs } = load(text) as { scrape_configs: unknown };
  const paths = JSON.stringify(jobs).replaceAll(
    /("\w+_file":")/g,
    (start) => `${start}${join(directory, '/')}`,
  );
  return `\n  ${paths.replace('localhost:10195', `127.0.0.1:${port}`)}`;
}
