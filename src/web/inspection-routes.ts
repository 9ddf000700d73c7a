import { type RequestHandler, Router } from 'express';
import { maskTarget, maskUrls } from '../config/mask.ts';
import { printConfig } from '../config/print.ts';
import type { Engine } from '../engine/engine.ts';
import type { History, HistoryEntry } from '../history/history.ts';
import { describeProbe } from './probe-report.ts';
import { onlyGet, queryOf, RequestProblem, sendPlainText } from './respond.ts';

/** What people look at when something fails: the configuration in force, and the logs of past probes. */
export function inspectionRoutes({
  engine,
  history,
}: {
  engine: Engine;
  history: History;
}): Router {
  const router = Router();
  router
    .route('/config')
    .get((request, response) => sendPlainText(request, response, printConfig(engine.config())))
    .all(onlyGet);
  router.route('/logs').get(logsRoute(history)).all(onlyGet);
  return router;
}

function logsRoute(history: History): RequestHandler {
  return (request, response) =>
    sendPlainText(request, response, describeProbe(find(history, queryOf(request))));
}

/** By `id`, or the newest by `target`, by `target` and `module`, or by `check`. */
function find(history: History, query: URLSearchParams): HistoryEntry {
  const [id, target, module, check] = ['id', 'target', 'module', 'check'].map(
    (name) => query.get(name) || undefined,
  );
  if (id !== undefined && target !== undefined) {
    throw new RequestProblem(400, "Probe id and target can't be defined at the same time");
  }
  if (id !== undefined) return findById(history, id);
  if (target === undefined && check === undefined) {
    throw new RequestProblem(400, module === undefined ? NOTHING_GIVEN : MODULE_ALONE);
  }
  const found = targetsShownFor(target)
    .map((shown) => history.find({ target: shown, module, check }))
    .find(Boolean);
  if (found) return found;
  throw new RequestProblem(404, `Probe ${target === undefined ? 'check' : 'target'} not found`);
}

/** What a target may be kept as: whether it was a URL is not said here. */
function targetsShownFor(target: string | undefined): (string | undefined)[] {
  return target === undefined ? [undefined] : [target, maskUrls(target), maskTarget(target)];
}

const NOTHING_GIVEN = 'Probe id or target must be defined as http query parameters';
const MODULE_ALONE = 'Probe module filter only works in conjunction with target parameter';

function findById(history: History, id: string): HistoryEntry {
  if (!/^\d+$/.test(id)) {
    throw new RequestProblem(400, `Probe id is no number: ${JSON.stringify(id.slice(0, 60))}`);
  }
  const found = history.get(Number(id));
  if (!found) throw new RequestProblem(404, 'Probe id not found');
  return found;
}
