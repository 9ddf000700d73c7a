import { expect, test } from 'vitest';
import { lazily, lazyPackage } from '../../src/lib/lazy.ts';

test('nothing is made before it is asked for, and then once', () => {
  let made = 0;
  const number = lazily(() => ++made);
  expect(made).toBe(0);
  expect([number(), number(), made]).toEqual([1, 1, 1]);
});

test('what is undefined is made once too', () => {
  let made = 0;
  const nothing = lazily(() => {
    made++;
  });
  nothing();
  nothing();
  expect(made).toBe(1);
});

test('what could not be made is tried again', () => {
  let tries = 0;
  const second = lazily(() => {
    if (++tries === 1) throw new Error('not yet');
    return tries;
  });
  expect(second).toThrow('not yet');
  expect(second()).toBe(2);
});

test('a package that does not exist is missed when it is asked for', () => {
  const missing = lazyPackage('no-package-of-this-name');
  expect(missing).toThrow(/no-package-of-this-name/);
});
