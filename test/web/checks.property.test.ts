import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';
import type { Listening } from '../../src/web/server.ts';
import { differencesFromSchema } from '../support/checks-schema.ts';
import { httpGet } from '../support/http-get.ts';
import { fc, runs } from '../support/property.ts';
import { serveApplication } from '../support/web-application.ts';

const CHECKS = 'checks: [{name: Memory, prober: memory, labels: {team: web}}]';

let server: Listening;
beforeAll(async () => {
  server = await serveApplication(parseConfig({ file: 'checks.yml', text: CHECKS }));
});
afterAll(() => server.stop(0));

const word = fc.oneof(
  fc.constantFrom('skipped', 'healthy', 'mem', 'team:web', 'team:', 'memory', 'http', ''),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const parameter = fc.tuple(
  fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom('status', 'name', 'label', 'prober') },
    { weight: 1, arbitrary: word },
  ),
  word,
);
const meant = fc
  .array(parameter, { maxLength: 3 })
  .map((pairs) => String(new URLSearchParams(pairs)));
/** Whatever can stand in a request line, also what no form and no client would send. */
const typed = fc.stringMatching(/^[!"$-~]{0,40}$/);

test('whatever is asked of /api/v1/checks, it answers with a document or a sentence', async () => {
  const answered = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(fc.oneof(meant, typed), async (query) => {
      const { status, body } = await httpGet(
        `http://127.0.0.1:${server.address.port}/api/v1/checks?${query}`,
      );
      expect(status).toBeOneOf([200, 400]);
      answered.set(status, (answered.get(status) ?? 0) + 1);
      if (status === 200) expect(differencesFromSchema(JSON.parse(String(body)))).toEqual([]);
      else expect(String(body)).toMatch(/^[^\n]{10,400}\n$/);
    }),
    { numRuns: runs(300) },
  );
  expect(answered.get(200)).toBeGreaterThan(10);
  expect(answered.get(400)).toBeGreaterThan(10);
});
