import { RequestProblem } from '../../respond.ts';
import { type Filter, readFilter, shown } from '../filter.ts';

/** What the address of the page says: the whole state of it. */
export interface PageQuery {
  readonly filter: Filter;
  /** Counted from 1. */
  readonly page: number;
  /** How often the browser loads the page again; `undefined`: never. */
  readonly refresh: Refresh | undefined;
}

/** What can be chosen, as seconds. */
export const REFRESH_SECONDS = { '5s': 5, '15s': 15, '30s': 30, '1m': 60, '5m': 300 } as const;

/** One of {@link REFRESH_SECONDS}. */
export type Refresh = keyof typeof REFRESH_SECONDS;

/**
 * Reads `?refresh=30s&page=2` beside the parameters of the filter.
 *
 * @throws {RequestProblem} naming the parameter, its value and what was expected.
 */
export function readPageQuery(query: URLSearchParams): PageQuery {
  return {
    filter: readFilter(query, ['page', 'refresh']),
    page: readPage(query.get('page') || '1'),
    refresh: readRefresh(query.get('refresh') || undefined),
  };
}

function readPage(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw unexpected('page', text, 'a whole number from 1 on');
}

function readRefresh(text: string | undefined): Refresh | undefined {
  if (text === undefined) return undefined;
  const choices = Object.keys(REFRESH_SECONDS) as Refresh[];
  const chosen = choices.find((choice) => choice === text);
  if (chosen) return chosen;
  throw unexpected('refresh', text, `one of ${choices.join(', ')}`);
}

function unexpected(parameter: string, text: string, expected: string): RequestProblem {
  return new RequestProblem(400, `${parameter}: expected ${expected}, got ${shown(text)}`);
}

/** The address of the page with this state, relative to itself. */
export function hrefOf({ filter, page, refresh }: PageQuery): string {
  const query = writeFilter(filter);
  if (refresh) query.append('refresh', refresh);
  if (page > 1) query.append('page', String(page));
  return query.size === 0 ? './' : `?${query}`;
}

/** Where the same checks are for programs, relative to the page. */
export function apiHref({ filter }: PageQuery): string {
  return `api/v1/checks?${writeFilter(filter)}`;
}

function writeFilter({ statuses, name, labels, probers }: Filter): URLSearchParams {
  return new URLSearchParams([
    ...statuses.map((status) => ['status', status]),
    ...(name === '' ? [] : [['name', name]]),
    ...labels.map(([label, value]) => ['label', `${label}:${value}`]),
    ...probers.map((prober) => ['prober', prober]),
  ]);
}

/** The first page of what a filter lets through that differs in this. */
export function hrefWith(query: PageQuery, changed: Partial<Filter>): string {
  return hrefOf({ ...query, filter: { ...query.filter, ...changed }, page: 1 });
}

/** Lets everything through. */
export const NOTHING_ASKED: Filter = { statuses: [], name: '', labels: [], probers: [] };

/** Whether a filter lets everything through. */
export function isEmpty({ statuses, name, labels, probers }: Filter): boolean {
  return statuses.length + labels.length + probers.length === 0 && name === '';
}
