import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One page that people read: a Markdown file of the project. */
export interface Page {
  /** From the top of the project: `docs/limits.md`. */
  readonly path: string;
  readonly text: string;
}

/** What stands between two lines of backticks. */
export interface Block {
  /** `docs/limits.md:12`, where it begins. */
  readonly place: string;
  /** The word behind the backticks, or an empty text. */
  readonly language: string;
  readonly text: string;
  /** What a comment in the line above says: `not run: it takes an hour`, or `run by test/examples/compose.test.ts`. */
  readonly mark: string | undefined;
}

/** A link or an image of a page. */
export interface Link {
  readonly target: string;
  /** What is shown, or said of an image. */
  readonly text: string;
  readonly isImage: boolean;
}

/** Where pages may be, besides the top of the project. */
const FOLDERS = ['docs', 'examples', 'alert-rules'];

/** Every page: those at the top of the project, and all below `docs/` and what is shipped. */
export function readPages(root: string): Page[] {
  const below = FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
      join(folder, name),
    ),
  );
  return [...readdirSync(root), ...below]
    .filter((path) => path.endsWith('.md'))
    .map((path) => readPage(root, path));
}

/** One page by its path from the top of the project. */
export function readPage(root: string, path: string): Page {
  return { path, text: readFileSync(join(root, path), 'utf8') };
}

// A comment, then the fence; what is in between, up to a fence that stands as far from the margin.
const BLOCK =
  /(?:^ *<!-- (?<mark>(?:not run:|run by) [^\n]+?) -->\n)?^(?<indent> *)```(?<language>[^\n`]*)\n(?<body>.*?)^\k<indent>```$/gms;

/** The blocks of a page, without the space before them. */
export function blocksOf({ path, text }: Page): Block[] {
  return [...text.matchAll(BLOCK)].map(({ index, groups = {} }) => {
    const { mark, indent = '', language = '', body = '' } = groups;
    const line = text.slice(0, index).split('\n').length + (mark === undefined ? 0 : 1);
    const lines = body.split('\n').map((one) => one.slice(Math.min(indent.length, one.length)));
    return { place: `${path}:${line}`, language: language.trim(), text: lines.join('\n'), mark };
  });
}

/** The commands and names that stand between single backticks in the prose of a page. */
export function codeSpansOf(page: Page): string[] {
  return [...withoutBlocks(page).matchAll(/(?<!`)`(?<code>[^`]+)`(?!`)/g)].map(
    ({ groups }) => groups?.code?.replace(/\s+/g, ' ') ?? '',
  );
}

/** Links and images of the prose of a page. */
export function linksOf(page: Page): Link[] {
  const prose = withoutCode(page);
  const inline = prose.matchAll(
    /(?<image>!?)\[(?<text>(?:[^[\]]|!\[[^\]]*\]\([^)]*\))*)\]\((?<target>[^)\s]+)(?: "[^"]*")?\)/g,
  );
  // The image inside a link, which the expression above takes for its text.
  const inside = prose.matchAll(/\[(?<image>!)\[(?<text>[^\]]*)\]\((?<target>[^)\s]+)\)\]/g);
  const defined = prose.matchAll(/^(?<image>)\[(?<text>[^\]]+)\]: +(?<target>\S+)$/gm);
  return [...inline, ...inside, ...defined].map(({ groups = {} }) => ({
    target: groups.target ?? '',
    text: groups.text ?? '',
    isImage: groups.image === '!',
  }));
}

/** What follows `#` in links to the headings of a page, as GitHub makes it of their text. */
export function anchorsOf(page: Page): string[] {
  const seen = new Map<string, number>();
  return [...withoutBlocks(page).matchAll(/^#{1,6} +(?<heading>.+?) *#*$/gm)].map(({ groups }) => {
    const anchor = anchorOf(groups?.heading ?? '');
    const count = seen.get(anchor) ?? 0;
    seen.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
}

function anchorOf(heading: string): string {
  return heading
    .replace(/\[(?<text>[^\]]*)\]\([^)]*\)/g, '$<text>')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replace(/ /g, '-');
}

function withoutBlocks({ text }: Page): string {
  return text.replace(BLOCK, '').replace(/<!--.*?-->/gs, '');
}

function withoutCode(page: Page): string {
  return withoutBlocks(page).replace(/(?<!`)`[^`]+`(?!`)/g, '`code`');
}
