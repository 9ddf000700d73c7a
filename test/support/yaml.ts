import { readFileSync } from 'node:fs';
import { binaryTag, CORE_SCHEMA, load, loadAll, mergeTag } from 'js-yaml';

/** Reads a YAML file of the project, `<<` merged as Compose does. */
export function readYaml<T>(file: string): T {
  return load(readFileSync(file, 'utf8'), { schema: CORE_SCHEMA.withTags(mergeTag) }) as T;
}

/** Reads a file of several YAML documents. */
export function readYamlDocuments<T>(file: string): T[] {
  return loadAll(readFileSync(file, 'utf8')) as T[];
}

/** A text tag whose value is what stands there: an editor reads no bytes. */
const binaryAsText = { ...binaryTag, resolve: (text: string) => text };

/** Reads YAML as an editor does that checks it with a JSON Schema: YAML 1.2, `<<` merged. */
export function readAsEditor(text: string): unknown {
  return load(text, { schema: CORE_SCHEMA.withTags(mergeTag, binaryAsText) });
}
