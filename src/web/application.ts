import express, {
  type ErrorRequestHandler,
  type Express,
  type RequestHandler,
  Router,
} from 'express';
import type { Logger } from '../lib/logger.ts';
import { inspectionRoutes } from './inspection-routes.ts';
import { landingRoute } from './landing-route.ts';
import { metricsRoute } from './metrics-route.ts';
import { operationRoutes } from './operation-routes.ts';
import { probeRoute } from './probe-route.ts';
import { RequestProblem, sendSentence } from './respond.ts';
import { serviceDiscoveryRoute } from './service-discovery-route.ts';

/** What the routes are made of. */
export type WebParts = Parameters<typeof metricsRoute>[0] &
  Parameters<typeof probeRoute>[0] &
  Parameters<typeof inspectionRoutes>[0] &
  Parameters<typeof operationRoutes>[0] & {
    readonly version: string;
    readonly telemetryPath: string;
    /** Stands before every path: empty, or as in `/health`. */
    readonly routePrefix: string;
    /** Where it is reached from outside. Absent: where it is asked. */
    readonly externalUrl?: string | undefined;
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
  const { engine, telemetryPath } = parts;
  const router = Router();
  router.route(telemetryPath).get(metricsRoute(parts)).all(onlyGet);
  router.all('/probe', probeRoute(parts));
  router.route('/sd').get(serviceDiscoveryRoute(parts)).all(onlyGet);
  router.use(inspectionRoutes(parts));
  router.use(operationRoutes(parts));
  if (telemetryPath !== '/') {
    router.get('/', landingRoute({ ...parts, checkCount: () => engine.config().checks.length }));
  }
  return router;
}

const onlyGet: RequestHandler = (_request, response) => {
  response.setHeader('Allow', 'GET, HEAD');
  sendSentence(response, 405, 'This endpoint requires a GET request.');
};

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
