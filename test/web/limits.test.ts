import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { descriptorLimit } from '../../src/lib/descriptor-limit.ts';
import { serverLimits } from '../../src/web/limits.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('the number of connections', () => {
  test.each([
    [2040, Infinity, 4088],
    [2040, 65_536, 4088],
    [2040, 4096, 2048],
    [2040, 65, 32],
    [Infinity, 1001, 500],
    [Infinity, Infinity, Infinity],
  ])('for %d requests and %d descriptors is %d', (requests, descriptors, connections) => {
    expect(serverLimits({ requests, descriptors }).connections).toBe(connections);
  });

  test('leaves half of what this process may open', async () => {
    expect(descriptorLimit()).toBeGreaterThan(100);
    expect(descriptorLimit('/no/such/file')).toBe(Infinity);
    const directory = await forThisTest(temporaryDirectory());
    const line = (soft: string) => `Max open files            ${soft}      4096       files     \n`;
    const limits = (text: string) => directory.write('limits', text).then(descriptorLimit);
    expect(await limits(line('1024'))).toBe(1024);
    expect(await limits(line('unlimited'))).toBe(Infinity);
  });
});

test('docs/operating.md tells the limits', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/operating.md'), 'utf8');
  const limits = serverLimits();
  const seconds = (ms: number) => `| ${ms / 1000} s`;
  const told: Record<string, string> = {
    'unanswered requests on one connection': `| ${limits.pipelined} |`,
    'time for the headers of a request': seconds(limits.headersMs),
    'time for a whole request': seconds(limits.requestMs),
    'time without a request on a kept connection': seconds(limits.keepAliveMs),
    'time in which a client takes nothing of its answer': seconds(limits.stalledMs),
    'time for taking the whole answer': seconds(limits.takenMs),
    'length of path and query': `| ${limits.urlLength} characters`,
    'header lines': `| ${limits.headerLines} |`,
    'request line and headers together': `| ${limits.headerBytes} bytes`,
  };
  for (const [what, limit] of Object.entries(told)) expect(page).toContain(`| ${what} ${limit}`);
});
