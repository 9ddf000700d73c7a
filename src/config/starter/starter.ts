import { hostname } from 'node:os';
import { spaced } from '../../lib/printable.ts';
import { disksSection } from './disks.ts';
import { hostSection } from './host.ts';
import { portsSection } from './ports.ts';
import { renderStarter } from './render.ts';
import { unitsSection } from './units.ts';

/** How long a look at this host may take: a bus that does not answer, or thousands of programs. */
const LOOK_SECONDS = 3;

/** What the file is called where nobody says otherwise. */
const USUAL_FILE = 'healthcheck.yml';

/**
 * Looks at this host and writes a configuration that checks what is there. It reads what the kernel tells and asks
 * systemd; nobody is sent anything over a network. What cannot be looked at is said in a comment.
 *
 * @param file what the file is called, for the commands in its first lines.
 * @returns the text of the file, which loads as it is.
 */
export async function starterConfig(file = USUAL_FILE): Promise<string> {
  const tooLate = new AbortController();
  const timer = setTimeout(() => tooLate.abort(), LOOK_SECONDS * 1000);
  try {
    const sections = await Promise.all([
      hostSection(),
      disksSection(),
      unitsSection(tooLate.signal),
      portsSection(tooLate.signal),
    ]);
    return renderStarter({ found: `what this host, ${spaced(hostname())}, has`, file }, sections);
  } finally {
    clearTimeout(timer);
  }
}
