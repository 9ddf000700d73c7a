/** How many TCP sockets this process has open, both ends of a connection to itself included. */
export function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}
