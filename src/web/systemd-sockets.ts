/** See sd_listen_fds(3): the descriptors follow standard error. */
const FIRST_DESCRIPTOR = 3;

/**
 * Takes out of an environment what systemd says there of the sockets that it passes, so that no child takes them for
 * its own.
 *
 * @param pid this process'.
 * @returns their descriptors, or a sentence that says why there are none.
 */
export function takeSystemdSockets(environment: NodeJS.ProcessEnv, pid: number): number[] | string {
  const { LISTEN_PID, LISTEN_FDS } = environment;
  for (const name of NAMES) delete environment[name];
  if (LISTEN_PID === undefined || LISTEN_FDS === undefined) {
    return 'no sockets were passed, LISTEN_PID and LISTEN_FDS are not both set; is it started by its .socket unit?';
  }
  if (LISTEN_PID !== String(pid)) {
    return `the sockets were passed to process ${JSON.stringify(LISTEN_PID)} (LISTEN_PID), this is ${pid}; a program that starts it must use exec`;
  }
  if (!/^[1-9]\d{0,3}$/.test(LISTEN_FDS)) {
    return `expected at least 1 socket, LISTEN_FDS is ${JSON.stringify(LISTEN_FDS)}`;
  }
  return Array.from({ length: Number(LISTEN_FDS) }, (_, index) => FIRST_DESCRIPTOR + index);
}

const NAMES = ['LISTEN_PID', 'LISTEN_PIDFDID', 'LISTEN_FDS', 'LISTEN_FDNAMES'];
