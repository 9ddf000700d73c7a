import { mkdirSync, writeFileSync } from 'node:fs';
import { GENERATED_DOCUMENTS } from './generated-documents.ts';

for (const [path, render] of Object.entries(GENERATED_DOCUMENTS)) {
  const file = new URL(`../${path}`, import.meta.url);
  mkdirSync(new URL('.', file), { recursive: true });
  writeFileSync(file, render());
}
