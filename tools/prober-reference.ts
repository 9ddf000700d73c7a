import type { Prober } from '../src/probers/contract.ts';
import { PROBERS } from '../src/probers/index.ts';

/** `docs/probers.md`: what there is to probe with; the options and metrics stand in docs/configuration.md. */
export function renderProberReference(): string {
  return `${['# Probers', INTRODUCTION, ...PROBERS.map(renderProber)].join('\n\n')}\n`;
}

const INTRODUCTION = `What can be checked, in short. All options and metrics of each prober, and an example, stand in
[configuration.md](configuration.md); the metrics of every check in [metrics.md](metrics.md). Made of what the program itself
declares; \`npm run docs\` writes it anew.`;

function renderProber({ name, summary, target, options, metrics }: Prober): string {
  const code = (names: readonly string[]) => names.map((one) => `\`${one}\``).join(', ');
  return `## ${name}

${summary} ${target ? `Target: ${target.description}, such as \`${target.example}\`.` : 'Target: none, it looks at this host.'}

- Options: ${code(Object.keys(options.shape))}
- Metrics: ${code(Object.keys(metrics))}
- [All about ${name}](configuration.md#${name}), [example](../examples/probers/${name}.yml)`;
}
