import { once } from 'node:events';
import { createServer } from 'node:net';

// usage: listen-at.ts TITLE ADDRESS PORT GREETING [ADDRESS PORT GREETING …]
// Listens as a program of that title, greets whoever connects, and answers every request with 404, as HTTP has it.
const [title = '', ...rest] = process.argv.slice(2);
process.title = title;
while (rest.length > 0) {
  const [host = '', port = '', greeting = ''] = rest.splice(0, 3);
  const server = createServer((socket) => {
    socket.on('error', () => {});
    if (greeting !== '') socket.write(`${greeting}\r\n`);
    socket.once('data', () => {
      socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    });
  });
  server.listen({ host, port: Number(port), ipv6Only: true });
  await once(server, 'listening');
}
process.stderr.write('ready\n');
