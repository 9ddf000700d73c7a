// Answers every request at once: `instant-http-process.ts [CERTIFICATE KEY]`, over TLS where these files are named.
import { readFileSync } from 'node:fs';
import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { listen } from './listening.ts';

const [cert, key] = process.argv.slice(2);
const answer: RequestListener = (_request, response) => response.end('ok');
listen(
  cert && key
    ? createHttps({ cert: readFileSync(cert), key: readFileSync(key) }, answer)
    : createHttp(answer),
);
