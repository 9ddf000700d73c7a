import { readFileSync } from 'node:fs';
import { binaryTag, CORE_SCHEMA, load, loadAll, mergeTag } from 'js-yaml';

/** A tag whose value is the text that stands there: nobody here needs the bytes. */
const binaryAsText = { ...binaryTag, resolve: (text: string) => text };
const AS_EDITORS_READ = CORE_SCHEMA.withTags(mergeTag, binaryAsText);

/** Reads YAML as an editor does that checks it with a JSON Schema: YAML 1.2, `<<` merged. */
export function readAsEditor(text: string): unknown {
  const saysSomething = /^\s*[^\s#]/m.test(text);
  return load(saysSomething ? text : 'null', { schema: AS_EDITORS_READ });
}

/** Reads a YAML file of the project, `<<` merged as Compose does; of one with several documents, the first. */
export function readYaml<T>(file: string): T {
  return loadAll(readFileSync(file, 'utf8'), { schema: AS_EDITORS_READ })[0] as T;
}

/** Reads a file of several YAML documents. */
export function readYamlDocuments<T>(file: string): T[] {
  return loadAll(readFileSync(file, 'utf8')) as T[];
}
