import type { Identity } from './certificates.ts';
import { type Child, startChild } from './child.ts';
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
  const directory = await temporaryDirectory();
  let child: Child | undefined;
  const dispose = async () => {
    await child?.[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  };
  try {
    const certFile = await directory.write('cert.pem', cert);
    const keyFile = await directory.write('key.pem', key);
    const tls = ['--tlscert', certFile, '--tlskey', keyFile];
    child = startChild('aiosmtpd', ['-n', '-d', '-l', `127.0.0.1:${port}`, ...tls]);
    await child.says(/Server is listening on/);
  } catch (error) {
    await dispose();
    throw error;
  }
  return { port, [Symbol.asyncDispose]: dispose };
}
