import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type Authenticator, createAuthenticator } from '../../src/web/guard/authenticate.ts';
import { createBcryptThread } from '../../src/web/guard/bcrypt-thread.ts';
import { BusyError } from '../../src/web/guard/comparisons.ts';
import { controlledComparer, turns } from '../support/comparers.ts';
import { bcryptOf } from '../support/web-config.ts';

const NEVER = { address: '192.0.2.1', signal: new AbortController().signal };
const SESAME = bcryptOf('sesame');
const USERS = new Map([['alice', SESAME]]);

describe('comparisons', () => {
  let asked: ReturnType<typeof controlledComparer>['asked'];
  let isUser: Authenticator['isUser'];
  beforeEach(() => {
    const comparer = controlledComparer();
    asked = comparer.asked;
    ({ isUser } = createAuthenticator(comparer));
  });
  const guess = (password: string, asker = NEVER) =>
    isUser({ user: 'alice', password }, USERS, asker);
  const from = (address: string) => ({ ...NEVER, address });

  test('are done one at a time, in the order in which they came', async () => {
    const answers = ['a', 'b', 'c'].map((password) => guess(password));
    for (const expected of ['a', 'b', 'c']) {
      await turns(3);
      expect(asked.at(-1)?.password).toBe(expected);
      asked.at(-1)?.answer(false);
    }
    expect(await Promise.all(answers)).toEqual([false, false, false]);
    expect(asked).toHaveLength(3);
  });

  test('of the same claim are one', async () => {
    const answers = [guess('sesame'), guess('sesame'), guess('sesame')];
    await turns(3);
    asked[0]?.answer(true);
    expect(await Promise.all(answers)).toEqual([true, true, true]);
    expect(asked).toHaveLength(1);
  });

  test('wait in a row that has an end', async () => {
    const answers = Array.from({ length: 33 }, (_, index) => guess(`guess ${index}`));
    await expect(guess('one more')).rejects.toBeInstanceOf(BusyError);
    // Who asks what is waited for already takes no place.
    const same = guess('guess 7');
    for (let index = 0; index < 33; index++) {
      await turns(3);
      asked[index]?.answer(false);
    }
    expect(await Promise.all([...answers, same])).toEqual(Array(34).fill(false));
  });

  test('take turns among those who ask, and the one with the most makes room', async () => {
    const guesses = Array.from({ length: 33 }, (_, index) => guess(`guess ${index}`));
    const ends = Promise.allSettled(guesses);
    const right = guess('sesame', from('192.0.2.2'));
    const other = guess('open', from('192.0.2.3'));
    for (let index = 0; index < 33; index++) {
      await turns(3);
      asked[index]?.answer(asked[index]?.password === 'sesame');
    }
    expect(await right).toBe(true);
    expect(await other).toBe(false);
    expect(asked.slice(0, 5).map(({ password }) => password)).toEqual([
      ...['guess 0', 'guess 1', 'sesame', 'open', 'guess 2'],
    ]);
    const refused = (await ends).filter(({ status }) => status === 'rejected');
    expect(refused).toEqual(Array(2).fill({ status: 'rejected', reason: expect.any(BusyError) }));
    expect(asked).toHaveLength(33);
  });

  test('that nobody waits for any more are not done', async () => {
    const gone = new AbortController();
    const leaving = { ...NEVER, signal: gone.signal };
    const first = guess('first');
    const left = guess('left', leaving);
    const stays = guess('shared');
    const leaves = guess('shared', leaving);
    await turns(1);
    gone.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    await expect(leaves).rejects.toThrow('gone');
    asked[0]?.answer(false);
    await turns(3);
    expect(asked.map(({ password }) => password)).toEqual(['first', 'shared']);
    asked[1]?.answer(false);
    expect(await Promise.all([first, stays])).toEqual([false, false]);
    await expect(guess('late', leaving)).rejects.toThrow('gone');
  });

  test('that fail say so to those who wait, and the next ones are done', async () => {
    let isBroken = true;
    const { isUser } = createAuthenticator({
      compare: async () => {
        if (isBroken) throw new Error('broken');
        return true;
      },
    });
    const claim = { user: 'alice', password: 'sesame' };
    await expect(isUser(claim, USERS, NEVER)).rejects.toThrow('broken');
    isBroken = false;
    expect(await isUser(claim, USERS, NEVER)).toBe(true);
  });

  // Proof 32.
  test('of 20 wrong passwords do not hold up one that is known to be right', async () => {
    const right = guess('sesame');
    await turns(1);
    asked[0]?.answer(true);
    expect(await right).toBe(true);
    const wrong = Array.from({ length: 20 }, (_, index) => guess(`wrong ${index}`));
    await turns(3);
    // Not one of them is answered yet.
    expect(await guess('sesame')).toBe(true);
    for (let index = 1; index <= 20; index++) {
      asked[index]?.answer(false);
      await turns(3);
    }
    expect(await Promise.all(wrong)).toEqual(Array(20).fill(false));
  });
});

describe('the thread', () => {
  test('leaves the event loop free while it compares', async () => {
    const thread = createBcryptThread();
    onTestFinished(() => thread.close());
    const hash = bcryptOf('sesame', 9);
    await thread.compare({ password: 'warm', hash: SESAME });
    let count = 0;
    let isOver = false;
    const turning = (async () => {
      while (!isOver) {
        await turns(1);
        count += 1;
      }
    })();
    expect(await thread.compare({ password: 'sesame', hash })).toBe(true);
    isOver = true;
    await turning;
    expect(count).toBeGreaterThan(20);
  });

  test('is started anew after it has ended', async () => {
    const thread = createBcryptThread();
    onTestFinished(() => thread.close());
    expect(await thread.compare({ password: 'sesame', hash: SESAME })).toBe(true);
    await thread.close();
    expect(await thread.compare({ password: 'sesame', hash: SESAME })).toBe(true);
  });

  test('that ends while it compares fails the comparison', async () => {
    const thread = createBcryptThread();
    await thread.compare({ password: 'sesame', hash: SESAME });
    const asked = thread.compare({ password: 'sesame', hash: SESAME.replace('$04$', '$13$') });
    const failed = expect(asked).rejects.toThrow(/ended/);
    await turns(1);
    await thread.close();
    await failed;
  });

  test('is not there before the first comparison, and then one for all', async () => {
    let started = 0;
    const count = () => {
      started += 1;
    };
    process.on('worker', count);
    onTestFinished(() => void process.off('worker', count));
    const thread = createBcryptThread();
    onTestFinished(() => thread.close());
    await turns(10);
    expect(started).toBe(0);
    for (let again = 0; again < 3; again++) await thread.compare({ password: '', hash: SESAME });
    expect(started).toBe(1);
  });

  test('runs as the JavaScript of the package, too', async () => {
    const directory = mkdtempSync(join(import.meta.dirname, '../../node_modules/.package-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    for (const name of ['bcrypt-thread', 'bcrypt-worker']) {
      const source = readFileSync(`src/web/guard/${name}.ts`, 'utf8');
      writeFileSync(join(directory, `${name}.js`), stripTypeScriptTypes(source));
    }
    writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
    const file = pathToFileURL(join(directory, 'bcrypt-thread.js')).href;
    const packed: typeof import('../../src/web/guard/bcrypt-thread.ts') = await import(file);
    const thread = packed.createBcryptThread();
    onTestFinished(() => thread.close());
    expect(await thread.compare({ password: 'sesame', hash: SESAME })).toBe(true);
  });
});
