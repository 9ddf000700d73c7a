import { afterAll, describe, expect, test } from 'vitest';
import { createAuthenticator } from '../../src/web/guard/authenticate.ts';
import {
  type Comparer,
  createBcryptThread,
  type Question,
} from '../../src/web/guard/bcrypt-thread.ts';
import { readCredentials } from '../../src/web/guard/credentials.ts';
import { controlledComparer, turns } from '../support/comparers.ts';
import { bcryptOf, LOWEST_COST } from '../support/web-config.ts';

const NEVER = { address: '192.0.2.1', signal: new AbortController().signal };
const SESAME = bcryptOf('sesame');
const USERS = new Map([
  ['alice', SESAME],
  ['bob', bcryptOf('open')],
]);

// One for all: to start it takes as long as many comparisons.
const thread = createBcryptThread();
afterAll(() => thread.close());

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
    const { asked, compare } = controlledComparer();
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
