import {
  type handleUnaryCall,
  type Metadata,
  Server,
  ServerCredentials,
  status,
} from '@grpc/grpc-js';
import type { Identity } from './certificates.ts';
import { forThisTest } from './for-this-test.ts';

/** A real gRPC server on the loopback interface. */
export interface GrpcServer extends AsyncDisposable {
  readonly port: number;
  /** Calls of the health check as they arrived. */
  readonly calls: readonly HealthCall[];
}

export interface HealthCall {
  readonly authority: string;
  readonly metadata: Metadata;
  readonly deadline: Date | number;
}

interface Setup {
  /** The health service: serving status by name of a service. Absent: there is no health service. */
  readonly services?: Readonly<Record<string, number>>;
  readonly tls?: Identity & { readonly clientAuthority?: string };
}

interface HealthRequest {
  readonly service: string;
}

const SERVICE_FIELD = 0x0a;
const STATUS_FIELD = 0x08;

/** One that is closed when the test is over. */
export function grpcServer(setup: Setup): Promise<GrpcServer> {
  return forThisTest(startGrpcServer(setup));
}

export async function startGrpcServer({ services, tls }: Setup): Promise<GrpcServer> {
  const calls: HealthCall[] = [];
  const server = new Server();
  const check: handleUnaryCall<HealthRequest, number> = (call, answer) => {
    calls.push({
      authority: call.getHost(),
      metadata: call.metadata,
      deadline: call.getDeadline(),
    });
    const serving = services?.[call.request.service];
    if (serving === undefined) answer({ code: status.NOT_FOUND, details: 'canary' });
    else answer(null, serving);
  };
  if (services) server.addService(HEALTH_SERVICE, { check });
  const port = await new Promise<number>((bound, failed) =>
    server.bindAsync('127.0.0.1:0', credentials(tls), (error, port) =>
      error ? failed(error) : bound(port),
    ),
  );
  return { port, calls, [Symbol.asyncDispose]: async () => server.forceShutdown() };
}

const HEALTH_SERVICE = {
  check: {
    path: '/grpc.health.v1.Health/Check',
    requestStream: false,
    responseStream: false,
    requestSerialize: ({ service }: HealthRequest) => Buffer.from(service),
    requestDeserialize: (bytes: Buffer) => ({ service: serviceOf(bytes) }),
    responseSerialize: (serving: number) => Buffer.of(STATUS_FIELD, serving),
    responseDeserialize: (bytes: Buffer) => bytes[1] ?? 0,
  },
} as const;

function serviceOf(request: Buffer): string {
  if (request.length === 0) return '';
  if (request[0] !== SERVICE_FIELD) throw new Error('this is no health check request');
  const [, length = 0] = request;
  // Tests use names of less than 128 bytes, and longer ones of a length in two bytes.
  return request.subarray(length < 0x80 ? 2 : 3).toString();
}

function credentials(tls: Setup['tls']): ServerCredentials {
  if (!tls) return ServerCredentials.createInsecure();
  const { key, cert, clientAuthority } = tls;
  return ServerCredentials.createSsl(
    clientAuthority ? Buffer.from(clientAuthority) : null,
    [{ private_key: Buffer.from(key), cert_chain: Buffer.from(cert) }],
    clientAuthority !== undefined,
  );
}
