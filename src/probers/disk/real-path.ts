import { dirname, isAbsolute, join } from 'node:path';

/** As many as Linux follows. */
const MAX_LINKS = 40;

/**
 * Follows the symbolic links of a path, as realpath(3) does, but one component after the other: so it is known which
 * filesystem is asked before it is, and which one hangs.
 *
 * @param readLink resolves with what a link says, or `undefined` where the path is no link. Its path has none in it
 *   but, perhaps, at its end.
 * @throws what `readLink` throws; `ELOOP` where there are too many links.
 */
export async function followLinks(
  path: string,
  readLink: (path: string) => Promise<string | undefined>,
): Promise<string> {
  const ahead = path.split('/').reverse();
  let real = '/';
  let links = 0;
  for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
    if (name === '' || name === '.') continue;
    if (name === '..') {
      real = dirname(real);
      continue;
    }
    const next = join(real, name);
    const link = await readLink(next);
    if (link === undefined) {
      real = next;
      continue;
    }
    links++;
    if (links > MAX_LINKS) throw tooManyLinks(path);
    if (isAbsolute(link)) real = '/';
    ahead.push(...link.split('/').reverse());
  }
  return real;
}

function tooManyLinks(path: string): Error {
  return Object.assign(new Error(`ELOOP: too many symbolic links, '${path}'`), { code: 'ELOOP' });
}
