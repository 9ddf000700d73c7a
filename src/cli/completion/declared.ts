import type { FlagManual, Manual, ValueKind } from '../manual.ts';

/** A command and all below it. */
export function allCommands(manual: Manual): Manual[] {
  return [manual, ...manual.commands.flatMap(allCommands)];
}

/** All flags of a command, as they are typed. */
export function flagWords({ flagGroups }: Manual): string[] {
  return flagGroups.flatMap(({ flags }) => flags.map(({ long }) => long));
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
