// `bare-loop-process.ts PROTOCOL PORT [CA_FILE]`: `GET /?count=N&in-flight=K` makes N requests to that port, K at once,
// each on a connection of its own, and answers with a JSON list of what each took in milliseconds. With `&light` they are
// made with less than node:http.
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createServer, get as httpGet, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext } from 'node:tls';
import { encode, RECURSION_DESIRED } from 'dns-packet';
import { listen } from '../targets/listening.ts';
import { type Protocol, QUERY_NAME } from '../targets/protocols.ts';

const [protocol = 'http', port = '', caFile] = process.argv.slice(2);
const target = { host: '127.0.0.1', port: Number(port) };
// One for all: only what a handshake costs is to be seen.
const tlsTarget = {
  ...target,
  ...(caFile && { secureContext: createSecureContext({ ca: readFileSync(caFile) }) }),
};
// Not in the types of https.get(), which hands it on to tls.connect().
const httpsTarget = { ...tlsTarget, agent: false };
const query = encode({
  type: 'query',
  id: 1,
  flags: RECURSION_DESIRED,
  questions: [{ type: 'A', name: QUERY_NAME }],
});

/** One request; what it calls at the end gets an error where there was one. */
type Ask = (done: (error?: Error) => void) => void;

const REQUESTS: Readonly<Record<Protocol, Ask>> = {
  http: (done) => {
    httpGet({ ...target, agent: false }, (response) => drain(response, done)).on('error', done);
  },
  https: (done) => {
    // Without a session cache of an agent, each request shakes hands in full, as a probe does.
    httpsGet(httpsTarget, (response) => drain(response, done)).on('error', done);
  },
  tcp: (done) => {
    const socket = connect(target, () => {
      socket.destroy();
      done();
    }).on('error', done);
  },
  dns: (done) => {
    const socket = createSocket('udp4');
    socket.on('message', () => {
      socket.close();
      done();
    });
    socket.on('error', done);
    socket.connect(target.port, target.host, () => socket.send(query));
  },
};

const GET = `GET / HTTP/1.1\r\nHost: ${target.host}:${port}\r\nConnection: close\r\n\r\n`;
/** The same with nothing but a socket, to see what the target takes and not the client. */
const LIGHT_REQUESTS: Readonly<Record<Protocol, Ask>> = {
  ...REQUESTS,
  http: (done) => getOver(connect(target), done),
  https: (done) => getOver(connectTls(tlsTarget), done),
};

function getOver(socket: Socket, done: (error?: Error) => void): void {
  socket.on('error', done).on('end', () => done());
  socket.resume().write(GET);
}

listen(
  createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://localhost');
    const [count, inFlight] = ['count', 'in-flight'].map((name) => Number(searchParams.get(name)));
    const requests = searchParams.has('light') ? LIGHT_REQUESTS : REQUESTS;
    loop(requests[protocol as Protocol], count ?? 0, inFlight ?? 0).then(
      (latenciesMs) => {
        const body = JSON.stringify(latenciesMs);
        response.setHeader('Content-Length', body.length);
        response.end(body);
      },
      (error: unknown) => response.destroy(error as Error),
    );
  }),
);

async function loop(ask: Ask, count: number, inFlight: number): Promise<number[]> {
  const latenciesMs: number[] = [];
  let left = count;
  const keepAsking = async () => {
    while (left-- > 0) latenciesMs.push(await takeTime(ask));
  };
  await Promise.all(Array.from({ length: inFlight }, keepAsking));
  return latenciesMs;
}

function takeTime(ask: Ask): Promise<number> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    ask((error) => {
      if (error) reject(error);
      else resolve(performance.now() - startedAt);
    });
  });
}

function drain(response: IncomingMessage, done: (error?: Error) => void): void {
  response.on('error', done).on('end', () => done());
  response.resume();
}
