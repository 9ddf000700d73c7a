/** Paths that the exporter itself answers. The metrics, whose path a flag chooses, would hide what stands there. */
const RESERVED = ['/probe', '/sd', '/logs', '/config'];
/** All that is below these is its own as well. */
const RESERVED_TREES = ['/api', '/-'];

/** Whether something else than the metrics is at this path, as routes compare paths: without case and final slash. */
export function isReservedPath(path: string): boolean {
  const plain = path.toLowerCase().replace(/\/+$/, '');
  return (
    RESERVED.includes(plain) ||
    RESERVED_TREES.some((tree) => plain === tree || plain.startsWith(`${tree}/`))
  );
}
