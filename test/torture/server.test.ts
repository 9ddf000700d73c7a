import { expect, test } from 'vitest';
import { hasSystemdUserManager } from '../support/systemd-user-manager.ts';
import { isThorough } from '../support/thorough.ts';
import { scenario as disconnects } from './scenarios/disconnects.ts';
import { scenario as drain } from './scenarios/drain.ts';
import { scenario as reloads } from './scenarios/reloads.ts';
import { scenario as scrapesAtOnce } from './scenarios/scrapes-at-once.ts';
import { scenario as slowLoris } from './scenarios/slow-loris.ts';
import { scenario as socketActivation } from './scenarios/socket-activation.ts';

const PATIENCE = { timeout: 60_000 };

// A hundredth or less of what `npm run torture` runs; each throws where its promise is not held.
test.skipIf(!isThorough).concurrent.each([
  [scrapesAtOnce, 0.02],
  [drain, 0.1],
  [reloads, 0.024],
  [disconnects, 0.02],
  [slowLoris, 0.02],
])('$title', PATIENCE, async (scenario, scale) => {
  expect(Object.keys((await scenario.run(scale)).figures)).not.toEqual([]);
});

test.skipIf(!isThorough || !hasSystemdUserManager)(
  `${socketActivation.title}`,
  PATIENCE,
  async () => {
    expect(Object.keys((await socketActivation.run(0.1)).figures)).not.toEqual([]);
  },
);
