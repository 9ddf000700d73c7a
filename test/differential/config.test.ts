import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';
import { MODULE_FILES } from '../support/module-files.ts';
import { hasOracle, oracleAccepts } from './support/oracle.ts';
import { REFUSED_HERE } from './support/refused-here.ts';

describe.skipIf(!hasOracle)('blackbox_exporter and we, reading a modules file,', () => {
  test.each(MODULE_FILES)('agree on %s', async (_title, text, accepted) => {
    expect([await oracleAccepts(text), weAccept(text)]).toEqual([accepted, accepted]);
  });

  test.each(REFUSED_HERE)('differ (%s) on %s', async (_id, _title, text) => {
    expect([await oracleAccepts(text), weAccept(text)]).toEqual([true, false]);
  });
});

function weAccept(text: string): boolean {
  try {
    parseConfig({ file: 'blackbox.yml', text });
    return true;
  } catch {
    return false;
  }
}
