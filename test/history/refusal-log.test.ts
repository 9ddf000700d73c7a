import { expect, onTestFinished, test, vi } from 'vitest';
import { createRefusalLog } from '../../src/history/refusal-log.ts';
import { createLogger } from '../../src/lib/logger.ts';

test('a thousand refusals are a line, and the next says how many it left out', () => {
  let now = 1000;
  onTestFinished(() => void vi.restoreAllMocks());
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  const lines: string[] = [];
  const refused = createRefusalLog(
    createLogger({ level: 'info', format: 'logfmt' }, (line) => void lines.push(line)),
  );
  const one = {
    module: 'web',
    target: `http://${'x'.repeat(500)}/`,
    why: 'probe_policy refuses it',
  };
  for (let count = 0; count < 1000; count++) refused(one);
  now += 1000;
  refused({ ...one, target: 'a\nb="c"' });
  expect(lines).toHaveLength(2);
  expect(lines[0]).toContain('level=warn msg="a request to /probe was refused" module=web');
  expect(lines[0]?.length).toBeLessThan(400);
  expect(lines[1]).toContain(
    String.raw`target="a\nb=\"c\"" why="probe_policy refuses it" others_unsaid=999`,
  );
});
