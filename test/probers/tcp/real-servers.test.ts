import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tcp } from '../../../src/probers/tcp.ts';
import { daysFromNow } from '../../support/certificates.ts';
import { authorityOfThisFile } from '../../support/file-authority.ts';
import { probe } from '../../support/probe.ts';
import { hasSmtpServer, type SmtpServer, startSmtpServer } from '../../support/smtp-server.ts';
import { hasSshd, type SshServer, startSshd } from '../../support/ssh-server.ts';

const authority = authorityOfThisFile();

// The dialogues of blackbox_exporter's example files.
const SMTP_STARTTLS = [
  { expect: '^220 ([^ ]+) (.+)$', labels: [{ name: 'mail_host', value: '${1}' }] },
  { send: 'EHLO prober\r' },
  { expect: '^250-STARTTLS' },
  { send: 'STARTTLS\r' },
  { expect: '^220' },
  { starttls: true },
  { send: 'EHLO prober\r' },
  { expect: '^250-AUTH' },
  { send: 'QUIT\r' },
];
const SSH_BANNER = [{ expect: '^SSH-2.0-' }, { send: 'SSH-2.0-healthcheck' }];
const SSH_BANNER_EXTRACT = [
  {
    expect: '^SSH-2.0-([^ -]+)(?: (.*))?$',
    labels: [
      { name: 'ssh_version', value: '${1}' },
      { name: 'ssh_comments', value: '${2}' },
    ],
  },
];

describe.skipIf(!hasSmtpServer)('a real mail server', () => {
  const validTo = daysFromNow(20);
  let server: SmtpServer;
  beforeAll(async () => {
    server = await startSmtpServer(authority().issue({ names: 'DNS:localhost', validTo }));
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  test('goes on with TLS when asked to, and shows its certificate', async () => {
    const outcome = await probe(tcp, `localhost:${server.port}`, {
      query_response: SMTP_STARTTLS,
      tls_config: { ca_file: authority().certFile },
    });
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_ssl_earliest_cert_expiry')).toBe(validTo.getTime() / 1000);
    expect(outcome.value('probe_expect_info')).toBe(1);
    expect(outcome.value('probe_failed_due_to_regex')).toBe(0);
  });

  test('with a certificate of nobody known fails, and shows it all the same', async () => {
    const outcome = await probe(tcp, `localhost:${server.port}`, { query_response: SMTP_STARTTLS });
    expect(outcome.failure?.reason).toBe('certificate');
    expect(outcome.value('probe_ssl_earliest_cert_expiry')).toBe(validTo.getTime() / 1000);
  });

  test('speaks no TLS before it is asked to', async () => {
    const outcome = await probe(tcp, `localhost:${server.port}`, { tls: true });
    expect(outcome.failure).toMatchObject({ reason: 'tls' });
    expect(outcome.failure?.message).toContain('the answer is not TLS');
  });

  test('that does not offer what is expected fails by its expression', async () => {
    const outcome = await probe(tcp, `localhost:${server.port}`, {
      query_response: [{ send: 'QUIT\r' }, { expect: '^250-STARTTLS' }],
    });
    expect(outcome.failure?.reason).toBe('body');
    expect(outcome.value('probe_failed_due_to_regex')).toBe(1);
  });
});

describe.skipIf(!hasSshd)('a real SSH server', () => {
  let server: SshServer;
  beforeAll(async () => {
    server = await startSshd();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  test('shows its banner', async () => {
    const outcome = await probe(tcp, `127.0.0.1:${server.port}`, { query_response: SSH_BANNER });
    expect(outcome.failure).toBeUndefined();
  });

  test('names its version in its banner', async () => {
    const outcome = await probe(tcp, `127.0.0.1:${server.port}`, {
      query_response: SSH_BANNER_EXTRACT,
    });
    expect(outcome.failure).toBeUndefined();
    const info = outcome.samples.find(({ name }) => name === 'probe_expect_info');
    expect(info?.labels.ssh_version).toMatch(/^OpenSSH_\d+\.\d+/);
    expect(Object.keys(info?.labels ?? {})).toEqual(['ssh_comments', 'ssh_version']);
  });
});
