import { expect, test } from 'vitest';
import { scenario as dnsPackets } from '../../torture/scenarios/dns-packets.ts';
import { scenario as slowExpressions } from '../../torture/scenarios/slow-expressions.ts';

// A small part of what `npm run torture` runs whole.
test.each([
  [dnsPackets, 0.02, { cases: 2000 }],
  [slowExpressions, 0.02, { expressions: 100 }],
])('proof $proof.0: $title', async ({ run }, scale, figures) => {
  expect((await run(scale)).figures).toMatchObject(figures);
});
