import { type Child, startChild } from './child.ts';
import { freePort } from './loopback.ts';
import { realPart } from './real-part.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export const hasNginx = realPart('nginx', ['nginx']);

/** A real nginx on the loopback interface. */
export interface NginxServer extends AsyncDisposable {
  readonly port: number;
  readonly stop: () => Promise<void>;
  /** Again on the same port. Resolves when it answers. */
  readonly start: () => Promise<void>;
}

/**
 * @param locations what stands in its one `server` block.
 * @param listen what follows the port there, such as `ssl http2`.
 */
export async function startNginx(
  locations = 'return 200;',
  { connections = 64, listen = '' }: { connections?: number; listen?: string } = {},
): Promise<NginxServer> {
  const port = await freePort();
  const directory = await temporaryDirectory();
  const file = await directory.write(
    'nginx.conf',
    configuration(directory.path, `${port} ${listen}`, locations, connections),
  );
  let child: Child | undefined;
  const stop = async () => {
    // To the master alone: killed, it would leave its workers behind.
    child?.kill('SIGTERM');
    await child?.ended;
    child = undefined;
  };
  const start = async () => {
    child = startChild('nginx', ['-p', directory.path, '-e', 'stderr', '-c', file]);
    await child.says(/start worker process \d+/);
  };
  const dispose = async () => {
    await stop();
    await directory[Symbol.asyncDispose]();
  };
  await start().catch(async (error: unknown) => {
    await dispose();
    throw error;
  });
  return { port, stop, start, [Symbol.asyncDispose]: dispose };
}

function configuration(
  directory: string,
  listen: string,
  locations: string,
  connections: number,
): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr notice;
events { worker_connections ${connections}; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${directory}/${name};`).join('\n  ')}
  server {
    listen 127.0.0.1:${listen};
    ${locations}
  }
}
`;
}
