import { execFileSync } from 'node:child_process';
import { arch, cpus, release, totalmem, type } from 'node:os';
import { hasOracle, ORACLE_VERSION } from '../../differential/support/oracle.ts';
import { INSTANT_TARGETS } from '../targets/instant.ts';

/** What the figures were measured on, with, and against. */
export interface Machine {
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryMb: number;
  readonly system: string;
  /** As its version, or why it is missing. */
  readonly blackbox: string;
  /** What answers, per protocol. */
  readonly targets: Readonly<Record<string, string>>;
  readonly nginx: string | undefined;
}

export function describeMachine(): Machine {
  const cores = cpus();
  return {
    node: process.version,
    cpu: cores[0]?.model ?? 'unknown',
    cores: cores.length,
    memoryMb: Math.round(totalmem() / 1e6),
    system: `${type()} ${release()} ${arch()}`,
    blackbox: hasOracle ? ORACLE_VERSION : 'not installed',
    targets: INSTANT_TARGETS,
    nginx: nginxVersion(),
  };
}

/** The machine in two lines. */
export function renderMachine({ node, cpu, cores, blackbox, system, targets }: Machine): string {
  const answering = Object.entries(targets).map(([protocol, what]) => `${protocol}: ${what}`);
  return (
    `Node.js ${node} on ${cores} cores (${cpu}), ${system}; blackbox_exporter: ${blackbox}\n` +
    `Targets: ${answering.join(', ')}\n`
  );
}

function nginxVersion(): string | undefined {
  try {
    // It says so on standard error.
    const said = execFileSync('sh', ['-c', 'nginx -v 2>&1'], {
      encoding: 'utf8',
    });
    return /nginx\/(?<version>\S+)/.exec(said)?.groups?.version;
  } catch {
    return undefined;
  }
}
