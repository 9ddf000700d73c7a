import type { Socket } from 'node:net';

/**
 * A peer that speaks IRC: it looks up who is there, asks a question, and says its last line to who answers it.
 * @param welcome that line, of the nickname it was told.
 */
export function ircServer(welcome: (nick: string) => string): (socket: Socket) => void {
  return (socket) => {
    socket.write(':irc.example NOTICE AUTH :*** Looking up your hostname...\r\n');
    let heard = '';
    socket.on('data', (chunk) => {
      const before = heard;
      heard += chunk;
      const [, nick] = /^NICK (\w+)\nUSER \w+ \w+ \w+ :\w+\n/.exec(heard) ?? [];
      if (!nick) return;
      if (!before.includes('USER')) socket.write('PING :1234\r\n');
      if (heard.endsWith('PONG 1234\n')) socket.end(welcome(nick));
    });
  };
}
