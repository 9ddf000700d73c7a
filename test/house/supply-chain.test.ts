import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { auditPackages } from '../support/npm-audit.ts';
import { httpServer } from '../support/servers.ts';
import { ROOT } from './source-files.ts';

interface Locked {
  readonly version: string;
  readonly integrity: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly link?: boolean;
}

interface Component {
  readonly purl: string;
  readonly hashes: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses: readonly unknown[];
}

const run = promisify(execFile);
const locked: Readonly<Record<string, Locked>> = JSON.parse(
  readFileSync(join(ROOT, 'package-lock.json'), 'utf8'),
).packages;

describe('npm audit', () => {
  const audit = auditPackages();

  test.for(['running', 'developing'] as const)(
    'finds nothing of severity high and above in what is needed for %s',
    async (whose, { skip }) => {
      const found = await audit;
      if (typeof found === 'string') return skip(`the registry did not answer: ${found}`);
      expect(found[whose]).toEqual([]);
    },
  );

  test('would be heard: a registry that knows something is believed', async () => {
    const advisory = (severity: string) => [
      { id: 1, url: 'https://a.invalid/', title: 'T', severity, vulnerable_versions: '*' },
    ];
    const advisories = {
      ws: advisory('high'),
      leven: advisory('moderate'),
      'postal-mime': advisory('critical'),
    };
    const registry = await httpServer((request, response) => {
      const isAsked = request.method === 'POST' && request.url?.endsWith('/advisories/bulk');
      response.statusCode = isAsked ? 200 : 404;
      response.end(JSON.stringify(isAsked ? advisories : {}));
    });
    const found = await auditPackages(`http://127.0.0.1:${registry.port}/`);
    expect(found).toEqual({ running: ['ws (high)'], developing: ['postal-mime (critical)'] });
  });
});

test('npm run sbom names each package that runs, with the hash of the lock file and a license', async () => {
  const { stdout } = await run('npm', ['run', '--silent', 'sbom'], { cwd: ROOT });
  const { bomFormat, metadata, components, dependencies } = JSON.parse(stdout);
  expect(bomFormat).toBe('CycloneDX');
  expect(metadata.component).toMatchObject({
    type: 'application',
    name: 'healthcheck-exporter',
  });
  expect(metadata.component.purl).toMatch(/^pkg:npm\/healthcheck-exporter@/);
  const listed = new Map(
    (components as Component[]).map(({ purl, hashes, licenses }) => {
      const [{ alg, content } = { alg: '', content: '' }] = hashes;
      const hash = `${alg.replace('-', '').toLowerCase()}-${Buffer.from(content, 'hex').toString('base64')}`;
      return [decodeURIComponent(purl), { hash, isLicensed: licenses.length > 0 }];
    }),
  );
  const expected = Object.entries(locked)
    .filter(([path, { dev, devOptional, link }]) => path !== '' && !dev && !devOptional && !link)
    .map(([path, { version, integrity }]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      return [`pkg:npm/${name}@${version}`, { hash: integrity, isLicensed: true }] as const;
    });
  expect(listed).toEqual(new Map(expected));
  const refs = new Set((dependencies as { ref: string }[]).map(({ ref }) => ref));
  const needed = (dependencies as { dependsOn: string[] }[]).flatMap(({ dependsOn }) => dependsOn);
  expect(needed.filter((name) => !refs.has(name))).toEqual([]);
  expect(refs.size).toBe(listed.size + 1);
});
