import type { Socket } from 'node:net';
import { defineProber, type ProbeContext } from './contract.ts';
import { ProbeFailure } from './failure.ts';
import {
  addressMetrics,
  addressProbeDefaults,
  approach,
  findAddress,
  hostPort,
} from './shared/address.ts';
import { emitIdentity, tlsMetrics } from './shared/certificate.ts';
import { dial, Lifeline } from './shared/dial.ts';
import type { Place } from './shared/gate.ts';
import { clientCredentialOption, headersCredentialOption } from './shared/held-credentials.ts';
import { authorizationHeader } from './shared/http-credentials.ts';
import { headerValues, wire } from './shared/http-headers.ts';
import { hostOf, portOf } from './shared/http-url.ts';
import { secure } from './shared/secure.ts';
import { createStopwatch, type Stopwatch } from './shared/stopwatch.ts';
import { streamMetrics } from './shared/stream-probe.ts';
import { parsedTarget, problemBy } from './shared/target.ts';
import { USER_AGENT } from './shared/user-agent.ts';
import { library, type MessageStream, upgrade } from './websocket/connection.ts';
import { converseInMessages } from './websocket/dialogue.ts';
import {
  ineffectiveOptions,
  type WebsocketOptions,
  websocketOptions,
} from './websocket/options.ts';

const metrics = {
  ...addressMetrics,
  ...tlsMetrics,
  probe_websocket_status_code: {
    help: 'HTTP status code of the answer to the handshake, 101 where it went well.',
    unreached: 0,
  },
  probe_websocket_connection_upgraded: {
    help: '1 where the connection became a WebSocket, 0 where it did not.',
    unreached: 0,
  },
  probe_websocket_failed_due_to_regex: {
    help: 'Whether a regular expression failed the probe: 1, or 0.',
    unreached: 0,
  },
  probe_websocket_duration_seconds: {
    help:
      'How long each phase took: resolve, connect, processing (TLS and the handshake) and transfer (the dialogue). ' +
      'Absent for a phase not reached.',
    labels: ['phase'],
  },
  probe_expect_info: streamMetrics.probe_expect_info,
} as const;

type Context = ProbeContext<WebsocketOptions, typeof metrics>;
type Phase = 'resolve' | 'connect' | 'processing' | 'transfer';

export const websocket = defineProber({
  name: 'websocket',
  summary: 'A server opens a WebSocket and says what it should.',
  target: {
    description: 'a URL that begins with ws:// or wss://',
    example: 'wss://example.com/chat',
    isUrl: true,
    problem: problemBy(parseTarget),
  },
  options: websocketOptions,
  metrics,
  probeDefaults: addressProbeDefaults,
  credentialOption,
  load: library,
  probe,
});

async function probe(context: Context): Promise<void> {
  const { options, emit, log, signal } = context;
  const stopwatch = createStopwatch<Phase>((phase, seconds) =>
    emit('probe_websocket_duration_seconds', seconds, { phase }),
  );
  emit('probe_websocket_failed_due_to_regex', 0);
  for (const option of ineffectiveOptions(options)) {
    log('this option has no effect on a WebSocket', { option: `http_config.${option}` });
  }
  const url = parsedTarget(parseTarget, context.target);
  const peer = hostPort(hostOf(url), portOf(url));
  approach(placeOf(url), context.gate);
  const headers = await requestHeaders(url, options, signal);

  const lifeline = new Lifeline(signal);
  const socket = await open(url, context, { lifeline, stopwatch, peer });
  const messages = await shakeHands(socket, context, { url, headers, peer, stopwatch });
  await talk(messages, context, { peer, stopwatch });
  messages.close();
  lifeline.end();
}

function credentialOption({ http_config, headers }: WebsocketOptions): string | undefined {
  const ofClient = clientCredentialOption(http_config ?? {});
  if (ofClient !== undefined) return `http_config.${ofClient}`;
  return headersCredentialOption('headers', headers);
}

type Headers = Readonly<Record<string, string | readonly string[]>>;

async function requestHeaders(
  url: URL,
  { http_config, headers }: WebsocketOptions,
  signal: AbortSignal,
): Promise<Headers> {
  const all: Record<string, string | readonly string[]> = { 'user-agent': USER_AGENT };
  const authorization = await authorizationHeader(url, http_config ?? {}, signal);
  if (authorization !== undefined) all.authorization = wire(authorization);
  for (const [name, sources] of Object.entries(headers)) {
    all[name.toLowerCase()] = await headerValues(name, sources, signal, 'headers');
  }
  return all;
}

function placeOf(url: URL): Place {
  const scheme = url.protocol === 'ws:' ? 'ws' : 'wss';
  return { role: 'target', scheme, host: hostOf(url), port: portOf(url) };
}

interface Opening {
  readonly lifeline: Lifeline;
  readonly stopwatch: Stopwatch<Phase>;
  readonly peer: string;
}

async function open(
  url: URL,
  context: Context,
  { lifeline, stopwatch, peer }: Opening,
): Promise<Socket> {
  const { emit, log } = context;
  stopwatch.start();
  const address = await findAddress(placeOf(url), context);
  stopwatch.lap('resolve');
  const plain = await dial(address, lifeline);
  stopwatch.lap('connect');
  log('connected', { ip: address.ip, port: portOf(url) });
  if (url.protocol === 'ws:') return plain;

  const config = context.options.http_config?.tls_config;
  const name = config?.server_name || hostOf(url);
  const session = await secure(plain, { config, name, peer, lifeline, emit, log });
  emitIdentity(emit, session);
  return session.socket;
}

async function shakeHands(
  socket: Socket,
  { emit }: Context,
  { url, headers, peer, stopwatch }: { url: URL; headers: Headers } & Omit<Opening, 'lifeline'>,
): Promise<MessageStream> {
  const { [SUBPROTOCOL]: subprotocols = [], ...others } = headers;
  const { status, result } = await upgrade(socket, {
    url,
    headers: others,
    subprotocols: [subprotocols].flat().flatMap((list) => list.split(/\s*,\s*/)),
    peer,
  });
  if (status !== undefined) {
    stopwatch.lap('processing');
    emit('probe_websocket_status_code', status);
    emit('probe_websocket_connection_upgraded', result instanceof ProbeFailure ? 0 : 1);
  }
  if (result instanceof ProbeFailure) throw result;
  return result;
}

/** It is negotiated, not only sent. */
const SUBPROTOCOL = 'sec-websocket-protocol';

async function talk(
  messages: MessageStream,
  { options, emit, log }: Context,
  { peer, stopwatch }: Pick<Opening, 'peer' | 'stopwatch'>,
): Promise<void> {
  if (options.query_response.length === 0) return;
  try {
    await converseInMessages(messages, options.query_response, { emit, log, peer });
  } finally {
    stopwatch.lap('transfer');
  }
}

/** @returns what is wrong with it, as text, where it is no target. */
function parseTarget(target: string): URL | string {
  const text = target.trim();
  const scheme = /^(?<scheme>[a-z][a-z0-9+.-]*):\/\//i.exec(text)?.groups?.scheme?.toLowerCase();
  if (scheme === undefined) return 'has no scheme, expected ws:// or wss://';
  if (scheme !== 'ws' && scheme !== 'wss') return `has the scheme ${scheme}, expected ws or wss`;
  if (!URL.canParse(text)) return 'is no URL';
  const url = new URL(text);
  if (url.port === '0') return 'has a bad port, expected 1 to 65535';
  if (url.username !== '' || url.password !== '') {
    return 'has a user name or password, which belong into http_config.basic_auth';
  }
  url.hash = '';
  return url;
}
