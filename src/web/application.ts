import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { Logger } from '../lib/logger.ts';
import { inspectionRoutes } from './inspection-routes.ts';
import { landingRoute } from './landing-route.ts';
import { metricsRoute } from './metrics-route.ts';
import { operationRoutes } from './operation-routes.ts';
import { probeRoute } from './probe-route.ts';
import { RequestProblem, sendSentence } from './respond.ts';

/** What the routes are made of. */
export type WebParts = Parameters<typeof metricsRoute>[0] &
  Parameters<typeof probeRoute>[0] &
  Parameters<typeof inspectionRoutes>[0] &
  Parameters<typeof operationRoutes>[0] & {
    readonly version: string;
    readonly telemetryPath: string;
    readonly logger: Logger;
  };

/** All routes of the exporter. */
export function createApplication(parts: WebParts): Express {
  const { engine, telemetryPath } = parts;
  const application = express();
  application.disable('x-powered-by');
  application.set('etag', false);
  application.route(telemetryPath).get(metricsRoute(parts)).all(onlyGet);
  application.all('/probe', probeRoute(parts));
  application.use(inspectionRoutes(parts));
  application.use(operationRoutes(parts));
  if (telemetryPath !== '/') {
    application.get(
      '/',
      landingRoute({ ...parts, checkCount: () => engine.config().checks.length }),
    );
  }
  application.use(notFound);
  application.use(failed(parts.logger));
  return application;
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
