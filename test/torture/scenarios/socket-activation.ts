import { writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quantile } from '../../bench/measure/statistics.ts';
import { httpGet } from '../../support/http-get.ts';
import { freePort } from '../../support/loopback.ts';
import {
  hasSystemdUserManager,
  type SystemdUserManager,
  startSystemdUserManager,
} from '../../support/systemd-user-manager.ts';
import { judge, rounded, type Scenario, scaled } from '../scenario.ts';

const RESTARTS = 20;
const CLIENTS = 8;
const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
const UNIT = 'exporter';

export const scenario: Scenario = {
  name: 'socket-activation',
  proof: [23],
  title: 'Restarts of a service that systemd holds the port of lose no connection, under load',
  run: async (scale) => {
    if (!hasSystemdUserManager) throw new Error('it needs a systemd user manager, and root');
    const restarts = scaled(RESTARTS, scale, 2);
    await using stack = new AsyncDisposableStack();
    const manager = stack.adopt(await startSystemdUserManager(), ({ stop }) => stop());
    const port = await freePort();
    await addUnits(manager, port);
    await manager.systemctl('start', `${UNIT}.socket`);
    const load = askAgainAndAgain(port);
    const processes = new Set<string>();
    for (let count = 0; count < restarts; count++) {
      const answered = load.times.length;
      await manager.systemctl('restart', `${UNIT}.service`);
      processes.add(await manager.systemctl('show', '--value', '--property=MainPID', UNIT));
      // Everybody has been answered by the new one, some more than once.
      while (load.times.length < answered + 5 * CLIENTS) await load.answered();
    }
    await load.stop();
    const ending = await manager.systemctl('show', '--value', '--property=Result', UNIT);
    const figures = {
      restarts,
      requests: load.times.length,
      'requests that failed': load.failed.length,
      'longest wait for an answer, s': rounded(quantile(load.times, 1) / 1000, 2),
    };
    return judge(figures, [
      [processes.size === restarts, `${processes.size} processes in ${restarts} restarts`],
      [load.failed.length === 0, `lost: ${load.failed.slice(0, 3).join('; ')}`],
      [ending.trim() === 'success', `the service ended with ${ending.trim()}`],
    ]);
  },
};

async function addUnits(manager: SystemdUserManager, port: number): Promise<void> {
  const command = [process.execPath, MAIN, '--web.systemd-socket', '--config.file=%t/checks.yml'];
  await writeFile(
    join(manager.runtimeDir, 'checks.yml'),
    'checks: [{name: Memory, prober: memory}]\n',
  );
  await manager.addUnit(`${UNIT}.socket`, `[Socket]\nListenStream=127.0.0.1:${port}\n`);
  await manager.addUnit(
    `${UNIT}.service`,
    `[Unit]\nStartLimitIntervalSec=0\n[Service]\nType=exec\nKillMode=mixed\nExecStart=${command.join(' ')}\n`,
  );
  await manager.systemctl('daemon-reload');
}

/** Half of the clients connect for each request, half keep their connection until they are told that it closes. */
function askAgainAndAgain(port: number) {
  const times: number[] = [];
  const failed: string[] = [];
  let stopped = false;
  let { promise: next, resolve: tell } = Promise.withResolvers<void>();
  const client = async (ask: () => Promise<number>) => {
    while (!stopped) {
      const askedAt = performance.now();
      const status = await ask().catch((error: Error) => error.message);
      times.push(performance.now() - askedAt);
      if (status !== 200) failed.push(String(status));
      tell();
      ({ promise: next, resolve: tell } = Promise.withResolvers<void>());
    }
  };
  const url = `http://127.0.0.1:${port}/metrics`;
  const anew = async () => (await httpGet(url)).status;
  const agents: Agent[] = [];
  const keeping = () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    agents.push(agent);
    return () => statusOf(url, agent);
  };
  const clients = Array.from({ length: CLIENTS }, (_, index) =>
    client(index % 2 === 0 ? anew : keeping()),
  );
  const stop = async () => {
    stopped = true;
    await Promise.all(clients);
    for (const agent of agents) agent.destroy();
  };
  return { times, failed, answered: () => next, stop };
}

function statusOf(url: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    });
    sent.once('error', reject).end();
  });
}
