import type { FlagManual, Manual, ValueKind } from '../manual.ts';
import { allCommands, madeBy, operandKind, takesValue } from './declared.ts';

/** A script for zsh, to be sourced or to be put into a directory of `fpath`. */
export function zshCompletion(manual: Manual): string {
  const name = functionOf(manual);
  return `#compdef ${manual.name}
${madeBy(manual, 'zsh')}
${allCommands(manual).map(functionFor).join('\n')}
if [[ $funcstack[1] == ${name} ]]; then
  ${name} "$@"
else
  compdef ${name} ${manual.name}
fi
`;
}

function functionOf({ name }: Manual): string {
  return `_${name.replaceAll(' ', '_')}`;
}

function functionFor(manual: Manual): string {
  const { commands, flagGroups } = manual;
  const specs = flagGroups.flatMap(({ flags }) => flags.flatMap(flagSpecs));
  const operands = operandKind(manual);
  if (operands.length > 0) specs.push(quoted(`*:${manual.operands[0]?.term}:${action(operands)}`));
  return `${functionOf(manual)}() {
${commands.length > 0 ? dispatch(commands) : ''}  _arguments -S \\
    ${specs.join(' \\\n    ')}
}`;
}

/** Hands over to the function of the command that is named; where none is yet, all are offered. */
function dispatch(commands: readonly Manual[]): string {
  const known = commands.map((command) => {
    return `    ${command.words.at(-1)}) shift words; ((CURRENT--)); ${functionOf(command)}; return ;;`;
  });
  const offered = commands.map(({ words, summary }) =>
    quoted(`${words.at(-1)}:${summary.replaceAll(':', '\\:')}`),
  );
  return `  if ((CURRENT > 2)); then
    case $words[2] in
${known.map((line) => `  ${line}`).join('\n')}
    esac
  elif [[ $words[CURRENT] != -* ]]; then
    local -a commands=(
      ${offered.join('\n      ')}
    )
    _describe -t commands command commands
    return
  fi
`;
}

function flagSpecs(flag: FlagManual): string[] {
  const { short, long, placeholder = '', kind, meaning } = flag;
  const text = `[${meaning.replaceAll(/[\\[\]]/g, '\\$&')}]`;
  const spec = takesValue(flag)
    ? `*${long}=${text}:${placeholder.replaceAll(':', '\\:')}:${action(kind)}`
    : `*${long}${text}`;
  return [...(short === undefined ? [] : [quoted(`${short}${text}`)]), quoted(spec)];
}

function action(kind: ValueKind): string {
  if (kind === 'file') return '_files';
  if (kind === 'directory') return '_directories';
  return kind === 'other' ? ' ' : `(${kind.join(' ')})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
