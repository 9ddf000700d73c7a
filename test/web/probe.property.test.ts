import { afterAll, beforeAll, expect, test } from 'vitest';
import { fc } from '../support/property.ts';
import {
  expectKnownStatus,
  probeRequests,
  startUndialledExporter,
  type UndialledExporter,
} from '../support/random-probe-requests.ts';

let exporter: UndialledExporter;
beforeAll(async () => {
  exporter = await startUndialledExporter();
});
afterAll(() => exporter.stop());

test('whatever is asked of /probe, the answer is of one of nine statuses, and the next one is served', async () => {
  const statuses = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(probeRequests, async (request) => {
      const status = await expectKnownStatus(exporter, request);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }),
    { numRuns: 200 },
  );
  expect(exporter.probed(), 'requests that came as far as the prober').toBeGreaterThan(5);
  expect(statuses.get(400)).toBeGreaterThan(5);
  const plain = 'GET /probe?module=tcp&target=127.0.0.1:1 HTTP/1.1\r\nHost: a\r\n\r\n';
  expect(await exporter.ask(Buffer.from(plain))).toBe(200);
});
