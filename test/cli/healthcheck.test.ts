import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { runCliInProcess } from '../support/cli-in-process.ts';
import { runExporter, startExporterProcess } from '../support/exporter-process.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { freePort, httpLoopback, loopback, tcpLoopback } from '../support/loopback.ts';

const HEALTHY = { code: 0, stdout: '', stderr: '' };

describe('healthcheck', () => {
  test('is content with an exporter that answers', async () => {
    const { port } = await forThisTest(startExporterProcess());
    const asked = await runExporter(['healthcheck', `--web.listen-address=127.0.0.1:${port}`]);
    expect(asked).toEqual({ ...HEALTHY, signal: null });
  });

  test.each([
    ['--web.route-prefix=/health'],
    ['--web.external-url=https://example.com/health/'],
    ['--web.external-url=HTTPS://example.com/', '--web.route-prefix=health'],
    ['--web.external-url=HTTP://example.com/health'],
  ])('finds it below a path: %s %s', async (...args) => {
    const { port } = await forThisTest(startExporterProcess({ args }));
    const address = `--web.listen-address=:${port}`;
    expect(await runCliInProcess(['healthcheck', address, ...args])).toEqual(HEALTHY);
    expect(await runCliInProcess(['healthcheck', address])).toEqual({
      code: 1,
      stdout: '',
      stderr: `http://127.0.0.1:${port}/-/healthy: answered 404, expected 200\n`,
    });
  });

  test.each(['', '0.0.0.0', '[::]', 'localhost'])(
    'asks on this host where it listens on %j',
    async (host) => {
      const paths: (string | undefined)[] = [];
      const server = await forThisTest(
        httpLoopback(({ url }, response) => {
          paths.push(url);
          response.end();
        }),
      );
      const words = ['healthcheck', `--web.listen-address=${host}:${server.port}`];
      expect(await runCliInProcess(words)).toEqual(HEALTHY);
      expect(paths).toEqual(['/-/healthy']);
    },
  );

  test.each([
    ['503', 503, 'answered 503, expected 200'],
    ['a way to elsewhere', 302, 'answered 302, expected 200'],
    ['204', 204, 'answered 204, expected 200'],
  ])('is not content with %s', async (_what, status, why) => {
    const server = await forThisTest(
      httpLoopback((_request, response) =>
        response.writeHead(status, { location: '/-/healthy/' }).end(),
      ),
    );
    await expectUnhealthy(server.port, why);
  });

  test('is not content with another protocol', async () => {
    const switching =
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n';
    const server = await forThisTest(tcpLoopback(switching));
    await expectUnhealthy(server.port, 'answered 101, expected 200');
  });

  test('is content with a status, and ends, however long the rest takes', async () => {
    const server = await forThisTest(
      httpLoopback((_request, response) => void response.writeHead(200).write('H')),
    );
    const address = `--web.listen-address=127.0.0.1:${server.port}`;
    const asked = await runExporter(['healthcheck', address, '--timeout=1h']);
    expect(asked).toEqual({ ...HEALTHY, signal: null });
  });

  test('says that nothing listens there', async () => {
    await expectUnhealthy(await freePort(), 'connection refused, nothing listens there');
  });

  test('waits only so long', async () => {
    const server = await forThisTest(tcpLoopback());
    await expectUnhealthy(server.port, 'no answer within 50ms', '--timeout=50ms');
  });

  test('says that there was no answer', async () => {
    const hangingUp = await forThisTest(loopback(createServer((socket) => socket.end())));
    await expectUnhealthy(hangingUp.port, 'the connection was closed without an answer');
    const speaking = await forThisTest(tcpLoopback('SSH-2.0-x\r\n'));
    await expectUnhealthy(speaking.port, /Parse Error/);
  });

  test('goes through no proxy', async () => {
    const proxy = `http://127.0.0.1:${await freePort()}`;
    const server = await forThisTest(httpLoopback((_request, response) => void response.end()));
    const words = ['healthcheck', `--web.listen-address=127.0.0.1:${server.port}`];
    // Node.js 22 warns that the variable is an experiment.
    const quiet = { NODE_NO_WARNINGS: '1' };
    const env = { ...quiet, NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxy, http_proxy: proxy };
    expect(await runExporter(words, env)).toMatchObject(HEALTHY);
  });
});

async function expectUnhealthy(port: number, why: string | RegExp, ...words: string[]) {
  const { code, stdout, stderr } = await runCliInProcess([
    'healthcheck',
    `--web.listen-address=127.0.0.1:${port}`,
    ...words,
  ]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  const [, said] = /^http:\/\/127\.0\.0\.1:\d+\/-\/healthy: ([^\n]+)\n$/.exec(stderr) ?? [];
  expect(said).toMatch(typeof why === 'string' ? new RegExp(`^${why}$`) : why);
}
