import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import {
  configFile,
  type ExporterProcess,
  startExporterProcess,
} from '../../support/exporter-process.ts';
import { forThisTest } from '../../support/for-this-test.ts';
import {
  hasSystemdUserManager,
  type SystemdUserManager,
  startSystemdUserManager,
} from '../../support/systemd-user-manager.ts';

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
const ESCAPED = String.raw`mnt-a\x2db@1.service`;
const CONFIG = `checks:
  - {name: Unit, target: ok, prober: systemd, timeout: 500ms, systemd: {user: true}}
  - {name: Escaped, target: '${ESCAPED}', prober: systemd, timeout: 500ms, systemd: {user: true}}
  - {name: Root, target: /, prober: disk}
`;
const NO_BUS = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent/bus' };

describe.skipIf(!hasSystemdUserManager)('proof 17: a real systemd', () => {
  let manager: SystemdUserManager;

  beforeAll(async () => {
    manager = await startSystemdUserManager();
    await manager.addUnit('ok.service', '[Service]\nExecStart=/bin/sleep 300\n');
    await manager.addUnit(String.raw`mnt-a\x2db@.service`, '[Service]\nExecStart=/bin/sleep 300\n');
    await manager.systemctl('daemon-reload');
    await manager.systemctl('start', 'ok', ESCAPED);
  });
  afterAll(() => manager.stop());

  test.each(['dbus-daemon', 'systemd'])(
    'whose %s hangs fails with a timeout, and is found again when it goes on',
    async (program) => {
      const exporter = await forThisTest(
        startExporterProcess({ config: CONFIG, env: manager.env }),
      );
      const verdicts = async () => (await exporter.scrape()).byCheck('probe_success');
      expect(await verdicts()).toEqual({ Unit: 1, Escaped: 1, Root: 1 });
      onTestFinished(() => signal(program, 'CONT'));
      await signal(program, 'STOP');
      const hung = await exporter.scrape();
      expect(hung.byCheck('probe_success')).toEqual({ Unit: 0, Escaped: 0, Root: 1 });
      expect(hung.all('probe_failure_info', { reason: 'timeout' })).toHaveLength(2);
      await signal(program, 'CONT');
      await eventually(async () => {
        expect(await verdicts()).toEqual({ Unit: 1, Escaped: 1, Root: 1 });
      });
    },
  );

  test('that hangs behind a systemctl has it killed, and leaves no process behind', async () => {
    const { file } = await forThisTest(configFile(CONFIG));
    onTestFinished(() => signal('systemd', 'CONT'));
    await signal('systemd', 'STOP');
    const command = 'shift; "$@"; echo "exit $?"';
    const args = [
      '-c',
      command,
      'sh',
      '--',
      process.execPath,
      MAIN,
      'check',
      '--config.file',
      file,
    ];
    const printed = await manager.inside('sh', args, NO_BUS);
    expect(printed).toMatch(/✗ Unit .* timeout/);
    expect(printed).toMatch(/✗ Escaped .* timeout/);
    expect(printed).toMatch(/✓ Root/);
    expect(printed).toMatch(/exit 1/);
    await eventually(async () => expect(await programs()).not.toContain('systemctl'));
  });

  test('that cannot be reached leaves no zombie', async () => {
    const env = { ...manager.env, ...NO_BUS, XDG_RUNTIME_DIR: '/nonexistent' };
    const exporter = await forThisTest(startExporterProcess({ config: CONFIG, env }));
    for (let count = 0; count < 3; count++) {
      const scraped = await exporter.scrape();
      expect(scraped.byCheck('probe_success')).toEqual({ Unit: 0, Escaped: 0, Root: 1 });
      expect(scraped.all('probe_failure_info', { reason: 'unsupported' })).toHaveLength(2);
    }
    await eventually(() => expect(childrenOf(exporter)).toEqual([]));
  });

  /** To the programs of this name in the manager's own process namespace. */
  async function signal(program: string, name: 'STOP' | 'CONT'): Promise<void> {
    const script =
      'for p in /proc/[0-9]*; do [ "$(cat "$p/comm")" != "$1" ] || kill -"$2" "${p#/proc/}"; done';
    await manager.inside('sh', ['-c', script, 'sh', program, name]);
  }

  async function programs(): Promise<string[]> {
    return (await manager.inside('sh', ['-c', 'cat /proc/[0-9]*/comm'])).split('\n');
  }
});

/** Process ids, those of zombies among them. */
function childrenOf({ process: { pid } }: ExporterProcess): string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
}
