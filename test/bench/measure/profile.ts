/** As much of a CPU profile as is read here: what `Profiler.stop` of the inspector gives. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[];
  }[];
  /** The node that was on top, per sample. */
  readonly samples: readonly number[];
  /** Before each sample, in microseconds. */
  readonly timeDeltas: readonly number[];
}

const IDLE = '(idle)';
const GARBAGE = '(garbage collector)';

/**
 * Which part of the time in which the thread was busy went to stacks that have a frame of such a file. Garbage is
 * collected for whoever ran before.
 *
 * @returns from 0 to 1; 0 where the thread was never busy.
 */
export function shareOf(profile: CpuProfile, isOfFile: (url: string) => boolean): number {
  const parents = new Map(
    profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)),
  );
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const known = new Map<number, boolean>();
  const belongs = (id: number): boolean => {
    let answer = known.get(id);
    if (answer === undefined) {
      const parent = parents.get(id);
      answer = isOfFile(frames.get(id)?.url ?? '') || (parent !== undefined && belongs(parent));
      known.set(id, answer);
    }
    return answer;
  };

  let busy = 0;
  let belonging = 0;
  let lastBelonged = false;
  profile.samples.forEach((id, index) => {
    const name = frames.get(id)?.functionName;
    if (name === IDLE) return;
    if (name !== GARBAGE) lastBelonged = belongs(id);
    const time = profile.timeDeltas[index] ?? 0;
    busy += time;
    if (lastBelonged) belonging += time;
  });
  return busy === 0 ? 0 : belonging / busy;
}
