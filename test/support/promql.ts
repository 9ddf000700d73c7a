import type { SyntaxNodeRef } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

/** What an expression asks for, and by which labels. */
export interface PromqlUse {
  readonly selectors: readonly { readonly metric: string; readonly labels: readonly string[] }[];
  /** Those after by, without, on, ignoring, group_left and group_right. */
  readonly groupingLabels: readonly string[];
  /** Those among them after without: no series of the answer has them. */
  readonly removedLabels: readonly string[];
}

/**
 * Reads an expression with the grammar of Prometheus' own editor.
 *
 * @throws where it is no PromQL; the message shows the text from the first error on.
 */
export function readPromql(expression: string): PromqlUse {
  const selectors: { metric: string; labels: string[] }[] = [];
  const groupingLabels: string[] = [];
  const removedLabels: string[] = [];
  const textOf = ({ from, to }: { from: number; to: number }) => expression.slice(from, to);
  parser.parse(expression).iterate({
    enter: (node) => {
      if (node.type.isError) throw new Error(`no PromQL at "${expression.slice(node.from)}"`);
      if (node.name === 'VectorSelector') {
        const identifier = node.node.getChild('Identifier');
        selectors.push({ metric: identifier ? textOf(identifier) : '', labels: [] });
      } else if (node.name === 'LabelName') {
        (isGrouping(node) ? groupingLabels : selectors.at(-1)?.labels)?.push(textOf(node));
        if (isAfterWithout(node)) removedLabels.push(textOf(node));
      }
    },
  });
  return { selectors, groupingLabels, removedLabels };
}

function isGrouping(node: SyntaxNodeRef): boolean {
  return node.node.parent?.name === 'GroupingLabels';
}

function isAfterWithout(node: SyntaxNodeRef): boolean {
  return Boolean(isGrouping(node) && node.node.parent?.parent?.getChild('Without'));
}
