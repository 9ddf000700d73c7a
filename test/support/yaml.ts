import { readFileSync } from 'node:fs';
import { CORE_SCHEMA, load, loadAll, mergeTag } from 'js-yaml';

/** Reads a YAML file of the project, `<<` merged as Compose does. */
export function readYaml<T>(file: string): T {
  return load(readFileSync(file, 'utf8'), { schema: CORE_SCHEMA.withTags(mergeTag) }) as T;
}

/** Reads a file of several YAML documents. */
export function readYamlDocuments<T>(file: string): T[] {
  return loadAll(readFileSync(file, 'utf8')) as T[];
}
