// Accepts every connection and never says a word.
import { createServer } from 'node:net';
import { listen } from './listening.ts';

listen(
  createServer((socket) => {
    socket.on('error', () => {});
    // That a client is gone shows only to those who read.
    socket.resume();
  }),
);
