import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll } from 'vitest';
import { type Authority, createAuthority } from './certificates.ts';

/** A certificate authority for the tests of one file: made before the first, gone after the last. */
export function authorityOfThisFile(): () => Authority {
  let authority: Authority | undefined;
  beforeAll(() => {
    authority = createAuthority();
  });
  afterAll(() => authority?.remove());
  return () => {
    if (!authority) throw new Error('the authority is there in tests only');
    return authority;
  };
}

/** From the first test of this file on the system trusts the authority, too. */
export function trustedBySystem(authority: () => Authority): void {
  beforeAll(() => setDefaultCACertificates([...getCACertificates(), authority().cert]));
}
