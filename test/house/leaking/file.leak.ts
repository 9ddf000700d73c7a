import { openSync } from 'node:fs';
import { test } from 'vitest';

test('keeps a file open', () => {
  openSync(import.meta.filename, 'r');
});
