import {
  ANSWER,
  accepting,
  answering,
  BODY,
  BOUND_TO_99,
  BYTE_OF_DATA,
  greeting,
  HANDSHAKE,
  HEADERS,
  LENGTH_99,
  NO_AUTH,
  notReading,
  overTls,
  RECORD,
  STATUS_LINE,
  type Stage,
  saying,
  secured,
  TEXT_OF_99,
  upgrading,
} from './ending-stages.ts';

/** What is probed, and where its peers stop. */
export interface Way {
  readonly prober: string;
  readonly ask: (at: string) => { target: string; options?: Record<string, unknown> };
  readonly stages: Readonly<Record<string, Stage>>;
  /** Listens on a path. */
  readonly isLocal?: boolean;
}

const anyCertificate = { tls_config: { insecure_skip_verify: true } };
const READY = { query_response: [{ expect: '^ready' }] };
const MIB = 1024 * 1024;
const dnsOver = (options: object) => ({
  query_name: 'example.com',
  transport_protocol: 'tcp',
  ...options,
});
const idp = (at: string) => ({ client_id: 'a', client_secret: 'b', token_url: `http://${at}/` });

/** By what they are called in titles: each prober in each way in which it holds a connection. */
export const WAYS: Readonly<Record<string, Way>> = {
  http: {
    prober: 'http',
    ask: (at) => ({ target: `http://${at}/` }),
    stages: { 'in its status line': STATUS_LINE, 'in its headers': HEADERS, 'in its body': BODY },
  },
  'http with a long body to send': {
    prober: 'http',
    ask: (at) => ({
      target: `http://${at}/`,
      options: { method: 'POST', body: 'x'.repeat(16 * MIB) },
    }),
    stages: {
      'having read a part': { lead: notReading('HTTP/1.1 200 '), drop: 'O' },
      'in its body': BODY,
    },
  },
  https: {
    prober: 'http',
    ask: (at) => ({ target: `https://${at}/`, options: anyCertificate }),
    stages: {
      'in the handshake': HANDSHAKE,
      'in its headers': overTls(HEADERS),
      'in its body': overTls(BODY),
    },
  },
  'http over HTTP/2': {
    prober: 'http',
    ask: (at) => ({ target: `https://${at}/`, options: anyCertificate }),
    stages: {
      'before its settings': overTls({ lead: saying(''), drop: '\0' }, 'h2'),
      'in its body': overTls({ lead: saying(ANSWER), drop: BYTE_OF_DATA }, 'h2'),
    },
  },
  'http through a proxy': {
    prober: 'http',
    ask: (at) => ({
      target: 'https://127.0.0.1:1/',
      options: { proxy_url: `http://${at}`, ...anyCertificate },
    }),
    stages: {
      'in the answer of the proxy': HEADERS,
      'behind the answer of the proxy': { lead: saying('HTTP/1.1 200 OK\r\n\r\n'), drop: RECORD },
    },
  },
  'http through a proxy with TLS': {
    prober: 'http',
    ask: (at) => ({ target: 'http://127.0.0.1:1/', options: { proxy_url: `https://${at}` } }),
    stages: { 'in the handshake': HANDSHAKE },
  },
  'http through a SOCKS proxy': {
    prober: 'http',
    ask: (at) => ({ target: 'http://127.0.0.1:1/', options: { proxy_url: `socks5://${at}` } }),
    stages: {
      'in its answer': { lead: answering(NO_AUTH, saying(BOUND_TO_99)), drop: 'x' },
    },
  },
  'http with a token of OAuth2': {
    prober: 'http',
    ask: (at) => ({ target: 'http://127.0.0.1:1/', options: { oauth2: idp(at) } }),
    stages: { 'in its headers': HEADERS, 'in its body': BODY },
  },
  tcp: {
    prober: 'tcp',
    ask: (at) => ({ target: at, options: READY }),
    stages: { 'in its banner': { lead: accepting, drop: 'r' } },
  },
  'tcp with TLS': {
    prober: 'tcp',
    ask: (at) => ({ target: at, options: { tls: true, ...anyCertificate, ...READY } }),
    stages: {
      'in the handshake': HANDSHAKE,
      'in its banner': overTls({ lead: accepting, drop: 'r' }),
    },
  },
  'tcp with STARTTLS': {
    prober: 'tcp',
    ask: (at) => ({
      target: at,
      options: {
        ...anyCertificate,
        query_response: [
          { expect: '^220' },
          { starttls: true },
          { send: 'EHLO' },
          { expect: '^ready' },
        ],
      },
    }),
    stages: {
      'in the handshake': { lead: greeting('220 go\r\n', saying('')), drop: RECORD },
      'behind the handshake': {
        lead: greeting('220 go\r\n', secured(saying(''))),
        drop: 'r',
      },
    },
  },
  unix: {
    prober: 'unix',
    isLocal: true,
    ask: (at) => ({
      target: at,
      options: { query_response: [{ send: 'hello' }, { expect: '^ready' }] },
    }),
    stages: { 'in its answer': { lead: notReading(''), drop: 'r' } },
  },
  'unix with TLS': {
    prober: 'unix',
    isLocal: true,
    ask: (at) => ({ target: at, options: { tls: true, ...anyCertificate } }),
    stages: { 'in the handshake': { lead: notReading(''), drop: RECORD } },
  },
  'dns over TCP': {
    prober: 'dns',
    ask: (at) => ({ target: at, options: dnsOver({}) }),
    stages: {
      'in the length of its answer': { lead: saying(''), drop: '\x01' },
      'in its answer': { lead: saying(LENGTH_99), drop: '\0' },
    },
  },
  'dns over TLS': {
    prober: 'dns',
    ask: (at) => ({ target: at, options: dnsOver({ dns_over_tls: true, ...anyCertificate }) }),
    stages: {
      'in the handshake': HANDSHAKE,
      'in its answer': overTls({ lead: saying(LENGTH_99), drop: '\0' }),
    },
  },
  grpc: {
    prober: 'grpc',
    ask: (at) => ({ target: at }),
    stages: {
      'before its settings': { lead: saying(''), drop: '\0' },
      'in its message': { lead: saying(ANSWER), drop: BYTE_OF_DATA },
    },
  },
  'grpc with TLS': {
    prober: 'grpc',
    ask: (at) => ({ target: at, options: { tls: true, ...anyCertificate } }),
    stages: {
      'in the handshake': HANDSHAKE,
      'in its message': overTls({ lead: saying(ANSWER), drop: BYTE_OF_DATA }, 'h2'),
    },
  },
  websocket: {
    prober: 'websocket',
    ask: (at) => ({ target: `ws://${at}/`, options: READY }),
    stages: {
      'in its headers': { lead: saying('HTTP/1.1 101 a\r\na: '), drop: 'x' },
      'in a message': { lead: upgrading(TEXT_OF_99), drop: 'x' },
    },
  },
  'websocket with TLS': {
    prober: 'websocket',
    ask: (at) => ({
      target: `wss://${at}/`,
      options: { http_config: anyCertificate, ...READY },
    }),
    stages: {
      'in the handshake': HANDSHAKE,
      'in its headers': overTls({ lead: saying('HTTP/1.1 101 a\r\na: '), drop: 'x' }),
      'in a message': overTls({ lead: upgrading(TEXT_OF_99), drop: 'x' }),
    },
  },
};
