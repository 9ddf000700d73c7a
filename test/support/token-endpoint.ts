import type { ServerResponse } from 'node:http';
import type { Prober } from '../../src/probers/contract.ts';
import { http } from '../../src/probers/http.ts';
import { type RecordedRequest, urlOf } from './http-peers.ts';
import { probe } from './probe.ts';
import { httpServer } from './servers.ts';

/** How a token endpoint answers. */
export type TokenAnswer = (request: RecordedRequest, response: ServerResponse) => void;

/** Answers with these fields in JSON. */
export function json(fields: object, status = 200): TokenAnswer {
  return (_request, response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(JSON.stringify(fields));
}

/** A token endpoint that keeps what it was asked. Without an answer of its own it counts its tokens. */
export async function tokenEndpoint(answer?: TokenAnswer) {
  const requests: RecordedRequest[] = [];
  const server = await httpServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url = '', headers } = request;
    const recorded = { method, url, headers, body: Buffer.concat(chunks).toString() };
    requests.push(recorded);
    const fields = { access_token: `token-${requests.length}`, expires_in: 3600 };
    (answer ?? json(fields))(recorded, response);
  });
  return { server, requests, token_url: urlOf(server, '/token') };
}

/** Probes a module again and again: its options are parsed once, as a configuration's are. */
export function module(options: object) {
  const parsed = http.options.parse(options);
  const prober = { ...http, options: { parse: () => parsed } } as unknown as Prober;
  return (target: string, limits?: { timeoutSeconds: number }) => probe(prober, target, {}, limits);
}

/** The options of a client that a token endpoint knows. */
export const client = { client_id: 'an id', client_secret: 'ca:na/ry' };

/** The header `Authorization` of each request. */
export function authorizations(requests: readonly RecordedRequest[]) {
  return requests.map(({ headers }) => headers.authorization);
}
