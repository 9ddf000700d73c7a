import type { RequestHandler } from 'express';
import { inSlices } from '../lib/slices.ts';
import { queryOf, streamSlices } from './respond.ts';
import { type CurrentStatus, currentStatus, type StatusSources } from './status/current-status.ts';
import { isWanted, readFilter } from './status/filter.ts';

/** `GET /api/v1/checks`: what is known of every check, as JSON, for programs. Runs no checks. */
export function checksRoute(sources: StatusSources): RequestHandler {
  return (request, response) => {
    const filter = readFilter(queryOf(request));
    const status = currentStatus(sources, (view) => isWanted(filter, view));
    response.setHeader('X-Content-Type-Options', 'nosniff');
    return streamSlices(request, response, 'application/json', inSlices(writeStatus(status)));
  };
}

function* writeStatus({ checks, ...head }: CurrentStatus): Generator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"checks":[`;
  let separator = '';
  for (const check of checks) {
    yield `${separator}${JSON.stringify(check)}`;
    separator = ',';
  }
  yield ']}\n';
}
