import { renderBoard } from './board.ts';
import { overviewBoard } from './overview.ts';
import { probeBoard } from './probe.ts';

/** Every dashboard that is shipped: the name of its file in `examples/grafana/dashboards/`, and its text. */
export function renderDashboards(): ReadonlyMap<string, string> {
  const boards = [overviewBoard(), probeBoard()];
  return new Map(boards.map((board) => [`${board.uid}.json`, renderBoard(board)]));
}
