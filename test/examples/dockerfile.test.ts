import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readDockerfile, restsOf } from '../support/dockerfile.ts';

describe('the Dockerfile', () => {
  const instructions = readDockerfile();
  const all = (name: string) => restsOf(instructions, name);
  const stages = all('FROM').flatMap(
    (rest) => / AS (?<stage>\w+)$/.exec(rest)?.groups?.stage ?? [],
  );
  const copied = all('COPY')
    .filter((rest) => !rest.startsWith('--from='))
    .flatMap((rest) => rest.split(/\s+/).slice(0, -1));

  test('copies only what is there and what .dockerignore lets through', () => {
    const ignored = readFileSync('.dockerignore', 'utf8').split('\n');

    expect(copied.length).toBeGreaterThan(0);
    for (const source of copied) {
      expect(existsSync(source), source).toBe(true);
      expect(ignored).toContain(`!${source}`);
    }
  });

  test('lets through nothing that it does not copy', () => {
    const passed = readFileSync('.dockerignore', 'utf8').matchAll(/^!(?<path>.+)$/gm);

    expect([...passed].map(({ groups }) => groups?.path).sort()).toEqual(
      [...new Set(copied)].sort(),
    );
  });

  test('copies from stages that it has', () => {
    const from = all('COPY').flatMap(
      (rest) => /^--from=(?<stage>\S+)/.exec(rest)?.groups?.stage ?? [],
    );

    expect(from.length).toBeGreaterThan(0);
    expect(from.filter((stage) => !stages.includes(stage))).toEqual([]);
  });

  test('declares each image it builds from', () => {
    const names = all('ARG').map((rest) => rest.split('=')[0]);
    const used = all('FROM').map((rest) => /^\$\{(?<name>\w+)\}/.exec(rest)?.groups?.name);

    expect(used.filter((name) => !names.includes(name))).toEqual([]);
  });

  test('holds the rules and the dashboards where the program looks for them', () => {
    const rules = readdirSync('alert-rules').filter((file) => file.endsWith('.yml'));

    expect(copied).toEqual(expect.arrayContaining(rules.map((file) => `alert-rules/${file}`)));
    // Both are looked for beside dist/, so they are copied to the paths that they have here.
    expect(all('COPY')).toContainEqual(expect.stringMatching(/\.yml alert-rules\/$/));
    expect(all('COPY')).toContain('examples/grafana/dashboards/ examples/grafana/dashboards/');
  });

  test('runs what the build makes, without root, a shell or a file of its own', () => {
    const { bin } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      bin: Record<string, string>;
    };
    const program = ['/nodejs/bin/node', `/app/${bin['healthcheck-exporter']}`];
    const healthcheck = /^--interval=30s .* CMD (?<command>\[.*\])$/.exec(
      all('HEALTHCHECK')[0] ?? '',
    );

    expect(JSON.parse(all('ENTRYPOINT').at(-1) ?? '')).toEqual(program);
    expect(JSON.parse(healthcheck?.groups?.command ?? '[]')).toEqual([...program, 'healthcheck']);
    expect(all('USER').at(-1)).toBe('65532:65532');
    expect(all('EXPOSE')).toEqual(['10195']);
    expect(all('CMD')).toEqual([]);
    expect(all('ENV').join()).toContain('UV_THREADPOOL_SIZE=48');
  });
});
