import type { Prober } from './contract.ts';
import { cpu } from './cpu.ts';
import { disk } from './disk.ts';
import { http } from './http.ts';
import { memory } from './memory.ts';
import { systemd } from './systemd.ts';
import { tcp } from './tcp.ts';

/** Every prober there is. A new one is one line here; configuration, CLI and docs follow from it. */
export const PROBERS: readonly Prober[] = [http, tcp, systemd, disk, memory, cpu];
