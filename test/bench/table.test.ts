import { expect, test } from 'vitest';
import type { CaseResult } from './results.ts';
import { renderResults } from './table.ts';

test('cases of a kind share a table, cells are medians with their ends', () => {
  const results: CaseResult[] = [
    {
      name: 'http-1-10',
      kind: 'probes',
      contenders: {
        exporter: {
          rounds: [
            { cpuMs: 0.1, wallMs: 5 },
            { cpuMs: 0.3, wallMs: 5 },
            { cpuMs: 0.2 },
            { peakMb: 80.4 },
          ],
        },
        blackbox: { notMeasured: 'blackbox_exporter is not installed' },
      },
    },
    { name: 'startup', kind: 'startup', contenders: { exporter: { rounds: [{ idleMb: 70 }] } } },
    { name: 'http-9-10', kind: 'probes', contenders: {}, failed: 'no target' },
  ];
  expect(renderResults(results)).toBe(
    `\
case       who                   CPU/probe ms         scrape ms  peak MB
http-1-10  healthcheck-exporter  0.200 (0.100–0.300)  5.0        80
http-1-10  blackbox_exporter     not measured: blackbox_exporter is not installed
http-9-10  failed                no target

case     who                   idle MB
startup  healthcheck-exporter  70
`,
  );
});
