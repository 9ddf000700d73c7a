import type { RequestHandler } from 'express';
import type { Config, Module } from '../config/check.ts';
import { DEFAULT_MODULE, type ProbeRequest, probeRequest } from '../config/on-demand.ts';
import { admit } from '../config/policy/admission.ts';
import type { PolicyGate } from '../config/policy/policy-gate.ts';
import type { Engine } from '../engine/engine.ts';
import type { Executed, HistoryEntry } from '../history/history.ts';
import type { Refused } from '../history/refusal-log.ts';
import { CONTENT_TYPES } from '../metrics/exposition.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { writeProbe } from '../metrics/probe-families.ts';
import type { ProbeOutcome } from '../probers/contract.ts';
import { readBudget, SCRAPE_TIMEOUT_HEADER } from './deadline.ts';
import { describeProbe } from './probe-report.ts';
import { goneSignal, queryOf, RequestProblem, sendPlainText, sendText } from './respond.ts';

/** What `/probe` needs of the rest. */
export interface ProbeRouteParts {
  readonly engine: Engine;
  readonly metrics: Metrics;
  /** Keeps what was executed. */
  readonly record: (executed: Executed) => HistoryEntry;
  readonly timeoutOffsetSeconds: number;
  /** Whether a module may show any target that is asked for who is asking. */
  readonly credentialsToAnyTarget: boolean;
  /** Is told of what the policy refused. */
  readonly refused: (refused: Refused) => void;
  /** Fires when the process is about to end: probes are given up. */
  readonly lastCall: AbortSignal;
}

/**
 * `/probe?target=…&module=…`: one probe, as blackbox_exporter answers it. A target that is down is a 200 too; one that
 * may not be probed is a 403, and nothing of it is kept.
 */
export function probeRoute(parts: ProbeRouteParts): RequestHandler {
  const { engine, metrics, record, timeoutOffsetSeconds, lastCall } = parts;
  return async (request, response) => {
    const query = queryOf(request);
    const config = engine.config();
    const named = findModule(query, config, metrics);
    const budget = readBudget(request.get(SCRAPE_TIMEOUT_HEADER), timeoutOffsetSeconds);
    if (typeof budget === 'string') throw new RequestProblem(400, budget);
    const asked = readProbe(query, named);
    const gate = gateFor(asked, query, config, parts);

    const { module, target, shownTarget } = asked;
    const { prober, options } = module;
    const timeoutSeconds = Math.min(module.timeoutSeconds ?? Infinity, budget.budgetSeconds);
    const gone = goneSignal(response, lastCall);
    const found = await engine.probe({ prober, target, options, gate }, timeoutSeconds, gone);
    if (gate.refused) tellRefused(asked, gate.refused.sentence, parts);
    if (response.destroyed) return;
    const outcome = outcomeOf(found, gate, lastCall);
    const entry = record({ module, target: shownTarget, check: undefined, outcome });
    if (query.get('debug') === 'true') {
      return sendPlainText(request, response, describeProbe(entry));
    }
    return sendText(request, response, CONTENT_TYPES.text, writeProbe(prober, outcome));
  };
}

/** @throws {RequestProblem} where nothing may be said of the target: it may not be probed, or did not have its time. */
function outcomeOf(
  found: ProbeOutcome | undefined,
  { refused }: PolicyGate,
  lastCall: AbortSignal,
): ProbeOutcome {
  if (refused?.role === 'target') throw new RequestProblem(403, refused.sentence);
  if (!found) throw new RequestProblem(503, lastCall.aborted ? SHUTTING_DOWN : IN_TROUBLE);
  return found;
}

const SHUTTING_DOWN = 'The exporter is shutting down, the probe was given up';
const IN_TROUBLE = 'The exporter itself is in trouble, see its log';

function findModule(query: URLSearchParams, { modules }: Config, metrics: Metrics): Module {
  const name = query.get('module') || DEFAULT_MODULE;
  const module = modules.get(name);
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

function gateFor(
  asked: ProbeRequest,
  query: URLSearchParams,
  config: Config,
  parts: ProbeRouteParts,
): PolicyGate {
  const { credentialsToAnyTarget } = parts;
  const hostname = query.get('hostname') ?? '';
  const admission = admit(config, asked, { credentialsToAnyTarget, hostname });
  if ('gate' in admission) return admission.gate;
  tellRefused(asked, admission.refusal, parts);
  throw new RequestProblem(403, admission.refusal);
}

function tellRefused(
  { module, shownTarget }: ProbeRequest,
  why: string,
  { metrics, refused }: ProbeRouteParts,
): void {
  metrics.targetRefused();
  refused({ module: module.name, target: shownTarget, why });
}
