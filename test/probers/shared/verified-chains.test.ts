import { X509Certificate } from 'node:crypto';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Authorities } from '../../../src/probers/shared/trust.ts';
import { lastChainExpiry } from '../../../src/probers/shared/verified-chains.ts';
import { daysFromNow, type Identity } from '../../support/certificates.ts';
import { authorityOfThisFile } from '../../support/file-authority.ts';

const authority = authorityOfThisFile();

const root = (days: number, key?: string) =>
  authority().selfSigned({
    subject: '/CN=A Root',
    authority: true,
    validTo: daysFromNow(days),
    ...(key && { key }),
  });
const leafOf = (issuer: Identity, days = 90) =>
  authority().issue({ names: 'DNS:localhost', validTo: daysFromNow(days) }, issuer);
const intermediate = (issuer: Identity, days: number, key?: string) =>
  authority().issue(
    {
      subject: '/CN=Intermediate',
      authority: true,
      validFrom: daysFromNow(-50),
      validTo: daysFromNow(days),
      ...(key && { key }),
    },
    issuer,
  );

function daysOf(sent: readonly Identity[], trusted: readonly Identity[]): number | undefined {
  const expiry = lastChainExpiry(
    sent.map(({ cert }) => new X509Certificate(cert)),
    new Authorities(trusted.map(({ cert }) => cert)),
  );
  return expiry && Math.round((expiry * 1000 - Date.now()) / 86_400_000);
}

describe('trap 13: the last chain to expire', () => {
  test('expires with the first of its certificates, the authority included', () => {
    const long = root(100);
    const inter = intermediate(long, 60);
    expect(daysOf([leafOf(inter, 30), inter], [long])).toBe(30);
    expect(daysOf([leafOf(inter, 90), inter], [long])).toBe(60);
    const short = root(20);
    expect(daysOf([leafOf(short)], [short])).toBe(20);
  });

  test('is the one to the root that lasts longer, where one key has two', () => {
    const older = root(20);
    const newer = root(70, older.key);
    expect(daysOf([leafOf(older), older], [older, newer])).toBe(70);
    expect(daysOf([leafOf(older), older], [newer])).toBe(70);
    expect(daysOf([leafOf(older), older], [older])).toBe(20);
  });

  test('is the longest of those that cross-signed certificates make', () => {
    const [one, two] = [root(100), authority().selfSigned({ subject: '/CN=Two', authority: true })];
    const short = intermediate(one, 10);
    const cross = intermediate(two, 25, short.key);
    const leaf = leafOf(short);
    expect(daysOf([leaf, short, cross], [one, two])).toBe(25);
    expect(daysOf([leaf, cross, short], [one])).toBe(10);
  });

  test('goes round an expired intermediate, and round one that is not valid yet', () => {
    const one = root(100);
    const expired = intermediate(one, -5);
    const valid = intermediate(one, 40, expired.key);
    const future = authority().issue(
      {
        subject: '/CN=Intermediate',
        authority: true,
        key: expired.key,
        validFrom: daysFromNow(5),
        validTo: daysFromNow(80),
      },
      one,
    );
    const leaf = leafOf(expired);
    expect(daysOf([leaf, expired, future, valid], [one])).toBe(40);
    expect(daysOf([leaf, expired, future], [one])).toBeUndefined();
  });

  test('is found whatever else was sent, and in whatever order', () => {
    const one = root(100);
    const outer = authority().issue(
      { subject: '/CN=Outer', authority: true, validTo: daysFromNow(50) },
      one,
    );
    const inner = intermediate(outer, 40);
    const unrelated = authority().selfSigned({ subject: '/CN=Unrelated', authority: true });
    const leaf = leafOf(inner);
    expect(daysOf([leaf, unrelated, one, outer, outer, inner, leaf], [one])).toBe(40);
  });

  test('may end at an intermediate, or at the certificate itself, where that is trusted', () => {
    const one = root(100);
    const inter = intermediate(one, 40);
    const leaf = leafOf(inter, 30);
    expect(daysOf([leaf], [inter])).toBe(30);
    expect(daysOf([leaf], [leaf])).toBe(30);
    const alone = authority().selfSigned({ names: 'DNS:localhost', validTo: daysFromNow(12) });
    expect(daysOf([alone], [alone])).toBe(12);
  });

  test('does not exist without a trusted end, with an expired one, or with one not yet valid', () => {
    const one = root(100);
    const leaf = leafOf(one);
    expect(daysOf([leaf, one], [])).toBeUndefined();
    const again = (from: number, to: number) =>
      authority().selfSigned({
        subject: '/CN=A Root',
        authority: true,
        key: one.key,
        validFrom: daysFromNow(from),
        validTo: daysFromNow(to),
      });
    expect(daysOf([leaf], [again(-50, -1)])).toBeUndefined();
    expect(daysOf([leaf], [again(1, 50)])).toBeUndefined();
    expect(daysOf([], [one])).toBeUndefined();
  });

  test('does not go through a certificate that may not issue, nor one of the same name', () => {
    const one = root(100);
    const plain = authority().issue({ subject: '/CN=Intermediate' }, one);
    expect(daysOf([leafOf(plain), plain], [one])).toBeUndefined();
    const impostor = intermediate(one, 40);
    expect(daysOf([leafOf(intermediate(one, 40)), impostor], [one])).toBeUndefined();
    expect(daysOf([leafOf(one)], [root(100)])).toBeUndefined();
  });

  test('does not follow a name that did not sign, where only the signature tells', () => {
    const bare = { subject: '/CN=Bare', authority: true, withoutKeyIds: true };
    const [one, other] = [authority().selfSigned(bare), authority().selfSigned(bare)];
    const leaf = authority().issue({ withoutKeyIds: true, validTo: daysFromNow(7) }, one);
    expect(daysOf([leaf], [one])).toBe(7);
    expect(daysOf([leaf], [other])).toBeUndefined();
    expect(daysOf([leaf], [other, one])).toBe(7);
  });

  test('is found, or not, among authorities that all signed each other', () => {
    const holders = ['A', 'B', 'C', 'D', 'E', 'F'].map((name) => ({
      name,
      ...authority().selfSigned({ subject: `/CN=${name}`, authority: true }),
    }));
    const web = holders.flatMap((issuer) =>
      holders
        .filter((holder) => holder !== issuer)
        .map(({ name, key }) =>
          authority().issue({ subject: `/CN=${name}`, authority: true, key }, issuer),
        ),
    );
    const [first, last] = [holders.at(0), holders.at(-1)];
    if (!first || !last) throw new Error('there are holders');
    const leaf = leafOf(first, 20);
    expect(daysOf([leaf, ...web], [last])).toBe(20);
    const verify = vi.spyOn(X509Certificate.prototype, 'verify');
    expect(daysOf([leaf, ...web], [root(100)])).toBeUndefined();
    expect(verify.mock.calls.length).toBeLessThanOrEqual(100);
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  test('is looked for anew when the one known has expired', () => {
    const one = root(100);
    const short = intermediate(one, 0.5 / 24);
    const long = authority().issue(
      {
        subject: '/CN=Intermediate',
        authority: true,
        key: short.key,
        validFrom: daysFromNow(0.4 / 24),
        validTo: daysFromNow(50),
      },
      one,
    );
    const sent = [leafOf(short), short, long].map(({ cert }) => new X509Certificate(cert));
    const authorities = new Authorities([one.cert]);
    const [, shortCertificate, longCertificate] = sent;
    const seconds = (certificate?: X509Certificate) =>
      Number(certificate?.validToDate.getTime()) / 1000;
    expect(lastChainExpiry(sent, authorities)).toBe(seconds(shortCertificate));
    vi.useFakeTimers({ now: daysFromNow(0.6 / 24), toFake: ['Date'] });
    expect(lastChainExpiry(sent, authorities)).toBe(seconds(longCertificate));
  });
});
