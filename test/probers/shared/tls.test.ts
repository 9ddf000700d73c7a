import { expect, test } from 'vitest';
import { dial, Lifeline } from '../../../src/probers/shared/dial.ts';
import { handshake } from '../../../src/probers/shared/tls.ts';
import { secureContext, tlsConfig } from '../../../src/probers/shared/tls-options.ts';
import { authorityOfThisFile } from '../../support/file-authority.ts';
import { ok } from '../../support/http-peers.ts';
import { httpsServer } from '../../support/servers.ts';

const authority = authorityOfThisFile();

test('a name that cannot be verified fails the handshake, not the process', async () => {
  const server = await httpsServer(authority().issue({ names: 'DNS:localhost' }), ok);
  const lifeline = new Lifeline(new AbortController().signal);
  const plain = await dial({ ip: '127.0.0.1', family: 4 }, server.port, lifeline);
  const trusted = tlsConfig.parse({ ca_file: authority().certFile });
  const context = await secureContext(trusted, lifeline.signal);
  const shaken = handshake(plain, context, { name: 'a\0b', peer: 'it', lifeline });
  await expect(shaken).rejects.toThrow();
  lifeline.end();
  await server.emptied();
});
