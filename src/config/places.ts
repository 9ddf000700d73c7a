import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE, type ScalarEvent } from 'js-yaml';
import { show } from './explain.ts';
import { linesOf } from './lines.ts';
import type { Problem } from './problem.ts';

/** Where one node of the document stands. */
export interface Place {
  readonly at: number;
  readonly keyAt: number;
  readonly children: Map<string, Place>;
}

// A document may name things by alias, but not grow by them: a config of 20,000 checks has about 200,000 nodes.
const MAX_EXPANDED_NODES = 2_000_000;

/** The offset of what stands at a path; of the nearest ancestor where the path leads nowhere. */
export function offsetAt(
  root: Place,
  path: readonly PropertyKey[],
  part: 'key' | 'value' = 'value',
): number {
  let place = root;
  for (const key of path) {
    const child = place.children.get(String(key));
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
  return { root: walk.document(), problems: walk.problems };
}

interface Node {
  readonly place: Place;
  /** How many values it is, aliases written out. */
  readonly size: number;
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
    if (documents === 0) return { at: 0, keyAt: 0, children: new Map() };
    this.#position = 1;
    const { place, size } = this.#node(0);
    if (documents > 1) {
      const second = this.#startOf(this.#events[this.#position + 2]) ?? 0;
      this.#refuse(second, 'expected one YAML document, here a second one begins');
    }
    // Without aliases there are no more values than events.
    if (size > Math.max(MAX_EXPANDED_NODES, this.#events.length)) {
      this.#refuse(0, `its aliases, written out, are more than ${MAX_EXPANDED_NODES} values`);
    }
    return place;
  }

  #node(keyAt: number): Node {
    const event = this.#events[this.#position++];
    const place: Place = { at: this.#startOf(event) ?? keyAt, keyAt, children: new Map() };
    const anchor = this.#anchorOf(event);
    if (event?.type === EVENT_ID.ALIAS) return { place, size: this.#aliasSize(anchor, place.at) };
    if (anchor) this.#sizes.set(anchor, 'open');
    let size = 1;
    if (event?.type === EVENT_ID.SEQUENCE) size += this.#sequence(place);
    if (event?.type === EVENT_ID.MAPPING) size += this.#mapping(place);
    if (anchor) this.#sizes.set(anchor, size);
    return { place, size };
  }

  #sequence(parent: Place): number {
    let size = 0;
    for (let index = 0; !this.#atEnd(); index++) {
      const item = this.#node(parent.at);
      parent.children.set(String(index), { ...item.place, keyAt: item.place.at });
      size += item.size;
    }
    this.#position++;
    return size;
  }

  #mapping(parent: Place): number {
    let size = 0;
    while (!this.#atEnd()) {
      const event = this.#events[this.#position];
      const isText = event?.type === EVENT_ID.SCALAR;
      const name = isText ? getScalarValue(this.#text, event) : undefined;
      const key = this.#node(parent.at);
      if (event?.type === EVENT_ID.MAPPING || event?.type === EVENT_ID.SEQUENCE) {
        const message = 'a key is text; where it begins with "{" or "[", it goes in quotes';
        this.#refuse(key.place.at, message);
      }
      const value = this.#node(key.place.at);
      size += key.size + value.size;
      if (name === undefined) continue;
      this.#refuseSecond(name, key.place.at, parent);
      parent.children.set(name, value.place);
    }
    this.#position++;
    return size;
  }

  #refuseSecond(name: string, at: number, parent: Place): void {
    const first = parent.children.get(name);
    if (!first || name === '<<') return;
    const { line } = this.#lines.placeOf(first.keyAt);
    this.#refuse(at, `the key ${show(name)} stands here twice, the first is on line ${line}`);
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
  const starts = [
    'tagStart' in event ? event.tagStart : -1,
    // An anchor or alias is named after its sign.
    'anchorStart' in event && event.anchorStart > 0 ? event.anchorStart - 1 : -1,
    event.type === EVENT_ID.SCALAR ? startOfScalar(event, text) : -1,
    'start' in event ? event.start : -1,
  ].filter((offset) => offset >= 0);
  return starts.length > 0 ? Math.min(...starts) : undefined;
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
