import { cpu } from '../../src/probers/cpu.ts';
import { disk } from '../../src/probers/disk.ts';
import { http } from '../../src/probers/http.ts';
import { memory } from '../../src/probers/memory.ts';
import { systemd } from '../../src/probers/systemd.ts';
import { tcp } from '../../src/probers/tcp.ts';
import { unix } from '../../src/probers/unix.ts';
import { probe } from './probe.ts';

// usage: probe-once.ts PROBER OPTIONS TARGET...
// Probes all targets at once, prints the outcomes as JSON and leaves it to Node.js to end the process.
const probers = new Map(
  [cpu, disk, http, memory, systemd, tcp, unix].map((prober) => [prober.name, prober]),
);
const [name = '', options = '{}', ...targets] = process.argv.slice(2);
const prober = probers.get(name);
if (!prober) throw new Error(`there is no prober ${name}`);
const outcomes = await Promise.all(
  targets.map((target) => probe(prober, target, JSON.parse(options))),
);
process.stdout.write(JSON.stringify(outcomes));
