import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE, type ScalarEvent } from 'js-yaml';
import { show } from './explain.ts';
import { linesOf } from './lines.ts';
import type { Problem } from './problem.ts';
import { MAX_ENTRIES, MAX_VALUES } from './volume.ts';

/** Where one node of the document stands. There are millions of them in a large one: what is not needed is not there. */
export interface Place {
  readonly at: number;
  readonly keyAt: number;
  /** Of a mapping: what stands at each key. */
  readonly children: ReadonlyMap<string, Place> | undefined;
  /** Of a list. */
  readonly items: readonly Place[] | undefined;
}

/** The offset of what stands at a path; of the nearest ancestor where the path leads nowhere. */
export function offsetAt(
  root: Place,
  path: readonly PropertyKey[],
  part: 'key' | 'value' = 'value',
): number {
  let place = root;
  for (const key of path) {
    const child = place.items ? place.items[Number(key)] : place.children?.get(String(key));
    if (!child) return place.at;
    place = child;
  }
  return part === 'key' ? place.keyAt : place.at;
}

/** Finds the place of every node, and what is wrong with the text though it can be parsed. */
export function indexPlaces(
  text: string,
  events: readonly Event[],
): { root: Place; problems: Problem[] } {
  const walk = new Walk(text, events);
  try {
    return { root: walk.document(), problems: walk.problems };
  } catch (error) {
    if (!(error instanceof StoppedWalk)) throw error;
    return { root: NOWHERE, problems: walk.problems };
  }
}

// An escape that may be half of a pair.
const HALF = /\\(?:u|U0000)[dD][89a-fA-F]/;

const NOWHERE: Place = { at: 0, keyAt: 0, children: undefined, items: undefined };

class StoppedWalk extends Error {}

interface Node extends Place {
  children: ReadonlyMap<string, Place> | undefined;
  items: readonly Place[] | undefined;
  /** How many values it is, aliases written out. */
  size: number;
}

/** Goes through the parser's flat list of events once: places, double keys, and what aliases expand to. */
class Walk {
  readonly problems: Problem[] = [];
  readonly #text: string;
  readonly #events: readonly Event[];
  readonly #lines: ReturnType<typeof linesOf>;
  readonly #sizes = new Map<string, number | 'open'>();
  #position = 0;

  constructor(text: string, events: readonly Event[]) {
    this.#text = text;
    this.#events = events;
    this.#lines = linesOf(text);
  }

  document(): Place {
    const documents = this.#events.filter(({ type }) => type === EVENT_ID.DOCUMENT).length;
    if (documents === 0) return NOWHERE;
    this.#position = 1;
    const root = this.#node(0);
    if (documents > 1) {
      const second = this.#startOf(this.#events[this.#position + 2]) ?? 0;
      this.#refuse(second, 'expected one YAML document, here a second one begins');
    }
    // Without aliases there are no more values than events.
    if (root.size > Math.max(MAX_VALUES, this.#events.length)) {
      this.#refuse(0, `its aliases, written out, are more than ${MAX_VALUES} values`);
    }
    return root;
  }

  /** @param keyAt where the key of a value stands; absent for what has none: it is its own key. */
  #node(keyAt?: number, parentAt = 0): Node {
    const event = this.#events[this.#position++];
    const at = this.#startOf(event) ?? keyAt ?? parentAt;
    const anchor = this.#anchorOf(event);
    const node: Node = { at, keyAt: keyAt ?? at, children: undefined, items: undefined, size: 1 };
    if (event?.type === EVENT_ID.SCALAR) this.#refuseHalf(event, at);
    if (event?.type === EVENT_ID.ALIAS) node.size = this.#aliasSize(anchor, at);
    else if (anchor) this.#sizes.set(anchor, 'open');
    if (event?.type === EVENT_ID.SEQUENCE) this.#sequence(node);
    if (event?.type === EVENT_ID.MAPPING) this.#mapping(node);
    if (anchor && event?.type !== EVENT_ID.ALIAS) this.#sizes.set(anchor, node.size);
    return node;
  }

  #sequence(parent: Node): void {
    const items: Place[] = [];
    while (!this.#atEnd()) {
      const item = this.#node(undefined, parent.at);
      this.#stopBeyondLimit(items.length, item.at, 'list');
      items.push(item);
      parent.size += item.size;
    }
    this.#position++;
    parent.items = items;
  }

  #mapping(parent: Node): void {
    const children = new Map<string, Place>();
    while (!this.#atEnd()) {
      const event = this.#events[this.#position];
      const isText = event?.type === EVENT_ID.SCALAR;
      const name = isText ? getScalarValue(this.#text, event) : undefined;
      const key = this.#node(undefined, parent.at);
      if (event?.type === EVENT_ID.MAPPING || event?.type === EVENT_ID.SEQUENCE) {
        const message =
          'text that begins with "{" or "[" goes in quotes: a key can be no mapping and no list';
        this.#refuse(key.at, message);
      }
      this.#stopBeyondLimit(children.size, key.at, 'mapping');
      const value = this.#node(key.at);
      parent.size += key.size + value.size;
      if (name === undefined) continue;
      this.#refuseSecond(name, key.at, children.get(name));
      children.set(name, value);
    }
    this.#position++;
    if (children.size > 0) parent.children = children;
  }

  #refuseSecond(name: string, at: number, first: Place | undefined): void {
    if (!first || name === '<<') return;
    const { line } = this.#lines.placeOf(first.keyAt);
    this.#refuse(at, `the key ${show(name)} stands here twice, the first is on line ${line}`);
  }

  /** Two texts that differ in such a half only would be one in every answer: UTF-8 has no halves. */
  #refuseHalf(event: ScalarEvent, at: number): void {
    if (event.style !== SCALAR_STYLE.DOUBLE_QUOTED) return;
    if (!HALF.test(this.#text.slice(event.valueStart, event.valueEnd))) return;
    if (getScalarValue(this.#text, event).isWellFormed()) return;
    this.#refuse(at, 'half of a character: "\\uD800" to "\\uDFFF" stand in pairs only');
  }

  /** Ends the walk: what else there is to say of so many is not worth the memory. */
  #stopBeyondLimit(entries: number, at: number, what: 'list' | 'mapping'): void {
    if (entries < MAX_ENTRIES) return;
    this.#refuse(at, `a ${what} of more than ${MAX_ENTRIES} entries, here is one too many`);
    throw new StoppedWalk();
  }

  #aliasSize(name: string | undefined, at: number): number {
    const size = this.#sizes.get(name ?? '');
    if (size !== 'open') return size ?? 1;
    this.#refuse(at, 'this alias stands inside of what it names, and would never end');
    return 1;
  }

  #anchorOf(event: Event | undefined): string | undefined {
    if (!event || !('anchorStart' in event) || event.anchorStart < 0) return undefined;
    return this.#text.slice(event.anchorStart, event.anchorEnd);
  }

  #startOf(event: Event | undefined): number | undefined {
    return startOf(event, this.#text);
  }

  #atEnd(): boolean {
    const event = this.#events[this.#position];
    return event === undefined || event.type === EVENT_ID.POP;
  }

  #refuse(offset: number, message: string): void {
    this.problems.push({ offset, message });
  }
}

/** Where a node begins, its tag and anchor included; `undefined` for a value left empty. */
function startOf(event: Event | undefined, text: string): number | undefined {
  if (!event) return undefined;
  const tag = 'tagStart' in event ? event.tagStart : -1;
  // An anchor or alias is named after its sign.
  const anchor = 'anchorStart' in event && event.anchorStart > 0 ? event.anchorStart - 1 : -1;
  const own = startOfContent(event, text);
  return [tag, anchor, own].reduce<number | undefined>(
    (first, offset) => (offset < 0 || (first ?? offset) < offset ? first : offset),
    undefined,
  );
}

function startOfContent(event: Event, text: string): number {
  if (event.type === EVENT_ID.SCALAR) return startOfScalar(event, text);
  return 'start' in event ? event.start : -1;
}

// The sign of a block, what may follow it on its line, and lines left empty.
const BLOCK_SIGN = /[|>][-+\d]*(?:[ \t]+#.*)?\s*$/;

/** The parser gives the first character of the text: behind the quote, or below the sign of a block. */
function startOfScalar({ style, valueStart }: ScalarEvent, text: string): number {
  if (valueStart < 0 || style === SCALAR_STYLE.PLAIN) return valueStart;
  if (style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED) {
    return valueStart - 1;
  }
  const lineStart = text.lastIndexOf('\n', valueStart - 2) + 1;
  const sign = BLOCK_SIGN.exec(text.slice(lineStart, valueStart));
  return sign ? lineStart + sign.index : valueStart;
}
