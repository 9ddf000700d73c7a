import type { RequestHandler } from 'express';
import type { Module } from '../config/check.ts';
import { type ProbeRequest, probeRequest } from '../config/on-demand.ts';
import type { Engine } from '../engine/engine.ts';
import type { Executed, HistoryEntry } from '../history/history.ts';
import { CONTENT_TYPES } from '../metrics/exposition.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { writeProbe } from '../metrics/probe-families.ts';
import { readBudget, SCRAPE_TIMEOUT_HEADER } from './deadline.ts';
import { describeProbe } from './probe-report.ts';
import { goneSignal, queryOf, RequestProblem, sendPlainText, sendText } from './respond.ts';

/** blackbox_exporter's: what is meant where no module is named. */
const DEFAULT_MODULE = 'http_2xx';

/** `/probe?target=…&module=…`: one probe, as blackbox_exporter answers it. A target that is down is a 200 too. */
export function probeRoute({
  engine,
  metrics,
  record,
  timeoutOffsetSeconds,
  lastCall,
}: {
  engine: Engine;
  metrics: Metrics;
  /** Keeps what was executed. */
  record: (executed: Executed) => HistoryEntry;
  timeoutOffsetSeconds: number;
  /** Fires when the process is about to end: probes are given up. */
  lastCall: AbortSignal;
}): RequestHandler {
  return async (request, response) => {
    const query = queryOf(request);
    const named = findModule(query, engine, metrics);
    const budget = readBudget(request.get(SCRAPE_TIMEOUT_HEADER), timeoutOffsetSeconds);
    if (typeof budget === 'string') throw new RequestProblem(400, budget);
    const { module, target, shownTarget } = readProbe(query, named);

    const { prober, options } = module;
    const timeoutSeconds = Math.min(module.timeoutSeconds ?? Infinity, budget.budgetSeconds);
    const gone = goneSignal(response, lastCall);
    const outcome = await engine.probe({ prober, target, options }, timeoutSeconds, gone);
    if (response.destroyed) return;
    // Not down: the target did not have its time.
    if (!outcome) throw new RequestProblem(503, lastCall.aborted ? SHUTTING_DOWN : IN_TROUBLE);
    const entry = record({ module, target: shownTarget, check: undefined, outcome });
    if (query.get('debug') === 'true') {
      return sendPlainText(request, response, describeProbe(entry));
    }
    return sendText(request, response, CONTENT_TYPES.text, writeProbe(prober, outcome));
  };
}

const SHUTTING_DOWN = 'The exporter is shutting down, the probe was given up';
const IN_TROUBLE = 'The exporter itself is in trouble, see its log';

function findModule(query: URLSearchParams, engine: Engine, metrics: Metrics): Module {
  const name = query.get('module') || DEFAULT_MODULE;
  const module = engine.config().modules.get(name);
  if (module) return module;
  metrics.moduleUnknown();
  throw new RequestProblem(400, `Unknown module ${JSON.stringify(name.slice(0, MAX_SHOWN))}`);
}

const MAX_SHOWN = 200;

function readProbe(query: URLSearchParams, module: Module): ProbeRequest {
  const target = query.get('target') ?? '';
  if (target === '' && module.prober.target !== null) {
    throw new RequestProblem(400, 'Target parameter is missing');
  }
  const asked = probeRequest(module, target, query.get('hostname') ?? '');
  if ('problem' in asked) throw new RequestProblem(400, asked.problem);
  return asked;
}
