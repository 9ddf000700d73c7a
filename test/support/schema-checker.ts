import { Ajv } from 'ajv';
import type { JsonSchema } from '../../src/probers/shared/schema-hints.ts';
import { readAsEditor } from './yaml.ts';

/** What an editor says of a YAML text by a JSON Schema; nothing where all is well. */
export function schemaChecker(schema: JsonSchema): (text: string) => string {
  const ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false, allErrors: true });
  // What only editors know.
  ajv.addKeyword('patternErrorMessage');
  const validate = ajv.compile(schema);
  return (text) => {
    let value: unknown;
    try {
      value = readAsEditor(text);
    } catch (error) {
      return String(error);
    }
    return validate(value) ? '' : ajv.errorsText(validate.errors);
  };
}
