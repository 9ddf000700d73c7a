import { createSocket } from 'node:dgram';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type Child, startChild } from '../support/child.ts';
import { runExporter } from '../support/exporter-process.ts';
import { parseExposition } from '../support/exposition.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { httpGet } from '../support/http-get.ts';
import { freePort } from '../support/loopback.ts';
import { realPart } from '../support/real-part.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** Each starts the exporter and its embedded default, which looks at the CPU for a second. */
const PATIENCE = { timeout: 60_000 };
const hasSystemd = realPart('systemd', ['systemd-socket-activate']);

describe.skipIf(!hasSystemd)('--web.systemd-socket', PATIENCE, () => {
  test('answers the scrape that started the exporter, and ends', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const activated = await activate([address]);
    const { status, body } = await httpGet(`http://${address}/metrics`);
    expect(status).toBe(200);
    // Without a configuration it checks itself, at the address it was given.
    const { byCheck } = parseExposition(String(body));
    expect(byCheck('probe_success')).toMatchObject({ Exporter: 1, 'Disk Space': 1 });
    expect(activated.stderr()).toContain(`address=${address.replace(':', ' port=')} checks=4`);

    activated.kill('SIGTERM');
    expect(await activated.ended).toEqual({ code: 0, signal: null });
  });

  test('listens on several sockets, unix-domain ones among them', async () => {
    const directory = await forThisTest(temporaryDirectory());
    const socketPath = join(directory.path, 'exporter.sock');
    const address = `127.0.0.1:${await freePort()}`;
    const activated = await activate([socketPath, address]);
    const overUnix = await httpGet('http://localhost/metrics', {}, { socketPath });
    expect(overUnix.status).toBe(200);
    expect((await httpGet(`http://${address}/-/ready`)).status).toBe(200);
    const { byCheck } = parseExposition(String(overUnix.body));
    expect(byCheck('probe_http_status_code')).toEqual({ Exporter: 200 });
    expect(activated.stderr()).toContain('msg=listening address="unix-domain socket" checks=4');
  });

  test('does without the check of itself where it has no address', async () => {
    const directory = await forThisTest(temporaryDirectory());
    const socketPath = join(directory.path, 'exporter.sock');
    await activate([socketPath]);
    const { body } = await httpGet('http://localhost/metrics', {}, { socketPath });
    const { byCheck } = parseExposition(String(body));
    expect(Object.keys(byCheck('probe_success'))).toEqual([
      'Disk Space',
      'Memory Usage',
      'CPU Usage',
    ]);
  });

  test('refuses a socket that carries no streams', async () => {
    const port = await freePort();
    const activated = await activate([`127.0.0.1:${port}`], ['--datagram']);
    const sender = createSocket('udp4');
    sender.send('wake up', port, '127.0.0.1', () => sender.close());
    expect(await activated.ended).toEqual({ code: 2, signal: null });
    expect(activated.stderr()).toMatch(
      /^--web\.systemd-socket: cannot listen on descriptor 3: expected a listening stream socket, /m,
    );
  });
});

test.each([
  [undefined, 'no sockets were passed, LISTEN_PID and LISTEN_FDS are not both set'],
  [{ LISTEN_PID: '1', LISTEN_FDS: '1' }, 'the sockets were passed to process "1" (LISTEN_PID)'],
])('--web.systemd-socket without sockets (%j) says so and starts nothing', async (env, why) => {
  const { code, stdout, stderr } = await runExporter(['--web.systemd-socket'], env);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^--web\.systemd-socket: [^\n]+\n$/);
  expect(stderr).toContain(why);
});

/** Listens as a socket unit does, and starts the exporter when the first connection comes. */
async function activate(places: readonly string[], kind: readonly string[] = []): Promise<Child> {
  const child = await forThisTest(
    startChild('systemd-socket-activate', [
      ...kind,
      ...places.flatMap((place) => ['--listen', place]),
      '--setenv=NODE_COMPILE_CACHE',
      process.execPath,
      MAIN,
      '--web.systemd-socket',
    ]),
  );
  for (const index of places.keys())
    await child.says(new RegExp(`Listening on .* as ${3 + index}\\.`));
  return child;
}
