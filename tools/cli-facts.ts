import { DEBUG_VARIABLE } from '../src/app/environment.ts';
import { leavesOf, type Manual } from '../src/cli/manual.ts';

/** A name, and what it does, as a sentence or two. */
type Fact = readonly [name: string, meaning: string];

/** Variables of the environment that change what the program does. */
export const ENVIRONMENT: readonly Fact[] = [
  ['NO_COLOR', 'Anything but nothing: no colours, also on a terminal.'],
  ['TERM', '"dumb": no colours, and nothing is drawn; "linux": signs of ASCII only.'],
  [
    'LC_ALL, LC_CTYPE, LANG',
    'The first that is set says by "UTF-8" whether signs outside ASCII are shown; so they are where none is set.',
  ],
  [DEBUG_VARIABLE, '1: errors show where in the program they come from.'],
  [
    'HTTP_PROXY, HTTPS_PROXY, NO_PROXY',
    'The proxy of modules that say proxy_from_environment, also in lower case.',
  ],
  ['LISTEN_PID, LISTEN_FDS', 'Set by systemd, read with --web.systemd-socket.'],
  [
    'NODE_EXTRA_CA_CERTS',
    'A file of certificates that are trusted beside those of the system; read by Node.js.',
  ],
  [
    'UV_THREADPOOL_SIZE',
    'Threads for what would block, name lookups and file systems above all; 48 where it is not set.',
  ],
  ['Any other', 'With --config.expand-env, ${NAME} in values of the configuration stands for it.'],
];

/** Signals that `serve` takes. */
export const SIGNALS: readonly Fact[] = [
  [
    'SIGHUP',
    'Load the configuration again. One with a mistake changes nothing, and the log says what is wrong.',
  ],
  [
    'SIGTERM, SIGINT',
    'Answer what is being asked, for at most 10 seconds, and end. A second one ends at once.',
  ],
];

/** What the pages have sections for: the program, which is its default command too, and the commands that do something. */
export function sectionsOf(manual: Manual): { program: Manual; commands: readonly Manual[] } {
  const serve = manual.commands.find((command) => isDefault(command));
  const lines = new Set(manual.examples.map(({ line }) => line));
  const more = serve?.examples.filter(({ line }) => !lines.has(line)) ?? [];
  return {
    program: { ...manual, examples: [...manual.examples, ...more] },
    commands: leavesOf(manual.commands.filter((command) => !isDefault(command))),
  };
}

function isDefault({ words }: Manual): boolean {
  return words.join(' ') === 'serve';
}
