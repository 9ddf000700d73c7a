import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { startChild } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import { configFile } from '../support/exporter-process.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { httpServer } from '../support/servers.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

describe('check --watch into a pipe', () => {
  test('prints a table, then what changes, writes the files each time, and ends with the last verdict', async () => {
    let status = 200;
    const server = await httpServer((_request, response) => response.writeHead(status).end());
    const { file, path, write } = await forThisTest(configFile(configOf(server.port)));
    const json = join(path, 'results.json');
    const prom = join(path, 'checks.prom');
    const child = await forThisTest(
      startChild(process.execPath, [
        ...[MAIN, 'check', '--watch=100ms', `--config.file=${file}`],
        ...[`--json=${json}`, `--prometheus=${prom}`],
      ]),
    );
    const lines = () =>
      child
        .stdout()
        .replaceAll(/ *\b\d+(?:\.\d+)?m?s\b/g, ' TIME')
        .split('\n');
    await eventually(() => {
      expect(lines()).toEqual(['✓ Page TIME', '', '1 check in TIME: 1 healthy, 0 failing', '']);
    });
    status = 500;
    await eventually(() => {
      expect(lines()[3]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z ✗ Page TIME {2}status: .*500/);
    });
    // Runs go on that find the same, and nothing more is said.
    const { history } = await eventually(async () => {
      const [page] = JSON.parse(await readFile(json, 'utf8')).checks;
      expect(page).toMatchObject({ status: 'failing', reason: 'status' });
      expect(
        page.history.recent.filter((run: { success: boolean }) => !run.success),
      ).not.toHaveLength(1);
      return page;
    });
    expect(history.failures).toBeLessThan(history.runs);
    expect(lines()).toHaveLength(5);
    await eventually(async () => {
      expect(await readFile(prom, 'utf8')).toMatch(/^probe_success\{check="Page",.*\} 0$/m);
    });
    await write('checks.yml', 'checks: [{nam: x}]');
    await child.says(/checks\.yml:1:\d+: .*\n2 problems found|needs a/);
    await write('checks.yml', configOf(server.port, 'Another Page'));
    await eventually(() => expect(lines()[4]).toMatch(/^\S+Z ✗ Another Page TIME {2}status: .*/));
    status = 200;
    await eventually(() => expect(lines()[5]).toMatch(/^\S+Z ✓ Another Page TIME$/));
    child.kill('SIGTERM');
    expect(await child.ended).toEqual({ code: 0, signal: null });
  });

  test('ends when its reader has had enough', async () => {
    let status = 200;
    const server = await httpServer((_request, response) => response.writeHead(status).end());
    const { file } = await forThisTest(configFile(configOf(server.port)));
    const script = `"$@" | { read -r line; echo "$line"; exec >&-; }; echo "\${PIPESTATUS[0]}"`;
    const child = await forThisTest(
      startChild('bash', [
        ...['-c', script, 'bash', process.execPath, MAIN],
        ...['check', '--watch=100ms', `--config.file=${file}`],
      ]),
    );
    await eventually(() => expect(child.stdout()).toMatch(/^✓ Page/));
    status = 500;
    await child.ended;
    // The last verdict, which nobody has read.
    expect(child.stdout()).toMatch(/\n1\n$/);
    expect(child.stderr()).toBe('');
  });

  test('ends where a file cannot be written', async () => {
    const { file } = await forThisTest(configFile('checks: [{name: Memory, prober: memory}]'));
    const child = await forThisTest(
      startChild(process.execPath, [
        ...[MAIN, 'check', '--watch', `--config.file=${file}`, '--prometheus=/nowhere/x.prom'],
      ]),
    );
    expect((await child.ended).code).toBe(2);
    expect(child.stdout()).toMatch(/^✓ Memory/);
    expect(child.stderr()).toBe(
      '--prometheus: /nowhere/x.prom cannot be written: no such directory\n',
    );
  });
});

function configOf(port: number, name = 'Page'): string {
  return `checks: [{name: ${name}, target: "http://127.0.0.1:${port}", prober: http}]`;
}
