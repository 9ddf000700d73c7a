import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type Authenticator, createAuthenticator } from '../../src/web/guard/authenticate.ts';
import {
  type Comparer,
  createBcryptThread,
  type Question,
} from '../../src/web/guard/bcrypt-thread.ts';
import { BusyError } from '../../src/web/guard/comparisons.ts';
import { readCredentials } from '../../src/web/guard/credentials.ts';
import { bcryptOf, LOWEST_COST } from '../support/web-config.ts';

const NEVER = new AbortController().signal;
const SESAME = bcryptOf('sesame');
const USERS = new Map([
  ['alice', SESAME],
  ['bob', bcryptOf('open')],
]);

// One for all: to start it takes as long as many comparisons.
const thread = createBcryptThread();
afterAll(() => thread.close());

/** A comparer that is asked and answers when it is told to. */
function controlled() {
  const asked: (Question & { readonly answer: (fits: boolean) => void })[] = [];
  const compare: Comparer['compare'] = (question) =>
    new Promise((resolve) => {
      asked.push({ ...question, answer: resolve });
    });
  return { asked, compare };
}

/** The real one, which counts. */
function counted() {
  const asked: Question[] = [];
  const compare: Comparer['compare'] = (question) => {
    asked.push(question);
    return thread.compare(question);
  };
  return { asked, compare };
}

const costOf = ({ hash }: Question) => Number(hash.slice(4, 6));
const turns = (count: number) =>
  Array.from({ length: count }).reduce<Promise<void>>(
    (before) => before.then(() => new Promise((resolve) => setImmediate(resolve))),
    Promise.resolve(),
  );

describe('the Authorization header', () => {
  const basic = (text: string | Buffer) => `Basic ${Buffer.from(text).toString('base64')}`;

  test.each([
    ['alice:sesame', 'alice', 'sesame'],
    [':', '', ''],
    ['alice:a:b', 'alice', 'a:b'],
    ['Zoë:smørrebrød', 'Zoë', 'smørrebrød'],
    ['\uFEFFalice:sesame', '\uFEFFalice', 'sesame'],
    [`alice:${'x'.repeat(72)}`, 'alice', 'x'.repeat(72)],
  ])('%j is read', (text, user, password) => {
    expect(readCredentials(basic(text))).toEqual({ user, password });
  });

  test.each([
    ['nothing', undefined],
    ['another scheme', 'Bearer YWxpY2U6c2VzYW1l'],
    ['no colon', basic('alice')],
    ['no base64', 'Basic alice:sesame'],
    ['base64 that is cut', 'Basic YWxpY2U6c2VzYW1'],
    ['text after it', 'Basic YWxpY2U6c2VzYW1l, Basic YWxpY2U6c2VzYW1l'],
    ['base64 for URLs', 'Basic YWxpY2U6c-VzYW_l'],
    ['no UTF-8', basic(Buffer.from('alice:sesame\xff', 'latin1'))],
    ['a NUL, at which other programs end a password', basic('alice:sesame\0')],
    ['a password of which bcrypt sees only the beginning', basic(`alice:${'x'.repeat(73)}`)],
    ['one that is longer in UTF-8', basic(`alice:${'ø'.repeat(37)}`)],
  ])('holds no credentials: %s', (_what, header) => {
    expect(readCredentials(header)).toBeUndefined();
  });

  test('is read in time that grows with its length only', () => {
    const header = `Basic ${'A'.repeat(100_000)}*`;
    expect(readCredentials(header)).toBeUndefined();
  });
});

describe('passwords', () => {
  test.each(['$2a$', '$2b$', '$2y$'])('are compared with a hash of %s', async (prefix) => {
    const { compare } = counted();
    const { isUser } = createAuthenticator({ compare });
    const users = new Map([['alice', SESAME.replace(/^\$2.\$/, prefix)]]);
    expect(await isUser({ user: 'alice', password: 'sesame' }, users, NEVER)).toBe(true);
    expect(await isUser({ user: 'alice', password: 'Sesame' }, users, NEVER)).toBe(false);
  });

  test('of one user are none of another', async () => {
    const { isUser } = createAuthenticator(counted());
    expect(await isUser({ user: 'bob', password: 'open' }, USERS, NEVER)).toBe(true);
    expect(await isUser({ user: 'alice', password: 'open' }, USERS, NEVER)).toBe(false);
  });

  test('are compared once, right or wrong, of users and of strangers', async () => {
    const { asked, compare } = counted();
    const { isUser } = createAuthenticator({ compare });
    const claims = [
      { user: 'alice', password: 'sesame' },
      { user: 'alice', password: 'wrong' },
      { user: 'nobody', password: 'sesame' },
    ];
    for (let round = 0; round < 3; round++) {
      const found = [];
      for (const claim of claims) found.push(await isUser(claim, USERS, NEVER));
      expect(found).toEqual([true, false, false]);
    }
    expect(asked.map(({ password }) => password)).toEqual(['sesame', 'wrong', 'sesame']);
  });

  test('are compared anew when the hash has changed', async () => {
    const { isUser } = createAuthenticator(counted());
    const claim = { user: 'alice', password: 'sesame' };
    expect(await isUser(claim, USERS, NEVER)).toBe(true);
    const changed = new Map([['alice', bcryptOf('other')]]);
    expect(await isUser(claim, changed, NEVER)).toBe(false);
    expect(await isUser({ user: 'alice', password: 'other' }, changed, NEVER)).toBe(true);
    expect(await isUser(claim, new Map([['bob', SESAME]]), NEVER)).toBe(false);
  });
});

describe('what is remembered', () => {
  // CVE-2022-46146: user, hash and password in a row, told apart by a separator that may stand in any of them.
  const separators = [':', ',', '"', '","', '\\', '\\"', '\0', '\n', '|', ''];

  test.each(separators)('of one claim is never that of another: %j between them', async (s) => {
    const asked: Question[] = [];
    const { isUser } = createAuthenticator({
      // As if the hash for names that nobody has had a password, and that were known.
      compare: async (question) => {
        asked.push(question);
        return question.hash !== SESAME;
      },
    });
    const poison = { user: `alice${s}${SESAME}`, password: 'known' };
    expect(await isUser(poison, USERS, NEVER)).toBe(false);
    const { hash = '' } = asked[0] ?? {};
    const poisoned = { user: 'alice', password: `${hash}${s}known` };
    expect(await isUser(poisoned, USERS, NEVER)).toBe(false);
    expect(asked).toHaveLength(2);
  });

  test('of a right password stays, however many wrong ones come', async () => {
    const asked: string[] = [];
    const { isUser } = createAuthenticator({
      compare: async ({ password }) => {
        asked.push(password);
        return password === 'sesame';
      },
    });
    const right = { user: 'alice', password: 'sesame' };
    await isUser(right, USERS, NEVER);
    for (let guess = 0; guess < 500; guess++) {
      await isUser({ user: 'alice', password: `guess ${guess}` }, USERS, NEVER);
    }
    asked.length = 0;
    expect(await isUser(right, USERS, NEVER)).toBe(true);
    expect(asked).toEqual([]);
    for (let guess = 0; guess < 500; guess++) {
      await isUser({ user: 'alice', password: `guess ${guess}` }, USERS, NEVER);
    }
    // Of the 500 at most 99 are remembered.
    expect(asked.length).toBeGreaterThan(400);
  });
});

describe('a name that nobody has', () => {
  test('takes as many comparisons as one that somebody has, of the same cost', async () => {
    const { asked, compare } = counted();
    const { isUser } = createAuthenticator({ compare });
    const users = new Map([
      ['alice', bcryptOf('sesame', LOWEST_COST + 1)],
      ['bob', bcryptOf('open', LOWEST_COST + 1)],
    ]);
    for (const user of ['alice', 'bob', 'nobody', '', '__proto__', 'constructor']) {
      asked.length = 0;
      for (let again = 0; again < 2; again++) {
        expect(await isUser({ user, password: 'wrong' }, users, NEVER)).toBe(false);
      }
      expect(asked.map(costOf), user).toEqual([LOWEST_COST + 1]);
    }
  });

  test('has the cost of some user, always the same, where those differ', async () => {
    const { asked, compare } = controlled();
    const { isUser } = createAuthenticator({ compare });
    const users = new Map([...Array(8).keys()].map((n) => [`u${n}`, bcryptOf('', 4 + (n % 2))]));
    const names = [...Array(40).keys()].map((n) => `nobody ${n}`);
    const costs = async (password: string) => {
      asked.length = 0;
      for (const [index, user] of names.entries()) {
        const answer = isUser({ user, password }, users, NEVER);
        await turns(1);
        asked[index]?.answer(false);
        await answer;
      }
      return asked.map(costOf);
    };
    const first = await costs('one');
    expect(await costs('two')).toEqual(first);
    expect(new Set(first)).toEqual(new Set([4, 5]));
  });

  test('is let in with no password, not even with one that fits', async () => {
    const { isUser } = createAuthenticator({ compare: async () => true });
    expect(await isUser({ user: 'nobody', password: 'sesame' }, USERS, NEVER)).toBe(false);
  });
});

describe('comparisons', () => {
  let asked: ReturnType<typeof controlled>['asked'];
  let isUser: Authenticator['isUser'];
  beforeEach(() => {
    const comparer = controlled();
    asked = comparer.asked;
    ({ isUser } = createAuthenticator(comparer));
  });
  const guess = (password: string, signal = NEVER) =>
    isUser({ user: 'alice', password }, USERS, signal);

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

  test('that nobody waits for any more are not done', async () => {
    const gone = new AbortController();
    const first = guess('first');
    const left = guess('left', gone.signal);
    const stays = guess('shared');
    const leaves = guess('shared', gone.signal);
    await turns(1);
    gone.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    await expect(leaves).rejects.toThrow('gone');
    asked[0]?.answer(false);
    await turns(3);
    expect(asked.map(({ password }) => password)).toEqual(['first', 'shared']);
    asked[1]?.answer(false);
    expect(await Promise.all([first, stays])).toEqual([false, false]);
    await expect(guess('late', gone.signal)).rejects.toThrow('gone');
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
