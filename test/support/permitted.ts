import { isIP } from 'node:net';
import { OPEN_GATE, PermittedAddress } from '../../src/probers/shared/gate.ts';

/** An address that a gate without rules has let through. */
export function permitted(ip: string, port = 0): PermittedAddress {
  const place = { role: 'target', scheme: 'tcp', host: ip, port } as const;
  return PermittedAddress.of({ ip, family: isIP(ip) === 6 ? 6 : 4 }, place, OPEN_GATE);
}
