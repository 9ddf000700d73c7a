import { execFile } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startChild } from '../support/child.ts';
import { authorityOfThisFile } from '../support/file-authority.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { realPart } from '../support/real-part.ts';
import { ask, bcryptOf, serveGuarded } from '../support/web-config.ts';
import { fixtureDirectory, fixturesOf } from '../support/web-config-fixtures.ts';

const BLACKBOX = 'prometheus-blackbox-exporter';
const hasToolkit = realPart('exporter-toolkit', ['promtool', BLACKBOX]);

// Options that are younger than the exporter-toolkit of the programs that are installed: it calls them unknown.
const YOUNGER = [
  'client-allowed-sans.yml',
  'client-ca-inline.yml',
  'empty-blocks.yml',
  'rate-limit.yml',
  'rate-limit-nothing-passes.yml',
  'rate-limit-off.yml',
  'tls-inline.yml',
  'tls-key-inline.yml',
];

// What exporter-toolkit takes, and what comes of it there.
const STRICTER_HERE: Readonly<Record<string, string>> = {
  'ciphers-of-tls13-only.yml': 'they are no choice: TLS 1.2 is left without any cipher',
  'client-auth-without-ca.yml': 'whoever has a certificate of any public authority is let in',
  'client-ca-junk.yml': 'nobody is let in',
  'header-with-line-break.yml': 'the header is not sent as it stands',
  'max-version-below-default.yml': 'no client gets through a handshake',
  'tls-without-certificate.yml': 'it speaks plain HTTP',
  'user-called-proto.yml': 'that user is let in',
  'user-of-great-cost.yml': 'one authentication takes up to minutes',
  'user-with-colon.yml': 'that user is never let in',
  'versions-reversed.yml': 'no client gets through a handshake',
};

// Checked it is good, served it is not: here both are alike.
const FOUND_BY_SERVING = ['cipher-without-http2.yml'];

const authority = authorityOfThisFile();
let fixtures: Awaited<ReturnType<typeof fixtureDirectory>>;
beforeAll(async () => {
  if (hasToolkit) fixtures = await fixtureDirectory(authority());
});
afterAll(() => fixtures?.[Symbol.asyncDispose]());

describe.skipIf(!hasToolkit)('exporter-toolkit and we', () => {
  test('check all files alike, but for those that are listed', async () => {
    const good = await refusedByPromtool('good');
    expect(good).toEqual([...YOUNGER].sort());
    const bad = fixturesOf('bad');
    const refused = await refusedByPromtool('bad');
    expect(bad.filter((name) => !refused.includes(name))).toEqual(
      [...Object.keys(STRICTER_HERE), ...FOUND_BY_SERVING].sort(),
    );
  });

  test.each([
    ...FOUND_BY_SERVING.map((name) => ['bad', name, 'refuses'] as const),
    ...['empty.yml', 'tls.yml', 'users-and-tls.yml', 'headers.yml', 'cipher-without-http2.yml'].map(
      (name) => ['good', name, 'serves'] as const,
    ),
    ...['junk-key.yml', 'key-of-another.yml', 'user-password-in-plain-text.yml'].map(
      (name) => ['bad', name, 'refuses'] as const,
    ),
  ])('start alike with %s/%s: it %s', async (kind, name, verdict) => {
    const toolkit = await startToolkit(fixtures.fileOf(`${kind}-${name}`));
    expect(toolkit === undefined ? 'refuses' : 'serves').toBe(verdict);
  });

  test('answer alike: who is asked for a password, and which headers are set', async () => {
    const file = await fixtures.write(
      'answers.yml',
      `
tls_server_config: {cert_file: server.crt, key_file: server.key}
http_server_config: {headers: {X-Frame-Options: deny, X-XSS-Protection: 1}}
basic_auth_users: {alice: ${bcryptOf('sesame')}, "": ${bcryptOf('nameless')}}
`,
    );
    const theirs = await startToolkit(file);
    const ours = await forThisTest(serveGuarded(file));
    expect(theirs).toBeDefined();
    const seen = (port: number) => Promise.all(AUTHORIZATIONS.map((value) => seenAt(port, value)));
    const here = await seen(ours.port);
    expect(here).toEqual(await seen(theirs ?? 0));
    expect(here.map(({ status }) => status)).toEqual([
      ...[200, 200, 200],
      ...AUTHORIZATIONS.slice(3).map(() => 401),
    ]);
  });
});

const basic = (text: string) => Buffer.from(text).toString('base64');
const AUTHORIZATIONS = [
  `Basic ${basic('alice:sesame')}`,
  `bAsIC ${basic('alice:sesame')}`,
  `Basic ${basic(':nameless')}`,
  undefined,
  '',
  'Basic',
  'Basic ',
  `Basic ${basic('alice:sesam')}`,
  `Basic ${basic('alice:sesame ')}`,
  `Basic ${basic('alice:')}`,
  `Basic ${basic('alice')}`,
  `Basic ${basic('Alice:sesame')}`,
  `Basic ${basic('mallory:sesame')}`,
  `Basic ${basic('alice:sesame').replace(/=+$/, '')}*`,
  `Bearer ${basic('alice:sesame')}`,
  `Digest ${basic('alice:sesame')}`,
  `${basic('alice:sesame')}`,
];

async function seenAt(port: number, authorization: string | undefined) {
  const headers = authorization === undefined ? {} : { authorization };
  const answer = await ask({ port, path: '/-/healthy', headers });
  const { 'www-authenticate': wanted, 'x-frame-options': frame } = answer.headers;
  return { status: answer.status, wanted, frame, xss: answer.headers['x-xss-protection'] };
}

/** The fixtures of a kind that Prometheus' own tool refuses. It checks them all at once. */
async function refusedByPromtool(kind: 'good' | 'bad'): Promise<string[]> {
  const names = fixturesOf(kind);
  const files = names.map((name) => fixtures.fileOf(`${kind}-${name}`));
  const output = await new Promise<string>((resolve) => {
    execFile('promtool', ['check', 'web-config', ...files], (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
  expect(output).toContain(' SUCCESS');
  return names.filter((name) => output.includes(`${kind}-${name} FAILED`)).sort();
}

/** The port of a blackbox_exporter with this web configuration; `undefined` where it refuses it. */
async function startToolkit(file: string): Promise<number | undefined> {
  const modules = await fixtures.write('blackbox.yml', 'modules: {}\n');
  const child = await forThisTest(
    startChild(BLACKBOX, [
      `--config.file=${modules}`,
      '--web.listen-address=127.0.0.1:0',
      `--web.config.file=${file}`,
    ]),
  );
  const serving = child.says(
    /address=127\.0\.0\.1:(?<port>\d+)\n[\s\S]*msg="TLS is (?:en|dis)abled/,
  );
  const found = await serving.catch(() => undefined);
  if (!found) return undefined;
  // It says so before it has looked whether HTTP/2 can be had.
  const port = Number(found.groups?.port);
  const isUp = await Promise.race([
    child.ended.then(() => false),
    ask({ port, tls: /TLS is enabled/.test(child.stderr()) }).then(
      () => true,
      () => child.ended.then(() => false),
    ),
  ]);
  return isUp ? port : undefined;
}
