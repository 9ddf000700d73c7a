import type { Socket } from 'node:net';
import { TLSSocket, type TLSSocketOptions } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { tcp } from '../../../src/probers/tcp.ts';
import { authorityOfThisFile } from '../../support/file-authority.ts';
import { probe } from '../../support/probe.ts';
import { tcpServer } from '../../support/servers.ts';
import { saying } from '../../support/talking.ts';

const authority = authorityOfThisFile();

describe('STARTTLS', () => {
  const dialogue = [
    { expect: '^220 ' },
    { send: 'EHLO prober\r' },
    { expect: '^250 ' },
    { send: 'STARTTLS\r' },
    { expect: '^220' },
    { starttls: true },
    { send: 'EHLO prober\r' },
    { expect: '^250 secret' },
    { send: 'QUIT\r' },
  ];

  function smtp(reply: string): (socket: Socket) => void {
    const identity = authority().issue({ names: 'DNS:localhost' });
    return (socket) => {
      socket.write('220 mail ready\r\n');
      socket.on('data', (chunk) => {
        if (String(chunk).startsWith('EHLO')) socket.write('250-A\r\n250 B\r\n');
        if (!String(chunk).startsWith('STARTTLS')) return;
        socket.removeAllListeners('data');
        socket.write(reply);
        speakTls(socket, identity);
      });
    };
  }

  test('goes on with TLS in the middle of a dialogue', async () => {
    const server = await tcpServer(smtp('220 go\r\n'));
    const outcome = await probe(tcp, `localhost:${server.port}`, {
      query_response: dialogue,
      tls_config: { ca_file: authority().certFile },
    });
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_ssl_earliest_cert_expiry')).toBeGreaterThan(0);
    await server.emptied();
  });

  test('trap 30: refuses what was slipped in before TLS began', async () => {
    const server = await tcpServer(smtp('220 go\r\n250 secret\r\n'));
    const outcome = await probe(tcp, `localhost:${server.port}`, {
      query_response: dialogue,
      tls_config: { ca_file: authority().certFile },
    });
    expect(outcome.failure).toEqual({
      reason: 'protocol',
      message: `localhost:${server.port} sent more before TLS began`,
    });
    await server.emptied();
  });

  test('trap 30: has all that was said before in one segment', async () => {
    const identity = authority().issue({ names: 'DNS:localhost' });
    const server = await tcpServer((socket) => {
      socket.write('220 mail ready\r\n250-A\r\n250 B\r\n220 go\r\n');
      let heard = '';
      socket.on('data', function listen(chunk) {
        heard += chunk;
        if (!heard.includes('STARTTLS')) return;
        socket.off('data', listen);
        speakTls(socket, identity);
      });
    });
    const outcome = await probe(tcp, `localhost:${server.port}`, {
      query_response: dialogue,
      tls_config: { ca_file: authority().certFile },
    });
    expect(outcome.failure).toBeUndefined();
    await server.emptied();
  });

  test('begins after what the same step expects and sends', async () => {
    const identity = authority().issue({ names: 'DNS:localhost' });
    const server = await tcpServer((socket) => {
      socket.write('ready\n');
      socket.once('data', (chunk) => {
        if (String(chunk) === 'ready, go\n') speakTls(socket, identity);
      });
    });
    const outcome = await probe(tcp, `localhost:${server.port}`, {
      query_response: [
        { expect: '^(ready)$', send: '$1, go', starttls: true },
        { send: 'EHLO' },
        { expect: 'secret' },
      ],
      tls_config: { ca_file: authority().certFile },
    });
    expect(outcome.failure).toBeUndefined();
    await server.emptied();
  });

  test('trap 1: with a peer that goes silent ends at T', async () => {
    const server = await tcpServer(saying('220 go\r\n'));
    const outcome = await probe(
      tcp,
      `localhost:${server.port}`,
      { query_response: [{ expect: '^220' }, { starttls: true }] },
      { timeoutSeconds: 0.3 },
    );
    expect(outcome.failure?.reason).toBe('timeout');
    await server.emptied();
  });

  test('trap 32: fails with tls where the server misses our certificate after its handshake', async () => {
    const identity = authority().issue({ names: 'DNS:localhost' });
    const ca = authority().cert;
    const server = await tcpServer((socket) => {
      socket.once('data', () => {
        speakTls(socket, { ...identity, ca, requestCert: true, rejectUnauthorized: true });
      });
    });
    const outcome = await probe(tcp, `localhost:${server.port}`, {
      query_response: [{ send: 'go', starttls: true }, { expect: 'secret' }],
      tls_config: { ca_file: authority().certFile },
    });
    expect(outcome.failure?.reason).toBe('tls');
    expect(outcome.failure?.message).toContain('the server asks for a client certificate');
    expect(outcome.value('probe_ssl_earliest_cert_expiry')).toBeGreaterThan(0);
  });
});

/** A peer's side from here on: "secret" for whatever is said. */
function speakTls(socket: Socket, options: TLSSocketOptions): void {
  const secure = new TLSSocket(socket, { isServer: true, ...options });
  secure.on('error', () => {});
  secure.on('end', () => socket.destroy());
  secure.on('close', () => socket.destroy());
  secure.on('data', () => secure.write('250 secret\r\n'));
}
