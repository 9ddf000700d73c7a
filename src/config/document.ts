import {
  CORE_SCHEMA,
  constructFromEvents,
  EVENT_ID,
  type Event,
  getScalarValue,
  mergeTag,
  parseEvents,
  YAMLException,
} from 'js-yaml';
import type { Problem } from './problem.ts';

/** A YAML document with the way back from every value to its place in the text. */
export interface YamlDocument {
  readonly value: unknown;
  /**
   * The offset of the value at `path`, or with `'key'` of its key; of the nearest ancestor where the path leads
   * nowhere (a missing key, the inside of an alias).
   */
  readonly offsetOf: (path: readonly PropertyKey[], part?: 'key' | 'value') => number;
}

/** Where one node of the document stands. */
interface Place {
  readonly at: number;
  readonly keyAt: number;
  readonly children: Map<string, Place>;
}

// A document may name things by alias, but not grow by them: a config of 20,000 checks has about 200,000 nodes.
const MAX_EXPANDED_NODES = 2_000_000;
const SCHEMA = CORE_SCHEMA.withTags(mergeTag);

/** Reads one YAML document. `problems` of the text itself (syntax, double keys, alias bombs) leave no document. */
export function parseDocument(
  text: string,
): { document: YamlDocument; problems: [] } | { document: undefined; problems: Problem[] } {
  try {
    const events = parseEvents(text, {});
    const { root, problems } = indexPlaces(text, events);
    if (problems.length > 0) return { document: undefined, problems };
    const [value] = constructFromEvents(events, { source: text, schema: SCHEMA });
    return { document: { value, offsetOf: (path, part) => find(root, path, part) }, problems: [] };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const offset = Math.min(error.mark?.position ?? 0, text.length);
    return {
      document: undefined,
      problems: [{ offset, message: `not valid YAML: ${error.reason}` }],
    };
  }
}

function find(root: Place, path: readonly PropertyKey[], part: 'key' | 'value' = 'value'): number {
  let place = root;
  for (const key of path) {
    const child = place.children.get(String(key));
    if (!child) return place.at;
    place = child;
  }
  return part === 'key' ? place.keyAt : place.at;
}

/** Walks the parser's flat list of events once: places, double keys, and what aliases expand to. */
function indexPlaces(text: string, events: readonly Event[]): { root: Place; problems: Problem[] } {
  const problems: Problem[] = [];
  const anchors = new Map<string, number | 'open'>();
  let position = 0;

  const node = (keyAt: number): { place: Place; size: number } => {
    const event = events[position++];
    const place: Place = { at: startOf(event) ?? keyAt, keyAt, children: new Map() };
    if (event?.type === EVENT_ID.ALIAS) return { place, size: sizeOfAlias(event) };
    const anchor = anchorOf(event);
    if (anchor) anchors.set(anchor, 'open');
    let size = 1;
    if (event?.type === EVENT_ID.SEQUENCE) size += sequence(place);
    if (event?.type === EVENT_ID.MAPPING) size += mapping(place);
    if (anchor) anchors.set(anchor, size);
    return { place, size };
  };

  const sequence = (parent: Place): number => {
    let size = 0;
    for (let index = 0; !atEnd(); index++) {
      const item = node(parent.at);
      parent.children.set(String(index), { ...item.place, keyAt: item.place.at });
      size += item.size;
    }
    position++;
    return size;
  };

  const mapping = (parent: Place): number => {
    let size = 0;
    while (!atEnd()) {
      const keyEvent = events[position];
      const keyAt = startOf(keyEvent) ?? parent.at;
      const isText = keyEvent?.type === EVENT_ID.SCALAR;
      const name = isText ? getScalarValue(text, keyEvent) : undefined;
      size += node(parent.at).size;
      const value = node(keyAt);
      size += value.size;
      if (name === undefined) continue;
      if (parent.children.has(name) && name !== '<<') {
        problems.push({
          offset: keyAt,
          message: `the key "${name}" stands here twice, once is expected`,
        });
      }
      parent.children.set(name, value.place);
    }
    position++;
    return size;
  };

  const sizeOfAlias = (event: Event & { anchorStart: number; anchorEnd: number }): number => {
    const size = anchors.get(text.slice(event.anchorStart, event.anchorEnd));
    if (size === 'open') {
      problems.push({
        offset: event.anchorStart,
        message: 'this alias stands inside of what it names',
      });
    }
    return typeof size === 'number' ? size : 1;
  };

  const atEnd = () => position >= events.length || events[position]?.type === EVENT_ID.POP;
  const anchorOf = (event: Event | undefined) =>
    event && 'anchorStart' in event && event.anchorStart >= 0
      ? text.slice(event.anchorStart, event.anchorEnd)
      : undefined;

  const documents = events.filter((event) => event.type === EVENT_ID.DOCUMENT).length;
  position = 1;
  const { place: root, size } =
    documents > 0 ? node(0) : { place: { at: 0, keyAt: 0, children: new Map() }, size: 0 };
  if (documents > 1) {
    problems.push({
      offset: startOf(events[position + 2]) ?? 0,
      message: 'expected one YAML document, got several',
    });
  }
  if (size > MAX_EXPANDED_NODES) {
    problems.push({
      offset: 0,
      message: `its aliases expand to more than ${MAX_EXPANDED_NODES} values`,
    });
  }
  return { root, problems };
}

/** Where a node begins, its tag and anchor included; `undefined` for a value left empty. */
function startOf(event: Event | undefined): number | undefined {
  if (!event) return undefined;
  const starts = [
    'tagStart' in event ? event.tagStart : -1,
    // An anchor or alias is named after its sign.
    'anchorStart' in event && event.anchorStart > 0 ? event.anchorStart - 1 : -1,
    'valueStart' in event ? event.valueStart : -1,
    'start' in event ? event.start : -1,
  ].filter((offset) => offset >= 0);
  return starts.length > 0 ? Math.min(...starts) : undefined;
}
