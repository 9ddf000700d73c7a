import { readFileSync } from 'node:fs';

/** One instruction of a Dockerfile, its lines joined: `COPY`, `a b/`. */
export interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** Reads the project's Dockerfile. */
export function readDockerfile(): readonly Instruction[] {
  return readFileSync('Dockerfile', 'utf8')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name = '', ...rest] = line.trim().split(/\s+/);
      return { name, rest: rest.join(' ') };
    });
}

/** What follows each instruction of a name, in order. */
export function restsOf(instructions: readonly Instruction[], name: string): string[] {
  return instructions.filter((one) => one.name === name).map(({ rest }) => rest);
}
