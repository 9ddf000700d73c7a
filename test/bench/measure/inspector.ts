import type { CpuProfile } from './profile.ts';

/** Talks to the inspector of another Node.js process. */
export interface Inspector extends Disposable {
  readonly startProfile: () => Promise<void>;
  readonly stopProfile: () => Promise<CpuProfile>;
  /** What the heap of JavaScript holds when everything that nobody needs is gone, in megabytes of 10⁶ bytes. */
  readonly liveHeapMb: () => Promise<number>;
}

/** Often enough for a scrape of a few hundred milliseconds. */
const SAMPLING_MICROSECONDS = 200;

/** In the environment of a process that is to have one. */
export const WITH_INSPECTOR = { NODE_OPTIONS: '--inspect=127.0.0.1:0' };

/** @returns where the inspector of a process is, from what it said on standard error. @throws where it has none. */
export function inspectorUrl(stderr: string): string {
  const url = /Debugger listening on (?<url>ws:\S+)/.exec(stderr)?.groups?.url;
  if (url === undefined) throw new Error('the exporter said nothing of its inspector');
  return url;
}

/** @param url what the process said: `ws://127.0.0.1:…`. */
export async function openInspector(url: string): Promise<Inspector> {
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', () => reject(new Error(`${url} does not answer`)), {
      once: true,
    });
  });
  let lastId = 0;
  const call = (method: string, params: object = {}) =>
    new Promise<unknown>((resolve, reject) => {
      const id = ++lastId;
      const read = ({ data }: { data: unknown }) => {
        const message = JSON.parse(String(data));
        if (message.id !== id) return;
        socket.removeEventListener('message', read);
        if (message.error) reject(new Error(`${method}: ${message.error.message}`));
        else resolve(message.result);
      };
      socket.addEventListener('message', read);
      socket.addEventListener('close', () => reject(new Error(`${method}: it hung up`)), {
        once: true,
      });
      socket.send(JSON.stringify({ id, method, params }));
    });
  return {
    startProfile: async () => {
      await call('Profiler.enable');
      await call('Profiler.setSamplingInterval', { interval: SAMPLING_MICROSECONDS });
      await call('Profiler.start');
    },
    stopProfile: async () => {
      const { profile } = (await call('Profiler.stop')) as { profile: CpuProfile };
      return profile;
    },
    liveHeapMb: async () => {
      // What finalizers let go of goes with the second one.
      for (let time = 0; time < 2; time++) await call('HeapProfiler.collectGarbage');
      const { usedSize } = (await call('Runtime.getHeapUsage')) as { usedSize: number };
      return usedSize / 1e6;
    },
    [Symbol.dispose]: () => socket.close(),
  };
}
