import { startChild } from './child.ts';
import { realPart } from './real-part.ts';

export const hasNodeExporter = realPart('node_exporter', ['prometheus-node-exporter']);

/** A real node_exporter that reads text files of one directory, and nothing else. */
export interface NodeExporter extends AsyncDisposable {
  readonly port: number;
  readonly metrics: () => Promise<string>;
}

export async function startNodeExporter(directory: string): Promise<NodeExporter> {
  await using stack = new AsyncDisposableStack();
  const child = stack.use(
    startChild('prometheus-node-exporter', [
      '--collector.disable-defaults',
      '--collector.textfile',
      `--collector.textfile.directory=${directory}`,
      '--web.listen-address=127.0.0.1:0',
    ]),
  );
  const { groups } = await child.says(/listening on.*address=127\.0\.0\.1:(?<port>\d+)/i);
  const port = Number(groups?.port);
  const started = stack.move();
  return {
    port,
    metrics: async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text(),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}
