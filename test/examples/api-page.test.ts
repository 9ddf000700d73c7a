import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSourceFiles } from '../house/source-files.ts';
import { type ExporterProcess, startExporterProcess } from '../support/exporter-process.ts';
import { realPart } from '../support/real-part.ts';

const run = promisify(execFile);
// Where nothing listens, on any machine that tests run on.
const page = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8').replaceAll(
  '127.0.0.1:8080',
  '127.0.0.1:1',
);
const config = /```yaml\n(?<config>.*?)```/s.exec(page)?.groups?.config ?? '';
/** Each command, and what the page says that it prints. */
const examples = [
  ...page.matchAll(/```sh\n(?<command>[^\n]+)\n```\n\n```(?:text|json)\n(?<printed>.*?)```/gs),
].map(({ groups }) => [groups?.command ?? '', groups?.printed ?? ''] as const);

test('every command of the page of paths is an example with its output', () => {
  expect(examples.length).toBeGreaterThan(8);
  expect(page.match(/^```sh$/gm)).toHaveLength(examples.length);
});

test('every path that is routed is on the page, and no other', () => {
  const routed = readSourceFiles()
    .filter(({ path }) => /^src\/web\/[^/]+\.ts$/.test(path))
    .flatMap(({ text }) => [...text.matchAll(/\.(?:route|all)\('(?<path>\/[^']*)'/g)])
    .map(({ groups }) => groups?.path ?? '');
  const listed = [...page.matchAll(/^\| \[(?<cell>[^\]]+)\]/gm)]
    .flatMap(({ groups }) => groups?.cell?.match(/(?<=`)\/[^`]*(?=`)/g) ?? [])
    // Its name is an option.
    .filter((path) => path !== '/metrics');
  expect(listed.length).toBeGreaterThan(8);
  expect(listed.toSorted()).toEqual(routed.toSorted());
});

describe.skipIf(!realPart('shell with curl and jq', ['sh', 'curl', 'jq']))(
  'the page of paths',
  () => {
    let exporter: ExporterProcess;
    beforeAll(async () => {
      exporter = await startExporterProcess({ config });
    });
    afterAll(() => exporter[Symbol.asyncDispose]());

    test.each(examples)('%s prints what it says', async (command, printed) => {
      const { stdout } = await run('sh', [
        '-c',
        command.replaceAll('http://localhost:10195', exporter.url),
      ]);
      const local = stdout.replaceAll(`127.0.0.1:${exporter.port}`, 'localhost:10195');
      expect(withoutTimes(local)).toBe(withoutTimes(printed));
    });
  },
);

/** Every run has its own. */
function withoutTimes(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/(?<=duration_seconds\W+)[\d.e-]+/g, 'DURATION')
    .replaceAll(/logs\?id=\d+/g, 'logs?id=N');
}
