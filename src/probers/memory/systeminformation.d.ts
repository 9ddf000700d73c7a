/** The package declares its types for the whole of it only. */
declare module 'systeminformation/lib/memory.js' {
  /** Memory and swap of the host, in bytes. */
  export function mem(): Promise<{
    readonly total: number;
    readonly available: number;
    readonly swaptotal: number;
    readonly swapfree: number;
  }>;
}
