import type { Identity } from './certificates.ts';
import { startChild } from './child.ts';
import { freePort } from './loopback.ts';
import { realPart } from './real-part.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export const hasSmtpServer = realPart('SMTP server', ['aiosmtpd']);

/** A real SMTP server with STARTTLS (aiosmtpd) on the loopback interface. */
export interface SmtpServer extends AsyncDisposable {
  readonly port: number;
}

export async function startSmtpServer({ cert, key }: Identity): Promise<SmtpServer> {
  const port = await freePort();
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(await temporaryDirectory());
  const certFile = await directory.write('cert.pem', cert);
  const keyFile = await directory.write('key.pem', key);
  const tls = ['--tlscert', certFile, '--tlskey', keyFile];
  const child = stack.use(startChild('aiosmtpd', ['-n', '-d', '-l', `127.0.0.1:${port}`, ...tls]));
  await child.says(/Server is listening on/);
  const started = stack.move();
  return { port, [Symbol.asyncDispose]: () => started.disposeAsync() };
}
