import { createServer as createHttps } from 'node:https';
import { onTestFinished } from 'vitest';
import { createAuthority, daysFromNow } from './certificates.ts';
import { recursive, udpDnsServer } from './dns-server.ts';
import { forThisTest } from './for-this-test.ts';
import { grpcServer } from './grpc-server.ts';
import { loopback, tcpLoopback } from './loopback.ts';
import { type NginxServer, startNginx } from './nginx-server.ts';
import { type SystemdUserManager, startSystemdUserManager } from './systemd-user-manager.ts';
import { unixServer } from './unix-server.ts';
import { urlOf, websocketServer } from './websocket-server.ts';

/** One real target for each prober, until the test is over. */
export interface EveryTarget {
  readonly nginx: NginxServer;
  /** Where the units that are checked live. */
  readonly manager: SystemdUserManager;
  /** The checks of all that is healthy, and of a page that never is. */
  readonly checks: string;
  /** Checks that fail from the beginning: of a page, and of a certificate that has expired. */
  readonly failing: string;
  /** Modules for `/probe`, and what to probe with which: all that goes over the network, the expired certificate too. */
  readonly modules: string;
  readonly probes: readonly { readonly module: string; readonly target: string }[];
}

const PAGES = `
  location = / { return 200 "welcome"; }
  location = /health { default_type application/json; return 200 '{"status": "ok"}'; }
  location = /broken { return 503; }
`;
const SERVING = 1;

export async function startEveryTarget(): Promise<EveryTarget> {
  const nginx = await forThisTest(startNginx(PAGES));
  const manager = await startSystemdUserManager();
  onTestFinished(manager.stop);
  await manager.addUnit('web.service', '[Service]\nExecStart=/bin/sleep 3600\n');
  await manager.systemctl('daemon-reload');
  await manager.systemctl('start', 'web');
  const authority = createAuthority();
  onTestFinished(authority.remove);
  const https = async (validTo: Date) => {
    const identity = authority.issue({
      names: 'IP:127.0.0.1',
      validFrom: daysFromNow(-9),
      validTo,
    });
    const server = createHttps(identity, (_request, response) => response.end('ok'));
    return `https://127.0.0.1:${(await forThisTest(loopback(server))).port}/`;
  };
  const ssh = await forThisTest(tcpLoopback('SSH-2.0-OpenSSH_9.2\r\n'));
  const dns = await udpDnsServer(recursive);
  const grpc = await grpcServer({ services: { '': SERVING } });
  const websocket = await websocketServer();
  const unix = await unixServer();
  const web = `http://127.0.0.1:${nginx.port}`;
  const shop = await https(daysFromNow(90));
  const old = await https(daysFromNow(-1));
  const trust = `http: {tls_config: {ca_file: ${authority.certFile}}}`;
  const question = 'dns: {query_name: example.com, query_type: A}';
  const network = {
    ssh: `127.0.0.1:${ssh.port}`,
    dns: `127.0.0.1:${dns.port}`,
    grpc: `127.0.0.1:${grpc.port}`,
    chat: urlOf(websocket),
  };
  return {
    nginx,
    manager,
    checks: `
  - {name: Website, target: "${web}/", prober: http, labels: {team: web}}
  - {name: API Health, target: "${web}/health", prober: http, labels: {team: web}}
  - {name: Broken Page, target: "${web}/broken", prober: http, labels: {severity: none}}
  - {name: Shop, target: "${shop}", prober: http, ${trust}}
  - {name: SSH, target: "${network.ssh}", module: ssh_banner}
  - {name: Name Server, target: "${network.dns}", prober: dns, ${question}}
  - {name: Orders, target: "${network.grpc}", prober: grpc, grpc: {tls: false}}
  - {name: Chat, target: "${network.chat}", prober: websocket}
  - {name: Queue, target: "${unix.path}", prober: unix}
  - {name: Gateway, target: 127.0.0.1, prober: icmp}
  - {name: Web Service, target: web.service, prober: systemd, systemd: {user: true}}
  - {name: Disk Space, target: /, prober: disk, disk: {max_used_percent: 100, max_inodes_used_percent: 100}}
  - {name: Memory Usage, prober: memory, memory: {max_used_percent: 100, max_swap_used_percent: 100}}
  - {name: CPU Usage, prober: cpu, cpu: {max_used_percent: 100, interval: 200ms, max_load_per_core: 1000}}
`,
    failing: `
  - {name: Lost Page, target: "${web}/broken", prober: http}
  - {name: Old Certificate, target: "${old}", prober: http, ${trust}}
`,
    modules: `
  shop: {prober: http, ${trust}}
  name_server: {prober: dns, ${question}}
  ping: {prober: icmp}
  orders: {prober: grpc, grpc: {tls: false}}
  chat: {prober: websocket}
`,
    probes: [
      { module: 'http_2xx', target: `${web}/` },
      { module: 'shop', target: shop },
      { module: 'shop', target: old },
      { module: 'name_server', target: network.dns },
      { module: 'ping', target: '127.0.0.1' },
      { module: 'orders', target: network.grpc },
      { module: 'chat', target: network.chat },
    ],
  };
}
