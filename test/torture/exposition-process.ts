// `exposition-process.ts SERIES` serves so many series on /metrics, written and sent as the exporter does it.
// /metrics?collect collects garbage again and again while it is written, so that what is left is in use.
// /figures tells, as JSON, what the answers took since the last time: see Writing.
import { createServer } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import express from 'express';
import { CONTENT_TYPES } from '../../src/metrics/exposition.ts';
import type { ProbeOutcome } from '../../src/probers/contract.ts';
import { sendSlices } from '../../src/web/respond.ts';
import { listen } from '../bench/targets/listening.ts';
import { check, fresh, metricsOf, SUCCESS } from '../support/rendered-metrics.ts';
import type { Writing } from './writing.ts';

const WANTED = Number(process.argv[2]);
/** Between two collections of garbage. */
const SLICES = 16;
const SAMPLES_PER_CHECK = 20;
/** With its gauges, its counters, and the histogram of three buckets: the one who scrapes counts them. */
const SERIES_PER_CHECK = SAMPLES_PER_CHECK + 4 + 2 + 6;

// As the exporter's own: how far the heap grows between two collections.
setFlagsFromString('--heap-growing-percent=100');
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const outcome: ProbeOutcome = {
  ...SUCCESS,
  samples: Array.from({ length: SAMPLES_PER_CHECK }, (_, index) => ({
    name: 'probe_a',
    value: index / 7,
    labels: { phase: `phase ${index}` },
  })),
};
const checks = Array.from({ length: Math.ceil(WANTED / SERIES_PER_CHECK) }, (_, index) =>
  check(`check ${index}`, { team: `team ${index % 10}` }),
);
const metrics = metricsOf(checks);
for (const one of checks) metrics.executed(one, outcome, 0);
const views = checks.map((one) => fresh(one, outcome));
let writings: Writing[] = [];

const application = express();
application.get('/metrics', async (request, response) => {
  collectGarbage();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const base = process.memoryUsage();
  const collects = 'collect' in request.query;
  const writing = { collects, slices: 0, characters: 0, heapBytes: 0, bufferBytes: 0 };
  const watch = () => {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    writing.heapBytes = Math.max(writing.heapBytes, heapUsed - base.heapUsed);
    writing.bufferBytes = Math.max(writing.bufferBytes, arrayBuffers - base.arrayBuffers);
  };
  const watched = function* (slices: Iterable<string>) {
    for (const slice of slices) {
      if (collects && writing.slices % SLICES === 0) collectGarbage();
      writing.slices++;
      writing.characters += slice.length;
      watch();
      yield slice;
    }
  };
  const startedAt = performance.now();
  const slices = await metrics.render({ views, durationSeconds: 0 }, 'text');
  await sendSlices(request, response, CONTENT_TYPES.text, watched(slices));
  watch();
  const ms = performance.now() - startedAt;
  delay.disable();
  writings.push({ ...writing, ms, longestTurnMs: delay.max / 1e6 });
});
application.get('/figures', (_request, response) => {
  response.end(JSON.stringify(writings));
  writings = [];
});
listen(createServer(application));
