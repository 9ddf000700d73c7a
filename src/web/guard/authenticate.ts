import { randomBytes } from 'node:crypto';
import type { Comparer } from './bcrypt-thread.ts';
import { type Asker, createComparisons } from './comparisons.ts';
import type { Credentials } from './credentials.ts';
import { createResultCache } from './result-cache.ts';

/** Tells users from strangers. */
export interface Authenticator {
  /**
   * Whether somebody is who they say, among these users.
   *
   * @param users bcrypt hashes by name, at least one.
   * @throws {BusyError} where too many wait.
   */
  readonly isUser: (
    credentials: Credentials,
    users: ReadonlyMap<string, string>,
    asker: Asker,
  ) => Promise<boolean>;
}

/**
 * Compares once for the same name, hash and password, whether that was right or wrong, known or not.
 *
 * A name that nobody has takes the same way, with a hash that no password fits and that costs as much as the hash of one
 * of the users: the time tells nobody which names there are.
 */
export function createAuthenticator(comparer: Pick<Comparer, 'compare'>): Authenticator {
  const cache = createResultCache();
  const comparisons = createComparisons(comparer);
  const stranger = createStranger();
  return {
    isUser: async ({ user, password }, users, asker) => {
      const known = users.get(user);
      const hash = known ?? stranger(user, users);
      const key = cache.keyOf({ user, hash, password });
      const found = cache.find(key);
      const fits = found ?? (await comparisons.ask(key, { password, hash }, asker));
      if (found === undefined) cache.set(key, fits);
      return fits && known !== undefined;
    },
  };
}

/** The salt and the digest of a bcrypt hash are 53 characters of its own base64, which has all letters of the usual. */
const SALT_AND_DIGEST = 53;
/** `$2b$10$`, without the salt and the digest. */
const PREFIX = /^\$2[aby]\$\d\d\$/;

/**
 * Gives a name that nobody has the cost of one of the users, always of the same one while the users stay the same, as
 * a hash of its own: names that exist look no different, also where users have hashes of several costs.
 */
function createStranger(): (name: string, users: ReadonlyMap<string, string>) => string {
  const cache = createResultCache();
  const fill = randomBytes(SALT_AND_DIGEST).toString('base64url').replace(/[-_]/g, '.');
  const saltAndDigest = fill.slice(0, SALT_AND_DIGEST);
  return (name, users) => {
    const hashes = [...users.values()];
    // Any number that only this process can tell from the name.
    const chance = Buffer.from(cache.keyOf({ user: name, hash: '', password: '' }), 'base64');
    const like = hashes[chance.readUInt32BE() % hashes.length] ?? '';
    return `${PREFIX.exec(like)?.[0] ?? '$2b$10$'}${saltAndDigest}`;
  };
}
