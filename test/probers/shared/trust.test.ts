import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { startChild } from '../../support/child.ts';
import { authorityOfThisFile } from '../../support/file-authority.ts';
import { tlsServer } from '../../support/servers.ts';
import { inDays, LAST_CHAIN, seconds, tlsPeers } from '../../support/tls-peers.ts';

const authority = authorityOfThisFile();
const { localhost } = tlsPeers(authority);

describe('who is trusted where no authority is named', () => {
  const PROBE_ONCE = fileURLToPath(new URL('../../support/probe-once.ts', import.meta.url));

  /** In a process of its own: what the system trusts is read once. */
  async function inSystem(env: NodeJS.ProcessEnv, options: object = {}) {
    const server = await tlsServer(localhost(inDays(4)), (socket) => socket.resume());
    const args = [PROBE_ONCE, 'tcp', JSON.stringify({ tls: true, ...options })];
    await using child = startChild(process.execPath, [...args, `localhost:${server.port}`], env);
    await child.ended;
    const [{ failure, samples }] = JSON.parse(child.stdout());
    return {
      reason: failure?.reason,
      lastChain: samples.find(({ name }: { name: string }) => name === LAST_CHAIN)?.value,
    };
  }
  const trusted = { reason: undefined, lastChain: seconds(inDays(4)) };

  test('is whom the system trusts: an authority in its file', async () => {
    const SSL_CERT_FILE = authority().certFile;
    expect(await inSystem({ SSL_CERT_FILE })).toEqual(trusted);
  });

  test('is whom the system trusts: an authority in its directory', async () => {
    const directory = join(authority().directory, 'store');
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'private.pem'), authority().cert);
    expect(await inSystem({ SSL_CERT_DIR: directory })).toEqual(trusted);
  });

  test('is whom Node.js is told to trust beside', async () => {
    const NODE_EXTRA_CA_CERTS = authority().certFile;
    expect(await inSystem({ NODE_EXTRA_CA_CERTS })).toEqual(trusted);
  });

  test('is not everybody, and nobody of these where authorities are named', async () => {
    expect((await inSystem({})).reason).toBe('certificate');
    const other = authority().selfSigned({ subject: '/CN=Other', authority: true });
    const tls_config = { ca: other.cert };
    const SSL_CERT_FILE = authority().certFile;
    expect((await inSystem({ SSL_CERT_FILE }, { tls_config })).reason).toBe('certificate');
  });
});
