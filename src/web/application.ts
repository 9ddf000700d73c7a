import express, {
  type ErrorRequestHandler,
  type Express,
  type RequestHandler,
  Router,
} from 'express';
import type { Logger } from '../lib/logger.ts';
import { checksRoute } from './checks-route.ts';
import { limitInFlight } from './in-flight.ts';
import { inspectionRoutes } from './inspection-routes.ts';
import { metricsRoute } from './metrics-route.ts';
import { operationRoutes } from './operation-routes.ts';
import { probeRoute } from './probe-route.ts';
import { onlyGet, RequestProblem, sendSentence } from './respond.ts';
import { serviceDiscoveryRoute } from './service-discovery-route.ts';
import { statusRoute } from './status/page/status-route.ts';
import { createScrapeMemory } from './status/scrape-memory.ts';

/** What the routes are made of. */
export type WebParts = Omit<Parameters<typeof metricsRoute>[0], 'scrapeMemory'> &
  Parameters<typeof probeRoute>[0] &
  Parameters<typeof inspectionRoutes>[0] &
  Parameters<typeof operationRoutes>[0] & {
    readonly version: string;
    readonly telemetryPath: string;
    /** Stands before every path: empty, or as in `/health`. */
    readonly routePrefix: string;
    /** Where it is reached from outside. Absent: where it is asked. */
    readonly externalUrl?: string | undefined;
    /** Scrapes that are answered at once, and as many pages beside them. `Infinity`: any number. */
    readonly maxRequests: number;
    /** Requests of `/probe` that are answered at once. `Infinity`: any number. */
    readonly maxProbes: number;
    readonly logger: Logger;
  };

/** All routes of the exporter, below its prefix. */
export function createApplication(parts: WebParts): Express {
  const { routePrefix, externalUrl = `${routePrefix}/` } = parts;
  const application = express();
  application.disable('x-powered-by');
  application.set('etag', false);
  application.use(routePrefix || '/', routes(parts));
  if (routePrefix !== '')
    application.get('/', (_request, response) => response.redirect(externalUrl));
  application.use(notFound);
  application.use(failed(parts.logger));
  return application;
}

function routes(parts: WebParts): Router {
  const { telemetryPath } = parts;
  const router = Router();
  const { scrapes, probes, pages } = inFlightLimits(parts);
  const scrapeMemory = createScrapeMemory();
  const status = { ...parts, lastScrape: scrapeMemory.last };
  router
    .route(telemetryPath)
    .get(scrapes, metricsRoute({ ...parts, scrapeMemory }))
    .all(onlyGet);
  router.all('/probe', probes, probeRoute(parts));
  router.route('/sd').get(pages, serviceDiscoveryRoute(parts)).all(onlyGet);
  router.route('/api/v1/checks').get(pages, checksRoute(status)).all(onlyGet);
  router.use(['/config', '/logs'], pages);
  router.use(inspectionRoutes(parts));
  router.use(operationRoutes(parts));
  if (telemetryPath !== '/') router.route('/').get(pages, statusRoute(status)).all(onlyGet);
  return router;
}

function inFlightLimits({ metrics, maxRequests, maxProbes }: WebParts) {
  const flag = '--web.max-requests';
  const refused = () => metrics.requestRefused('max_requests');
  return {
    scrapes: limitInFlight({ limit: maxRequests, what: 'scrapes', flag, refused }),
    // Some are as long as the configuration: who asks for many and takes none would fill the memory with them.
    pages: limitInFlight({ limit: maxRequests, what: 'pages', flag, refused }),
    probes: limitInFlight({
      limit: maxProbes,
      what: 'probes',
      flag: '--web.max-probes',
      refused: () => metrics.requestRefused('max_probes'),
    }),
  };
}

const notFound: RequestHandler = (_request, response) => sendSentence(response, 404, 'Not found');

/** Express' own handler would send the stack to the client. */
function failed(logger: Logger): ErrorRequestHandler {
  return (error, request, response, _next) => {
    if (error instanceof RequestProblem) return sendSentence(response, error.status, error.message);
    const status = Number(error?.status);
    const isClientError = status >= 400 && status < 500;
    if (!isClientError)
      logger.error('request failed', { path: request.path, error: String(error) });
    if (response.headersSent) response.destroy();
    else if (isClientError) sendSentence(response, status, 'Bad request');
    else sendSentence(response, 500, 'Internal error, see the log');
  };
}
