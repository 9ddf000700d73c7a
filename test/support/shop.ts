import { type ExporterProcess, startExporterProcess } from './exporter-process.ts';
import { freePort, httpLoopback, tcpLoopback } from './loopback.ts';
import { type NginxServer, startNginx } from './nginx-server.ts';
import { hasSystemdUserManager, startSystemdUserManager } from './systemd-user-manager.ts';

/** A small shop whose exporter watches real servers, of which two are ill and one is down, and its own host. */
export interface Shop extends AsyncDisposable {
  readonly exporter: ExporterProcess;
  readonly website: NginxServer;
  /** Scrapes all checks so often that each has a past. */
  readonly liveThrough: (scrapes: number) => Promise<void>;
}

/**
 * @param units with a systemd of its own, one of whose services has failed. It takes a second to start.
 * @param args more flags for the exporter.
 */
export async function startShop({
  units = false,
  args = [],
}: {
  units?: boolean;
  args?: readonly string[];
} = {}): Promise<Shop> {
  await using stack = new AsyncDisposableStack();
  const website = stack.use(await startNginx());
  const services = stack.use(await startServices());
  const ssh = stack.use(await tcpLoopback('SSH-2.0-OpenSSH_9.2p1\r\n'));
  const systemd = units && hasSystemdUserManager ? await startSystemd() : undefined;
  if (systemd) stack.defer(systemd.stop);
  const config = shopConfig({
    website: website.port,
    services: services.port,
    ssh: ssh.port,
    nobody: await freePort(),
    unit: systemd ? UNIT : undefined,
  });
  const exporter = stack.use(await startExporterProcess({ config, args, env: systemd?.env ?? {} }));
  const started = stack.move();
  return {
    exporter,
    website,
    liveThrough: async (scrapes) => {
      for (let scrape = 0; scrape < scrapes; scrape++) await exporter.scrape();
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

interface ShopPorts {
  readonly website: number;
  readonly services: number;
  readonly ssh: number;
  /** Where nobody listens. */
  readonly nobody: number;
  readonly unit: string | undefined;
}

function shopConfig({ website, services, ssh, nobody, unit }: ShopPorts): string {
  return `
checks:
  - {name: Website, target: "http://127.0.0.1:${website}/", module: http_2xx, labels: {team: web, tier: "1"}}
  - {name: Checkout API, target: "http://127.0.0.1:${services}/checkout", module: http_2xx, labels: {team: payments, tier: "1"}}
  - {name: Search, target: "http://127.0.0.1:${services}/search", prober: http, labels: {team: web}}
  - {name: Intranet, target: "http://127.0.0.1:${nobody}/", module: http_2xx, labels: {team: office}}
  - {name: SSH bastion, target: "127.0.0.1:${ssh}", module: ssh_banner, labels: {team: ops}}
  - {name: Disk Space, target: /, prober: disk, disk: {max_used_percent: 100}}
  - {name: Memory Usage, prober: memory, memory: {max_used_percent: 100}}
  - {name: CPU Usage, prober: cpu, cpu: {max_used_percent: 100, interval: 20ms}}
${unit === undefined ? '' : `  - {name: Nightly backup, target: ${unit}, prober: systemd, systemd: {user: true}, labels: {team: ops}}`}
`;
}

/** A checkout that takes now longer, now shorter, and a search that is overloaded every now and then, at last too. */
function startServices() {
  let searches = 0;
  let checkouts = 0;
  return httpLoopback((request, response) => {
    if (request.url === '/search') {
      searches++;
      response.statusCode = searches % 11 < 2 || searches > 55 ? 503 : 200;
      response.end();
    } else setTimeout(() => response.end(), 6 + 5 * Math.sin(checkouts++ / 4));
  });
}

const UNIT = 'backup.service';

async function startSystemd() {
  const manager = await startSystemdUserManager();
  await manager.addUnit(UNIT, '[Service]\nType=oneshot\nExecStart=/bin/false\n');
  await manager.systemctl('daemon-reload');
  await manager.systemctl('start', UNIT).catch(() => {});
  await manager.waitFor(UNIT, 'failed (failed)');
  return manager;
}
