// Answers every query over UDP with one address.
import { createSocket } from 'node:dgram';
import { AUTHORITATIVE_ANSWER, decode, encode } from 'dns-packet';
import { sayPort } from './listening.ts';

const socket = createSocket('udp4');
socket.on('message', (bytes, { address, port }) => {
  const { id, questions = [] } = decode(bytes);
  const answers = questions.map(({ name }) => ({
    name,
    type: 'A' as const,
    ttl: 3600,
    data: '192.0.2.1',
  }));
  const reply = encode({
    type: 'response',
    id: id ?? 0,
    flags: AUTHORITATIVE_ANSWER,
    questions,
    answers,
  });
  socket.send(reply, port, address);
});
socket.bind(0, '127.0.0.1', () => sayPort(socket.address().port));
