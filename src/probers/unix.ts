import { connect, type Socket } from 'node:net';
import { z } from 'zod';
import { defineProber, type ProbeContext } from './contract.ts';
import { errorCode, ProbeFailure, type Reason, toFailure } from './failure.ts';
import { Lifeline } from './shared/dial.ts';
import { untilReachable } from './shared/files.ts';
import { PermittedPath } from './shared/gate.ts';
import { BESIDE_OTHER_PROBLEMS } from './shared/options.ts';
import {
  probeStream,
  streamCredentialOption,
  streamMetrics,
  streamOptions,
} from './shared/stream-probe.ts';
import { tlsConfig } from './shared/tls-options.ts';

const options = z
  .strictObject({
    ...streamOptions,
    tls_config: tlsConfig
      .optional()
      .describe(
        'TLS settings, also for starttls. A path is no name to verify: TLS needs server_name here, or insecure_skip_verify.',
      ),
  })
  .superRefine((block, context) => {
    const { tls, tls_config: config, query_response: steps } = block;
    const speaksTls = tls === true || (Array.isArray(steps) && steps.some(startsTls));
    if (!speaksTls || config?.server_name || config?.insecure_skip_verify) return;
    context.addIssue({
      code: 'custom',
      path: ['tls_config'],
      message:
        'TLS on a unix socket needs server_name, the name to verify, or insecure_skip_verify',
      input: config,
    });
  }, BESIDE_OTHER_PROBLEMS);

type Context = ProbeContext<z.output<typeof options>, typeof streamMetrics>;

export const unix = defineProber({
  name: 'unix',
  isLocal: true,
  summary: 'A unix socket accepts connections and, where asked to, speaks its protocol.',
  target: {
    description: 'the absolute path of a socket, or @ and the name of an abstract one',
    example: '/run/docker.sock',
    problem: pathProblem,
  },
  options,
  metrics: streamMetrics,
  credentialOption: streamCredentialOption,
  probe,
});

function startsTls(step: { readonly starttls?: unknown }): boolean {
  return step?.starttls === true;
}

// The kernel's field has 108 bytes, the last of them zero.
const MAX_PATH_BYTES = 107;

function pathProblem(target: string): string | undefined {
  if (!/^[/@]./s.test(target)) return 'is not an absolute path, nor @ and the name of a socket';
  if (target.includes('\0')) return 'has a zero byte in it';
  if (Buffer.byteLength(target) > MAX_PATH_BYTES) {
    return `is longer than the ${MAX_PATH_BYTES} bytes the path of a socket can have`;
  }
  return undefined;
}

async function probe(context: Context): Promise<void> {
  const path = context.target;
  const permitted = PermittedPath.of(path, context.gate);
  // The name of an abstract socket is in no filesystem.
  if (!path.startsWith('@')) await untilReachable(path, context.signal);
  const lifeline = new Lifeline(context.signal);
  const socket = await dialPath(permitted, lifeline);
  context.log('connected', { path });
  await probeStream(socket, context, { name: '', peer: path, lifeline });
}

/** One attempt. Errors that come when nobody listens any more hurt nobody. */
function dialPath({ path }: PermittedPath, lifeline: Lifeline): Promise<Socket> {
  return new Promise((connected, failed) => {
    const socket = connect({ path: path.replace(/^@/, '\0') });
    lifeline.hold(socket);
    socket.on('error', (error) => failed(dialFailure(error, path)));
    socket.once('connect', () => connected(socket));
  });
}

// What these mean of a unix socket only.
const OWN_REASONS: Readonly<Record<string, Reason>> = { EAGAIN: 'refused', EPROTOTYPE: 'protocol' };

function dialFailure(error: Error, path: string): ProbeFailure {
  const code = errorCode(error);
  const reason = OWN_REASONS[code] ?? toFailure(error).reason;
  return new ProbeFailure(reason, dialSentence(code, path), { cause: error });
}

function dialSentence(code: string, path: string): string {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return `there is no socket ${path}`;
    case 'ECONNREFUSED':
      return `nobody listens on ${path}, or it is no socket`;
    case 'EACCES':
    case 'EPERM':
      return `the exporter may not write to ${path}, or not enter a directory above it`;
    case 'EAGAIN':
      return `nobody accepts connections on ${path}: its queue is full`;
    case 'EPROTOTYPE':
      return `${path} is a socket of another type than a stream`;
    default:
      return `cannot connect to ${path}: ${code || 'unknown error'}`;
  }
}
