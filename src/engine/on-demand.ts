import type { ProbeOutcome } from '../probers/contract.ts';
import { executeProbe, type ProbeJob } from './envelope.ts';
import type { Pacer } from './pacer.ts';

/** Executes probes that no check of the configuration stands for: those of `/probe`. */
export interface OnDemand {
  /**
   * Executes one probe at once: who sends the requests decides how many there are.
   *
   * @param timeoutSeconds the T that applies.
   * @param asker fires when nobody waits any longer.
   * @returns `undefined` where the asker left, or where this process could not probe.
   */
  readonly probe: (
    job: ProbeJob,
    timeoutSeconds: number,
    asker: AbortSignal,
  ) => Promise<ProbeOutcome | undefined>;
  /** Probes being executed right now. */
  readonly count: () => number;
}

/**
 * @param pacer shared with the checks, so that a burst of requests does not show in anybody's latency.
 * @param troubled is told of what is no fault of a target.
 */
export function createOnDemand(pacer: Pacer, troubled: (error: unknown) => void): OnDemand {
  let executing = 0;
  return {
    probe: async (job, timeoutSeconds, asker) => {
      await pacer.turn();
      executing++;
      try {
        return await executeProbe(job, timeoutSeconds, asker, troubled);
      } finally {
        executing--;
      }
    },
    count: () => executing,
  };
}
