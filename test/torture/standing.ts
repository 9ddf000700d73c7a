import { readdirSync, readFileSync } from 'node:fs';
import { inspectorUrl, openInspector } from '../bench/measure/inspector.ts';
import { descriptorsOf, memoryOf } from '../bench/measure/memory.ts';
import type { ExporterProcess } from '../support/exporter-process.ts';
import { parseExposition } from '../support/exposition.ts';
import { httpGet } from '../support/http-get.ts';

/** What an exporter holds while it probes nothing. */
export interface Standing {
  readonly descriptors: number;
  /** As `process.getActiveResourcesInfo` of the exporter counts them, by type; the scrape that asks is among them. */
  readonly handles: Readonly<Record<string, number>>;
  readonly threads: number;
  /** Child processes, dead ones that nobody has asked after included. */
  readonly children: number;
  /** Resident memory, and what of the heap is left after garbage collection, in megabytes of 10⁶ bytes. */
  readonly residentMb: number;
  readonly liveHeapMb: number;
}

/**
 * Looks at an exporter from outside and through its own metrics.
 *
 * @param exporter one that was started with an inspector.
 * @param quickCheck the name of a check that ends at once: a scrape of it is how handles are asked for.
 */
export async function standingOf(exporter: ExporterProcess, quickCheck: string): Promise<Standing> {
  const { pid } = exporter.process;
  const liveHeapMb = await liveHeapOf(exporter);
  const handles = await handlesOf(exporter, quickCheck);
  return {
    handles,
    liveHeapMb,
    descriptors: descriptorsOf(pid),
    threads: readdirSync(`/proc/${pid}/task`).length,
    children: childrenOf(pid),
    residentMb: memoryOf(pid).nowMb,
  };
}

/** Handles of all types. */
export function countOf(handles: Standing['handles']): number {
  return Object.values(handles).reduce((sum, count) => sum + count, 0);
}

/** As in `TCPSocketWrap 2, Timeout 5`. */
export function showHandles(handles: Standing['handles']): string {
  const entries = Object.entries(handles).sort(([a], [b]) => a.localeCompare(b));
  return entries.map(([type, count]) => `${type} ${count}`).join(', ');
}

/** What of the heap is left after garbage collection, in megabytes of 10⁶ bytes. */
export async function liveHeapOf(exporter: ExporterProcess): Promise<number> {
  using inspector = await openInspector(inspectorUrl(exporter.process.stderr()));
  return await inspector.liveHeapMb();
}

async function handlesOf({ url }: ExporterProcess, check: string): Promise<Standing['handles']> {
  const query = new URLSearchParams({ 'check[]': check });
  const { body } = await httpGet(`${url}/metrics?${query}`, { connection: 'close' });
  const all = parseExposition(body.toString()).all('nodejs_active_resources');
  return Object.fromEntries(all.map(({ labels, value }) => [labels.type ?? '', value]));
}

function childrenOf(pid: number): number {
  // Whichever of its threads started them.
  const threads = readdirSync(`/proc/${pid}/task`);
  const listed = threads.map((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8'),
  );
  return listed
    .join(' ')
    .split(' ')
    .filter((child) => child.trim() !== '').length;
}
