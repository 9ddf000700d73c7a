/** Calls back on the signals a service is sent. Returns what undoes it. */
export function onSignals(
  handlers: Partial<Record<'SIGHUP' | 'SIGINT' | 'SIGTERM', () => void>>,
): () => void {
  const entries = Object.entries(handlers) as [NodeJS.Signals, () => void][];
  for (const [signal, handler] of entries) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of entries) process.off(signal, handler);
  };
}
