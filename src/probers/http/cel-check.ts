import type { CelEnv, parse } from '@bufbuild/cel';

/** A parsed CEL expression, or a part of one. */
export type CelExpr = ReturnType<typeof parse>['expr'];

type Functions = CelEnv['funcs'];

/**
 * Finds what can be known to be wrong before there is a body: names and functions that do not exist, and a result
 * that is plainly neither true nor false. The library itself says so only when it evaluates.
 */
export function celProblem(root: CelExpr, functions: Functions): string | undefined {
  for (const { exprKind } of subexpressions(root)) {
    if (exprKind.case !== 'callExpr') continue;
    const { function: name } = exprKind.value;
    if (!OPERATORS.has(name) && !functions.find(name)) return `there is no function "${name}"`;
  }
  const unknown = unknownName(root, KNOWN_NAMES);
  if (unknown !== undefined) return `"${unknown}" is not known, expected "body"`;
  return canBeBoolean(root, functions) ? undefined : 'it gives neither true nor false';
}

/** An expression and everything in it, the outermost first. */
export function* subexpressions(root: CelExpr): Generator<CelExpr> {
  yield root;
  for (const part of parts(root)) yield* subexpressions(part);
}

// Those that the evaluator knows by itself.
const OPERATORS: ReadonlySet<string> = new Set([
  '_&&_',
  '_||_',
  '_?_:_',
  '_[_]',
  '@not_strictly_false',
]);

const KNOWN_NAMES: ReadonlySet<string> = new Set([
  'body',
  // Types are values too.
  ...['int', 'uint', 'double', 'bool', 'string', 'bytes', 'list', 'map', 'null_type', 'type'],
  'google',
]);

function parts({ exprKind }: CelExpr): CelExpr[] {
  switch (exprKind.case) {
    case 'selectExpr':
      return present(exprKind.value.operand);
    case 'callExpr':
      return present(exprKind.value.target, ...exprKind.value.args);
    case 'listExpr':
      return exprKind.value.elements;
    case 'structExpr':
      return exprKind.value.entries.flatMap(({ keyKind, value }) =>
        present(keyKind.case === 'mapKey' ? keyKind.value : undefined, value),
      );
    case 'comprehensionExpr': {
      const { iterRange, accuInit, loopCondition, loopStep, result } = exprKind.value;
      return present(iterRange, accuInit, loopCondition, loopStep, result);
    }
    default:
      return [];
  }
}

function present(...exprs: (CelExpr | undefined)[]): CelExpr[] {
  return exprs.filter((expr) => expr !== undefined);
}

function unknownName(expr: CelExpr, known: ReadonlySet<string>): string | undefined {
  const { exprKind } = expr;
  if (exprKind.case === 'identExpr') {
    const name = exprKind.value.name.replace(/^\./, '');
    return known.has(name) ? undefined : name;
  }
  let inside = known;
  if (exprKind.case === 'comprehensionExpr') {
    const { iterVar, iterVar2, accuVar } = exprKind.value;
    inside = new Set([...known, iterVar, iterVar2, accuVar]);
  }
  for (const part of parts(expr)) {
    const unknown = unknownName(part, inside);
    if (unknown !== undefined) return unknown;
  }
  return undefined;
}

function canBeBoolean({ exprKind }: CelExpr, functions: Functions): boolean {
  switch (exprKind.case) {
    case 'constExpr':
      return exprKind.value.constantKind.case === 'boolValue';
    case 'listExpr':
    case 'structExpr':
      return false;
    case 'callExpr': {
      const { function: name, args } = exprKind.value;
      if (name === '_?_:_') return args.slice(1).some((branch) => canBeBoolean(branch, functions));
      const overloads = [...(functions.find(name) ?? [])];
      return OPERATORS.has(name) || overloads.some(({ result }) => isMaybeBoolean(result.name));
    }
    case 'comprehensionExpr': {
      const { accuInit, accuVar, result } = exprKind.value;
      const isAccumulator =
        result?.exprKind.case === 'identExpr' && result.exprKind.value.name === accuVar;
      const outcome = isAccumulator ? accuInit : result;
      return outcome === undefined || canBeBoolean(outcome, functions);
    }
    default:
      return true;
  }
}

function isMaybeBoolean(type: string): boolean {
  return type === 'bool' || type === 'dyn';
}
