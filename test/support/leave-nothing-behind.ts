import { afterAll, beforeEach } from 'vitest';
import { type Belongings, belongings, leftBehind, moreThan } from './left-behind.ts';

// Runs before each test file, also where files share a process. Its hook is registered first, and so runs last.

/** Where what one file left behind is kept for the next one in the same process, which is not to blame for it. */
const KEPT = Symbol.for('what the process had open after its last test file');
const shared = globalThis as { [KEPT]?: Belongings };

// Some packages ask for it, and Node.js opens it when it is first asked for, and keeps it.
void process.stdin;
const before = shared[KEPT] ?? withoutTimers(belongings());
/** What was open when each test began, and which test had ended then. */
const seen: { readonly after: string; readonly open: Belongings }[] = [];
let latest = 'the file was loaded';

beforeEach(({ task }) => {
  seen.push({ after: latest, open: belongings() });
  latest = `"${task.name}"`;
});

afterAll(async () => {
  const left = await leftBehind(before);
  shared[KEPT] = belongings();
  if (left.length === 0) return;
  const lines = left.map((line) => `  ${line}${sinceWhen(line)}`);
  throw new Error(`this test file left behind what it had opened:\n${lines.join('\n')}`);
});

/** Those of the runner, which tells of progress ten times a second, are no base to compare with. */
function withoutTimers(open: Belongings): Belongings {
  return new Map([...open].filter(([kind]) => kind !== 'Timeout'));
}

/** The first test after which a kind was there for good; of timers that cannot be told from those of the runner. */
function sinceWhen(line: string): string {
  if (line.startsWith('Timeout:')) return '';
  const kind = line.slice(0, line.lastIndexOf(':') + 1);
  const has = ({ open }: { open: Belongings }) =>
    moreThan(before, open).some((other) => other.startsWith(kind));
  const without = seen.findLastIndex((look) => !has(look));
  return ` (since ${seen[without + 1]?.after ?? latest})`;
}
