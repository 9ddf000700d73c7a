import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';
import type { Question } from './bcrypt-thread.ts';

// The thread of bcrypt-thread.ts: one question at a time comes in, its answer goes out.
parentPort?.on('message', ({ password, hash }: Question) => {
  parentPort?.postMessage(compareSync(password, hash));
});
