import { fc } from '../../support/property.ts';
import {
  expectKnownStatus,
  probeRequests,
  startUndialledExporter,
} from '../../support/random-probe-requests.ts';

const REQUESTS = 1_000_000;
const AT_ONCE = 32;
/** The bound of the proof, for a machine that does other things too. */
const LIMIT_MS = 50;

/** Proof 26: whatever is asked of `/probe`, it is answered with one of nine statuses before anybody is dialled. */
export const scenario = {
  name: 'probe-fuzz',
  proof: [26],
  title: 'a million random requests of /probe are answered with one of nine statuses',
  limitSeconds: 3600,
  /** @param scale 1 for the million. */
  run: async (scale: number): Promise<{ figures: Record<string, string | number> }> => {
    const exporter = await startUndialledExporter();
    const rounds = Math.max(1, Math.round((REQUESTS * scale) / AT_ONCE));
    const statuses = new Map<number, number>();
    const times: number[] = [];
    const ask = async (request: Buffer) => {
      const status = await expectKnownStatus(exporter, request);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    };
    const round = fc.array(probeRequests, { minLength: AT_ONCE, maxLength: AT_ONCE, size: 'max' });
    const answered = fc.asyncProperty(round, async (requests) => {
      await Promise.all(requests.map(ask));
      // One alone, so that its time is its own.
      const before = performance.now();
      await ask(requests[0] as Buffer);
      times.push(performance.now() - before);
    });
    try {
      await fc.assert(answered, { numRuns: rounds, endOnFailure: true });
    } finally {
      await exporter.stop();
    }
    times.sort((a, b) => a - b);
    const p99 = times[Math.floor(times.length * 0.99)] ?? 0;
    if (scale >= 0.5 && p99 > LIMIT_MS) throw new Error(`p99 is ${p99} ms, above ${LIMIT_MS} ms`);
    const counted = [...statuses].sort(([a], [b]) => a - b);
    return {
      figures: {
        requests: rounds * (AT_ONCE + 1),
        'came as far as the prober': exporter.probed(),
        statuses: counted.map(([status, count]) => `${status}: ${count}`).join(', '),
        'p99 of one alone, ms': Number(p99.toFixed(1)),
      },
    };
  },
};
