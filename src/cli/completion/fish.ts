import type { FlagManual, Manual, ValueKind } from '../manual.ts';
import { allCommands, madeBy, operandKind, takesValue } from './declared.ts';

/** A script for fish. */
export function fishCompletion(manual: Manual): string {
  const commands = allCommands(manual);
  return `${madeBy(manual, 'fish')}
function __healthcheck_exporter_command --description 'The command that is named so far'
    set -l command
    for word in (commandline -opc)[2..]
        contains -- (string join -- ' ' $command $word) ${commands.slice(1).map(pathOf).join(' ')}; or break
        set -a command $word
    end
    echo "$command"
end
function __healthcheck_exporter_only --description 'Whether nothing but this command is there so far'
    set -l words (commandline -opc)[2..]
    test "$words" = "$argv"
end
complete -c ${manual.name} -f
${commands.flatMap((command) => linesOf(command, manual.name)).join('\n')}
`;
}

function pathOf({ words }: Manual): string {
  return quoted(words.join(' '));
}

function linesOf(manual: Manual, program: string): string[] {
  const begin = `complete -c ${program} -n`;
  const here = `${begin} ${quoted(`test (__healthcheck_exporter_command) = ${pathOf(manual)}`)}`;
  const alone = `${begin} ${quoted(`__healthcheck_exporter_only ${pathOf(manual)}`)}`;
  const commands = manual.commands.map(
    ({ words, summary }) => `${alone} -a ${quoted(words.at(-1) ?? '')} -d ${quoted(summary)}`,
  );
  const flags = manual.flagGroups.flatMap((group) =>
    group.flags.map((flag) => `${here} ${flagArguments(flag)}`),
  );
  const operands = offerOf(operandKind(manual));
  return [...commands, ...flags, ...(operands === '' ? [] : [`${here} ${operands}`])];
}

function flagArguments(flag: FlagManual): string {
  const { short, long, kind, meaning } = flag;
  const names = `${short === undefined ? '' : `-s ${short.slice(1)} `}-l ${long.slice(2)}`;
  const value = takesValue(flag) ? ` ${valueAfter(kind)}` : '';
  return `${names}${value} -d ${quoted(meaning)}`;
}

/** What stands after a flag: a file, or nothing but what is offered. */
function valueAfter(kind: ValueKind): string {
  return kind === 'file' ? '-r -F' : `-x ${offerOf(kind)}`.trimEnd();
}

/** The global `-f` keeps files away where none is meant. */
function offerOf(kind: ValueKind): string {
  if (kind === 'file') return '-F';
  if (kind === 'directory') return "-a '(__fish_complete_directories)'";
  return kind === 'other' || kind.length === 0 ? '' : `-a ${quoted(kind.join(' '))}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
}
