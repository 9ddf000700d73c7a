import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';
import { RANGES } from '../../src/config/policy/ranges.ts';
import { SCHEMES } from '../../src/probers/shared/gate.ts';
import { ROOT } from '../house/source-files.ts';

const page = readFileSync(join(ROOT, 'docs/probe-policy.md'), 'utf8');

test('docs/probe-policy.md lists every range with its networks, and every scheme', () => {
  const cells = new Set(page.split(/[|,\n]/).map((cell) => cell.trim()));
  const missing = [...RANGES].flatMap(([name, { networks }]) => [
    ...(cells.has(`\`${name}\``) ? [] : [name]),
    ...networks.map(({ text }) => text).filter((text) => !cells.has(text)),
  ]);
  expect(missing).toEqual([]);
  expect(SCHEMES.filter((scheme) => !page.includes(`\`${scheme}\``))).toEqual([]);
});

test('its recipes can be loaded', () => {
  const recipes = [...page.matchAll(/^\|.*\| `(?<yaml>probe_policy: \{.*\})` \|$/gm)].map(
    ({ groups }) => groups?.yaml ?? '',
  );
  const blocks = [...page.matchAll(/```yaml\n(?<yaml>.*?)```/gs)].map(
    ({ groups }) => groups?.yaml ?? '',
  );
  expect(recipes.length).toBeGreaterThanOrEqual(7);
  const modules = 'modules: {docker_socket: {prober: unix}, postgres: {prober: tcp}}';
  for (const text of [...recipes.map((recipe) => `${recipe}\n${modules}\n`), ...blocks]) {
    expect(parseConfig({ file: 'recipe.yml', text }).probePolicy).toBeDefined();
  }
});
