const COMMENT = /\{\{-?\s*\/\*.*?\*\/\s*-?\}\}/gs;
const STRING = /"(?<quoted>(?:[^"\\]|\\.)*)"|`(?<raw>[^`]*)`/g;
const ACTION = /\{\{(?<action>(?:"(?:[^"\\]|\\.)*"|`[^`]*`|(?!\}\}).)*)\}\}/gs;
/** Of a variable, of `.Labels`, or of the dot itself. */
const FIELD = /(?:\$\w+|\bLabels|(?<![\w.)]))\.(?<name>[a-z_]\w*)/g;

/**
 * The labels that a Go template of Prometheus or Alertmanager names, wherever the labels are at hand: `$labels.check`,
 * `.Labels.check`, `.check` where the dot is the labels, `label "check"`. Fields that are no labels begin with a capital
 * letter, as Go's do.
 */
export function labelsOfTemplate(template: string): string[] {
  return actionsOf(template).flatMap((action) => [
    ...namesIn(action, /\blabel "(?<name>\w+)"/g),
    ...namesIn(action.replaceAll(STRING, '""'), FIELD),
  ]);
}

/** The queries in a Go template: its strings that hold a selector, with something for what is printed into them. */
export function queriesOfTemplate(template: string): string[] {
  return actionsOf(template)
    .flatMap((action) => [...action.matchAll(STRING)])
    .map(({ groups }) => groups?.quoted ?? groups?.raw ?? '')
    .filter((text) => /\w\{/.test(text))
    .map((text) => text.replaceAll('%q', '"x"'));
}

function actionsOf(template: string): string[] {
  return [...template.replaceAll(COMMENT, '').matchAll(ACTION)].map(
    ({ groups }) => groups?.action ?? '',
  );
}

function namesIn(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(({ groups }) => groups?.name ?? '');
}
