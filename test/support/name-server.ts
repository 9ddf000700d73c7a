import { startChild } from './child.ts';
import { freePort } from './loopback.ts';
import { realPart } from './real-part.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export const hasNamed = realPart('bind9', ['named']);

/** A real BIND on the loopback interface, answering over UDP and TCP for `example.test` alone. */
export interface NameServer extends AsyncDisposable {
  readonly port: number;
}

/** @param records what stands in the zone besides its SOA and NS records. */
export async function startNamed(records: string): Promise<NameServer> {
  const port = await freePort();
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(await temporaryDirectory());
  await directory.write('zone', ZONE + records);
  const file = await directory.write('named.conf', configuration(directory.path, port));
  const child = stack.use(startChild('named', ['-g', '-n', '1', '-c', file]));
  await child.says(/ running$/m);
  if (/not loaded/.test(child.stderr())) throw new Error(child.stderr());
  const started = stack.move();
  return { port, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

const ZONE = `
$TTL 3600
$ORIGIN example.test.
@ SOA ns hostmaster\\.team 1000 7200 3600 1209600 300
@ NS ns
ns A 192.0.2.53
`;

function configuration(directory: string, port: number): string {
  return `
options {
  directory "${directory}";
  listen-on port ${port} { 127.0.0.1; };
  listen-on-v6 { none; };
  pid-file none;
  session-keyfile "${directory}/session.key";
  recursion no;
  allow-query { any; };
  dnssec-validation no;
  notify no;
  check-names primary ignore;
  minimal-any no;
  version "healthy 9";
};
controls { };
zone "example.test" { type primary; file "${directory}/zone"; };
`;
}
