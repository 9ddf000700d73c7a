import { z } from 'zod';
import type { Check, Config } from '../../src/config/check.ts';
import { DEFAULT_POLICY } from '../../src/config/policy/probe-policy.ts';
import { Secret } from '../../src/lib/secret.ts';
import {
  defineProber,
  type MetricDeclarations,
  type ProbeContext,
} from '../../src/probers/contract.ts';

/** What made-up probers may emit. */
export const FAKE_METRICS = {
  probe_a: { help: 'A.' },
  probe_b_info: { help: 'B "quoted" \\ and\nbroken.', labels: ['text'] },
  probe_c_total: { help: 'C.', type: 'counter' },
} as const satisfies MetricDeclarations;

/** What a made-up prober does, by the target it is given. */
export type Behaviour = (context: ProbeContext<object, typeof FAKE_METRICS>) => Promise<void>;

/** A check whose probe is this function. */
export function makeCheck(
  name: string,
  behaviour: Behaviour,
  {
    timeoutSeconds = 5,
    labels = {},
  }: { timeoutSeconds?: number; labels?: Record<string, string> } = {},
): Check {
  const prober = defineProber({
    name: 'fake',
    summary: '',
    target: null,
    options: z.strictObject({}),
    metrics: FAKE_METRICS,
    probe: behaviour,
  });
  return {
    name,
    target: new Secret(''),
    shownTarget: '',
    module: { name: '', prober, options: {}, timeoutSeconds: undefined },
    timeoutSeconds,
    labels,
    seriesLabels: { ...labels, check: name, prober: 'fake' },
    identity: name,
  };
}

/** A configuration of these checks. */
export function makeConfig(checks: readonly Check[], overrides: Partial<Config> = {}): Config {
  return {
    concurrency: 64,
    maxResultAgeSeconds: 300,
    latencyBuckets: [0.1, 1, 10],
    checks,
    modules: new Map(),
    probePolicy: DEFAULT_POLICY,
    ...overrides,
  };
}

/** Resolves after a while, or never where `seconds` is infinite. Ignores its signal, as bad code does. */
export function takes(seconds: number): Behaviour {
  return () =>
    new Promise((resolve) => {
      if (Number.isFinite(seconds)) setTimeout(resolve, seconds * 1000);
    });
}
