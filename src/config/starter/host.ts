import { HOST_ROOTS, type HostRoots, readProc } from '../../probers/shared/host.ts';
import { type Section, whyNot } from './section.ts';

/** Memory and CPU. */
export async function hostSection(roots: HostRoots = HOST_ROOTS): Promise<Section> {
  const remarks = await readProc(roots, 'stat').then(
    () => [],
    (error) => [whyNot(error)],
  );
  const isUncertain = remarks.length > 0;
  return {
    title: 'This host',
    intro:
      'Limits in percent of the whole. The alert rules read the limits from the metrics: they are written here only.',
    suggestions: [
      {
        check: { name: 'Memory', prober: 'memory', memory: { max_used_percent: 90 } },
        isUncertain,
      },
      { check: { name: 'CPU', prober: 'cpu', cpu: { max_used_percent: 90 } }, isUncertain },
    ],
    remarks,
  };
}
