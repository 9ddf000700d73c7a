import type { FlagManual, Manual, ValueKind } from '../manual.ts';

/** A command and all below it. */
export function allCommands(manual: Manual): Manual[] {
  return [manual, ...manual.commands.flatMap(allCommands)];
}

/** All flags of a command, as they are typed. */
export function flagWords({ flagGroups }: Manual): string[] {
  return flagGroups.flatMap(({ flags }) => flags.map(({ long }) => long));
}

/** The flags of all commands that take a value, each once: a flag means the same wherever it is. */
export function flagsWithValues(manual: Manual): FlagManual[] {
  const flags = allCommands(manual).flatMap(({ flagGroups }) =>
    flagGroups.flatMap((group) => group.flags),
  );
  const taking = flags.filter(takesValue);
  return [...new Map(taking.map((flag) => [flag.long, flag])).values()];
}

/** Whether the word after a flag is its value, always. */
export function takesValue({ placeholder }: FlagManual): boolean {
  return placeholder?.startsWith('<') ?? false;
}

/** What the operands of a command can be. */
export function operandKind({ operands }: Manual): ValueKind {
  return operands[0]?.kind ?? [];
}

/** Says in a script who made it. */
export function madeBy(manual: Manual, shell: string): string {
  return `# Made by "${manual.name} completion ${shell}".`;
}
