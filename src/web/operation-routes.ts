import { type RequestHandler, Router } from 'express';
import { onlyGet, sendSentence } from './respond.ts';

/** What operators and their tools ask: alive, ready, load the configuration again. */
export function operationRoutes({
  isReady,
  reload,
}: {
  isReady: () => boolean;
  /** Resolves to the problems found, or to `undefined` where the new configuration is in force. */
  reload: () => Promise<string | undefined>;
}): Router {
  const router = Router();
  const onHealthy: RequestHandler = (_request, response) => sendSentence(response, 200, 'Healthy');
  router.route('/-/healthy').get(onHealthy).all(onlyGet);
  const onReady: RequestHandler = (_request, response) => {
    if (isReady()) sendSentence(response, 200, 'Ready');
    else sendSentence(response, 503, 'Not ready: shutting down');
  };
  router.route('/-/ready').get(onReady).all(onlyGet);
  const onReload: RequestHandler = async (_request, response) => {
    const problems = await reload();
    if (problems === undefined) response.status(200).end();
    else sendSentence(response, 500, `failed to reload config: ${problems}`);
  };
  router.route('/-/reload').post(onReload).put(onReload).all(onlyPost);
  return router;
}

const onlyPost: RequestHandler = (_request, response) => {
  response.setHeader('Allow', 'POST, PUT');
  sendSentence(response, 405, 'This endpoint requires a POST request.');
};
