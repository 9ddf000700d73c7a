import type { Comparer, Question } from '../../src/web/guard/bcrypt-thread.ts';

/** A comparer of passwords that notes what it is asked, and answers when it is told to. */
export function controlledComparer() {
  const asked: (Question & { readonly answer: (fits: boolean) => void })[] = [];
  const compare: Comparer['compare'] = (question) =>
    new Promise((resolve) => {
      asked.push({ ...question, answer: resolve });
    });
  return { asked, compare };
}

/** Lets the event loop turn so many times. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}
