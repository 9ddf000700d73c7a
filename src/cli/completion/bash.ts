import type { Manual, ValueKind } from '../manual.ts';
import { allCommands, flagWords, madeBy, operandKind, takesValue } from './declared.ts';

/** A script for bash, from 3.2 on, that needs nothing beside it. */
export function bashCompletion(manual: Manual): string {
  const below = allCommands(manual).slice(1);
  return `${madeBy(manual, 'bash')}
_healthcheck_exporter() {
  COMPREPLY=()
  local word=\${COMP_WORDS[COMP_CWORD]} flag=\${COMP_WORDS[COMP_CWORD - 1]}
  # To bash, "=" is a word of its own.
  if [[ $word == '=' ]]; then
    word=
  elif [[ $flag == '=' ]]; then
    flag=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  local command= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$command \${COMP_WORDS[i]}" in
      ${below.map(pathOf).join(' | ')}) command="$command \${COMP_WORDS[i]}" ;;
      *) break ;;
    esac
  done
  case "$command" in
${allCommands(manual).map(commandCase).join('\n')}
  esac
}
complete -F _healthcheck_exporter ${manual.name}
`;
}

function pathOf({ words }: Manual): string {
  return `'${words.map((word) => ` ${word}`).join('')}'`;
}

function commandCase(manual: Manual): string {
  const names = manual.commands.map(({ words }) => words.at(-1) ?? '');
  const kind = operandKind(manual);
  // Where nothing else can stand, flags are shown without a dash to begin with.
  const dash = names.length === 0 && kind.length === 0 ? '-* || -z $word' : '-*';
  const values = manual.flagGroups.flatMap(({ flags }) => flags.filter(takesValue));
  const cases = [
    'case $flag in',
    ...values.map(({ long, kind }) => `  ${long}) ${offer(kind)}; return ;;`),
    'esac',
    `if [[ $word == ${dash} ]]; then`,
    `  ${offer(flagWords(manual))}`,
  ];
  if (names.length > 0) cases.push('elif ((i == COMP_CWORD)); then', `  ${offer(names)}`);
  else if (kind.length > 0) cases.push('else', `  ${offer(kind)}`);
  const lines = [...cases, 'fi', ';;'].map((line) => `      ${line}`);
  return [`    ${pathOf(manual)})`, ...lines].join('\n');
}

function offer(kind: ValueKind): string {
  if (kind === 'file' || kind === 'directory') {
    const action = kind === 'file' ? '-f' : '-d';
    // The names of files may hold spaces, and what a shell takes for a pattern.
    return `compopt -o filenames 2>/dev/null; while IFS= read -r i; do COMPREPLY+=("$i"); done < <(compgen ${action} -- "$word")`;
  }
  if (kind === 'other') return 'COMPREPLY=()';
  return `COMPREPLY=($(compgen -W '${kind.join(' ')}' -- "$word"))`;
}
