import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { runCliInProcess } from '../support/cli-in-process.ts';

describe('config schema prints', () => {
  test.each([
    [[], 'config'],
    [['config'], 'config'],
    [['web-config'], 'web-config'],
  ])('with %j the schema that the documentation holds of it', async (words, file) => {
    const { code, stdout, stderr } = await runCliInProcess(['config', 'schema', ...words]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(readFileSync(`docs/schemas/${file}.schema.json`, 'utf8'));
  });

  test('nothing of a file that it does not know, but which it knows', async () => {
    const { code, stdout, stderr } = await runCliInProcess(['config', 'schema', 'modules']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/'modules'.*config, web-config/);
  });
});
