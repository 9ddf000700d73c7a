import type { Prober } from './contract.ts';
import { cpu } from './cpu.ts';
import { disk } from './disk.ts';
import { dns } from './dns.ts';
import { grpc } from './grpc.ts';
import { http } from './http.ts';
import { icmp } from './icmp.ts';
import { memory } from './memory.ts';
import { systemd } from './systemd.ts';
import { tcp } from './tcp.ts';
import { unix } from './unix.ts';
import { websocket } from './websocket.ts';

/** Every prober there is. A new one is one line here; configuration, CLI and docs follow from it. */
export const PROBERS: readonly Prober[] = [
  http,
  tcp,
  dns,
  unix,
  icmp,
  grpc,
  websocket,
  systemd,
  disk,
  memory,
  cpu,
];
