import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

interface Component {
  readonly 'bom-ref': string;
}

/** The parts of a CycloneDX document that are touched here. */
interface Bom {
  readonly metadata: { readonly component: { name: string } };
  components: Component[];
  dependencies: { readonly ref: string; dependsOn: readonly string[] }[];
}

// `npm sbom --omit=dev` would be this, but npm 11 leaves out what runs where development may use it too: it lacked
// a dependency of prom-client that vitest names as an optional peer.
const bom: Bom = JSON.parse(
  execFileSync(
    'npm',
    ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only'],
    { cwd: ROOT, maxBuffer: Infinity, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  ),
);

const read = (file: string) => JSON.parse(readFileSync(join(ROOT, file), 'utf8'));
const manifest = read('package.json');
const locked: Readonly<Record<string, { version: string; dev?: boolean; link?: boolean }>> =
  read('package-lock.json').packages;
const running = new Set([`${manifest.name}@${manifest.version}`]);
for (const [path, { version, dev, link }] of Object.entries(locked)) {
  if (path === '' || dev || link) continue;
  running.add(
    `${path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${version}`,
  );
}

// npm takes the name of the directory.
bom.metadata.component.name = manifest.name;
bom.components = bom.components.filter((component) => running.has(component['bom-ref']));
bom.dependencies = bom.dependencies
  .filter(({ ref }) => running.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((name) => running.has(name)) }));
process.stdout.write(`${JSON.stringify(bom, null, 2)}\n`);
