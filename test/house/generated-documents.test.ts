import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { GENERATED_DOCUMENTS } from '../../tools/generated-documents.ts';
import { ROOT } from './source-files.ts';

test.each(Object.entries(GENERATED_DOCUMENTS))(
  '%s says what is declared; if not, run "npm run docs"',
  (path, render) => {
    const file = join(ROOT, path);
    expect(existsSync(file) ? readFileSync(file, 'utf8') : '').toBe(render());
  },
);
