import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Identity } from '../../support/certificates.ts';
import { authorityOfThisFile } from '../../support/file-authority.ts';
import { EARLIEST, inDays, LAST_CHAIN, seconds, tlsPeers } from '../../support/tls-peers.ts';

const authority = authorityOfThisFile();
const { ask, intermediate, localhost } = tlsPeers(authority);

describe('trap 12: the earliest expiry', () => {
  test('is not that of the root that only we have', async () => {
    const root = authority().selfSigned({
      subject: '/CN=Brief',
      authority: true,
      validTo: inDays(3),
    });
    const outcome = await ask(localhost(inDays(9), root), { ca: root.cert });
    expect(outcome.value(EARLIEST)).toBe(seconds(inDays(9)));
    expect(outcome.value(LAST_CHAIN)).toBe(seconds(inDays(3)));
  });

  const brief = () =>
    authority().selfSigned({ subject: '/CN=Brief', authority: true, validTo: inDays(2) });

  test.each<[string, (leaf: string, inter: string) => string]>([
    ['an unrelated certificate at the end', (leaf, inter) => leaf + inter + brief().cert],
    ['an unrelated certificate in between', (leaf, inter) => leaf + brief().cert + inter],
    ['duplicates before it', (leaf, inter) => leaf + leaf + inter + inter + brief().cert],
    [
      'the root before it, and the intermediate after it',
      (leaf, inter) => leaf + authority().cert + brief().cert + inter,
    ],
  ])('counts all that was sent: %s', async (_title, arrange) => {
    const inter = intermediate(inDays(8));
    const leaf = localhost(inDays(20), inter);
    const outcome = await ask({ key: leaf.key, cert: arrange(leaf.cert, inter.cert) });
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value(EARLIEST)).toBe(seconds(inDays(2)));
    expect(outcome.value(LAST_CHAIN)).toBe(seconds(inDays(8)));
  });
});

describe('trap 13: the last chain', () => {
  test('ends at the newer of two roots of one key, the earliest at the older one, which is sent', async () => {
    const root = (days: number, key?: string) =>
      authority().selfSigned({
        subject: '/CN=Two',
        authority: true,
        validTo: inDays(days),
        ...(key && { key }),
      });
    const older = root(2);
    const newer = root(40, older.key);
    const leaf = localhost(inDays(4), older);
    const outcome = await ask(
      { key: leaf.key, cert: leaf.cert + older.cert },
      { ca: older.cert + newer.cert },
    );
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value(EARLIEST)).toBe(seconds(inDays(2)));
    expect(outcome.value(LAST_CHAIN)).toBe(seconds(inDays(4)));
  });

  test.each([true, false])('goes round an expired root, sent: %s', async (isSent) => {
    const key = authority().selfSigned().key;
    const root = (from: number, to: number) =>
      authority().selfSigned({
        subject: '/CN=Two',
        authority: true,
        key,
        validFrom: inDays(from),
        validTo: inDays(to),
      });
    const [expired, valid] = [root(-9, -1), root(-1, 9)];
    const leaf = localhost(inDays(4), valid);
    const outcome = await ask(
      { key: leaf.key, cert: leaf.cert + (isSent ? expired.cert : '') },
      { ca: expired.cert + valid.cert },
    );
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value(EARLIEST)).toBe(seconds(inDays(isSent ? -1 : 4)));
    expect(outcome.value(LAST_CHAIN)).toBe(seconds(inDays(4)));
  });

  test.each(['first', 'last'])('goes round an expired intermediate that is sent %s', async (at) => {
    const valid = intermediate(inDays(8));
    const expired = authority().issue({
      subject: '/CN=Intermediate',
      authority: true,
      key: valid.key,
      validFrom: inDays(-9),
      validTo: inDays(-1),
    });
    const leaf = localhost(inDays(20), valid);
    const others = at === 'first' ? expired.cert + valid.cert : valid.cert + expired.cert;
    const outcome = await ask({ key: leaf.key, cert: leaf.cert + others });
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value(EARLIEST)).toBe(seconds(inDays(-1)));
    expect(outcome.value(LAST_CHAIN)).toBe(seconds(inDays(8)));
  });

  test.each([
    ['last', undefined],
    // OpenSSL takes the first issuer that fits and never turns back. Clients built on it fail there too.
    ['first', 'certificate'],
  ])('with an intermediate of an unknown root sent %s: %s', async (at, reason) => {
    const unknown = authority().selfSigned({ subject: '/CN=Unknown', authority: true });
    const known = intermediate(inDays(8));
    const astray = authority().issue(
      { subject: '/CN=Intermediate', authority: true, key: known.key },
      unknown,
    );
    const leaf = localhost(inDays(20), known);
    const others = at === 'first' ? astray.cert + known.cert : known.cert + astray.cert;
    const outcome = await ask({ key: leaf.key, cert: leaf.cert + others });
    expect(outcome.failure?.reason).toBe(reason);
    expect(outcome.value(LAST_CHAIN)).toBe(reason ? undefined : seconds(inDays(8)));
  });

  test('goes round an intermediate whose cross-signing root is not trusted, as in 2021', async () => {
    const old = authority().selfSigned({ subject: '/CN=Old', authority: true });
    const root = authority().selfSigned({ subject: '/CN=New', authority: true });
    const cross = authority().issue(
      {
        subject: '/CN=New',
        authority: true,
        key: root.key,
        validFrom: inDays(-9),
        validTo: inDays(-1),
      },
      old,
    );
    const inter = authority().issue({ subject: '/CN=Intermediate', authority: true }, root);
    const leaf = localhost(inDays(4), inter);
    const outcome = await ask(
      { key: leaf.key, cert: leaf.cert + inter.cert + cross.cert },
      { ca: root.cert },
    );
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value(EARLIEST)).toBe(seconds(inDays(-1)));
    expect(outcome.value(LAST_CHAIN)).toBe(seconds(inDays(4)));
  });

  test('may end at an intermediate that is trusted without its root', async () => {
    const inter = intermediate(inDays(8));
    const outcome = await ask(localhost(inDays(20), inter), { ca: inter.cert });
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value(LAST_CHAIN)).toBe(seconds(inDays(8)));
  });

  test('is there without verification too, as far as there is one', async () => {
    const skip = { insecure_skip_verify: true };
    const good = await ask(localhost(inDays(4)), skip);
    expect(good.value(LAST_CHAIN)).toBe(seconds(inDays(4)));
    const bad = await ask(authority().selfSigned({ names: 'DNS:localhost' }), skip);
    expect(bad.failure).toBeUndefined();
    expect(bad.samples.map(({ name }) => name)).not.toContain(LAST_CHAIN);
  });
});

describe('trap 14: a certificate that is', () => {
  const expired = { validFrom: inDays(-9), validTo: inDays(-2) };
  const names = 'DNS:localhost';

  test.each<[string, string, () => Identity]>([
    ['expired', 'CERT_HAS_EXPIRED', () => authority().issue({ names, ...expired })],
    [
      'not valid yet',
      'CERT_NOT_YET_VALID',
      () => authority().issue({ names, validFrom: inDays(2) }),
    ],
    ['self-signed', 'DEPTH_ZERO_SELF_SIGNED_CERT', () => authority().selfSigned({ names })],
    [
      'self-signed and expired',
      'CERT_HAS_EXPIRED',
      () => authority().selfSigned({ names, ...expired }),
    ],
    [
      'for another name',
      'ERR_TLS_CERT_ALTNAME_INVALID',
      () => authority().issue({ names: 'DNS:other.example' }),
    ],
    ['named only in its common name', 'ERR_TLS_CERT_ALTNAME_INVALID', () => authority().issue()],
    [
      'without its intermediate',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      () => authority().issue({ names }, intermediate()),
    ],
    [
      'from an unknown authority, which is sent',
      'SELF_SIGNED_CERT_IN_CHAIN',
      () => {
        const other = authority().selfSigned({ subject: '/CN=Other', authority: true });
        const { key, cert } = authority().issue({ names }, other);
        return { key, cert: cert + other.cert };
      },
    ],
    [
      'from an expired intermediate',
      'CERT_HAS_EXPIRED',
      () => {
        const inter = authority().issue({ subject: '/CN=I', authority: true, ...expired });
        const { key, cert } = authority().issue({ names }, inter);
        return { key, cert: cert + inter.cert };
      },
    ],
  ])('%s is exported, and fails the probe with its reason', async (_title, code, make) => {
    const identity = make();
    const outcome = await ask(identity);
    expect(outcome.failure?.reason).toBe('certificate');
    expect(outcome.log).toContainEqual(
      expect.objectContaining({ message: 'certificate not trusted', fields: { code } }),
    );
    const accepted = await ask(identity, { insecure_skip_verify: true });
    expect(accepted.failure).toBeUndefined();
    for (const { value, samples } of [outcome, accepted]) {
      expect(value('probe_ssl_verify_error_info', { code })).toBe(1);
      expect(value(EARLIEST)).toBeGreaterThan(0);
      expect(value('probe_ssl_not_before_timestamp_seconds')).toBeGreaterThan(0);
      expect(value('probe_ssl_last_chain_info')).toBe(1);
      expect(value('probe_tls_version_info', { version: 'TLS 1.3' })).toBe(1);
      expect(value('probe_tls_cipher_info')).toBe(1);
      expect(samples.map(({ name }) => name)).not.toContain(LAST_CHAIN);
    }
  });

  test('of a weak key is exported, and fails the probe with its reason', async () => {
    // Node.js 22 finds 1024 bits enough.
    const key = generateKeyPairSync('rsa', { modulusLength: 768 }).privateKey;
    const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
    const weak = authority().selfSigned({ names, key: pem });
    const outcome = await ask({ ...weak, ciphers: 'DEFAULT:@SECLEVEL=0' }, { ca: weak.cert });
    expect(outcome.failure?.reason).toBe('certificate');
    expect(outcome.failure?.message).toContain('weak');
    expect(outcome.value('probe_ssl_verify_error_info', { code: 'UNSPECIFIED' })).toBe(1);
    expect(outcome.value(EARLIEST)).toBeGreaterThan(0);
  });
});
