import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { rename, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type ExporterProcess, startExporterProcess } from '../support/exporter-process.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { canMountSilently, type SilentMounts, silentMounts } from '../support/silent-mounts.ts';

const MOUNTS = 8;

describe.skipIf(!canMountSilently)('filesystems that fall silent', () => {
  let mounts: SilentMounts;
  let exporter: ExporterProcess;

  beforeEach(async () => {
    mounts = await silentMounts(MOUNTS);
    const [first = '', , , forSocket = '', forFile = ''] = mounts.directories;
    const link = join(dirname(first), 'link');
    await symlink(`${first}/below`, link);
    const disks = [...mounts.directories, `${first}/below`, link].map(
      (path, index) =>
        `  - {name: Silent ${index}, target: "${path}", prober: disk, timeout: 300ms}`,
    );
    const config = `checks:
${disks.join('\n')}
  - {name: Root, target: /, prober: disk}
  - {name: Memory, prober: memory}
  - {name: Socket, target: "${forSocket}/socket", prober: unix, timeout: 300ms}
  - {name: Secret, target: "http://127.0.0.1:9/", prober: http, timeout: 300ms, http: {bearer_token_file: "${forFile}/token"}}
`;
    exporter = await forThisTest(startExporterProcess({ config, launcher: mounts.launcher }));
  });

  test('proof 16: cost a thread each, fail at once from then on, and are noticed when they answer', async () => {
    const stuckOnes = MOUNTS + 2;
    const first = await exporter.scrape();
    expect(first.all('probe_disk_stuck').filter(({ value }) => value === 1)).toHaveLength(
      stuckOnes,
    );
    expect(first.all('probe_failure_info', { reason: 'timeout' })).toHaveLength(stuckOnes + 2);
    expectOthersRight(first);
    // One for each mount; what the socket and the secret ask for is on two of them.
    expect(waitingThreads(exporter)).toBe(MOUNTS + 2);

    const second = await exporter.scrape();
    expect(second.all('probe_failure_info', { reason: 'timeout' })).toHaveLength(stuckOnes + 2);
    expectOthersRight(second);
    expect(waitingThreads(exporter)).toBe(MOUNTS + 2);
    for (const name of ['Silent 0', 'Silent 8', 'Silent 9']) {
      const url = `${exporter.url}/logs?check=${encodeURIComponent(name)}`;
      expect(await (await fetch(url)).text()).toMatch(
        /the filesystem at \S+\/mount 0 has not answered since \d{4}-\d\d-\d\dT[\d:.]+Z/,
      );
    }

    mounts.speak();
    await eventually(async () => expect(waitingThreads(exporter)).toBe(0));
    const third = await exporter.scrape();
    expect(third.all('probe_disk_stuck').every(({ value }) => value === 0)).toBe(true);
    expect(third.value('probe_success', { check: 'Silent 0' })).toBe(1);
    expect(third.value('probe_disk_used_ratio', { check: 'Silent 7' })).toBeCloseTo(500 / 900);
    expect(third.all('probe_failure_info', { reason: 'not_found' })).toHaveLength(4);
    expectOthersRight(third);
  });

  test('are noticed when their server dies, and hold no reload', async () => {
    await exporter.scrape('Silent 0', 'Root');
    const reloaded = await fetch(`${exporter.url}/-/reload`, { method: 'POST' });
    expect(reloaded.status).toBe(200);
    mounts.die();
    await eventually(async () => expect(waitingThreads(exporter)).toBe(0));
    const after = await exporter.scrape('Silent 0', 'Root');
    expect(after.value('probe_disk_stuck', { check: 'Silent 0' })).toBe(0);
    expect(after.value('probe_success', { check: 'Silent 0' })).toBe(0);
    expect(after.value('probe_success', { check: 'Root' })).toBe(1);
  });
});

test('a pipe in place of the configuration is given up, and the next reload reads the one in its place', async () => {
  const config = 'checks: [{name: Root, target: /, prober: disk}]\n';
  const exporter = await forThisTest(startExporterProcess({ config }));
  const whole = `${exporter.configFile}.whole`;
  await rename(exporter.configFile, whole);
  execFileSync('mkfifo', [exporter.configFile]);
  const refused = fetch(`${exporter.url}/-/reload`, { method: 'POST' });
  expect((await exporter.scrape()).value('probe_success', { check: 'Root' })).toBe(1);
  expect(await (await refused).text()).toContain(
    'is a pipe that nobody has written to for 4 seconds, a file is expected, or a pipe with a writer',
  );
  await rename(whole, exporter.configFile);
  expect((await fetch(`${exporter.url}/-/reload`, { method: 'POST' })).status).toBe(200);
});

function expectOthersRight(exposition: Awaited<ReturnType<ExporterProcess['scrape']>>): void {
  expect(exposition.value('probe_success', { check: 'Root' })).toBe(1);
  expect(exposition.value('probe_success', { check: 'Memory' })).toBe(1);
}

/** Threads that wait for the answer of a FUSE server, as the kernel names the place where they sleep. */
function waitingThreads({ process: { pid } }: ExporterProcess): number {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks).filter((task) =>
    /^request_wait_answer|^fuse/.test(readFileSync(`${tasks}/${task}/wchan`, 'utf8')),
  ).length;
}
