/** Reading long lists of GitHub within a period. */
import type { Octokit } from "@octokit/rest";

import type { Period } from "../../delivery/metrics.ts";

export interface Repository {
  readonly owner: string;
  readonly repo: string;
}

/** What reading a history works with. */
export interface Source {
  readonly github: Octokit;
  readonly repository: Repository;
  readonly period: Period;
  /** One line of progress. */
  readonly progress: (line: string) => void;
}

/** GitHub's search gives no more results than this, on however many pages. */
const mostFound = 1_000;
const pageSize = 100;
const second = 1_000;

const moment = (milliseconds: number): string => new Date(milliseconds).toISOString().replace(/\.\d+Z$/, "Z");

interface Found<Item> {
  readonly total: number;
  readonly items: readonly Item[];
}

/**
 * Everything that a search by time of creation finds. A period with more results than GitHub gives is read as two halves, and so on.
 *
 * @param ask One page of what was created in a range of GitHub's search syntax.
 */
export async function foundWithin<Item>(
  { since, until }: Period,
  ask: (created: string, page: number) => Promise<Found<Item>>,
): Promise<Item[]> {
  const created = `${moment(since)}..${moment(until)}`;
  const first = await ask(created, 1);
  const middle = Math.floor((since + until) / 2 / second) * second;
  if (first.total > mostFound && middle > since && middle + second <= until) {
    const earlier = await foundWithin({ since, until: middle }, ask);
    return [...(await foundWithin({ since: middle + second, until }, ask)), ...earlier];
  }
  const items = [...first.items];
  for (let page = 2; items.length < Math.min(first.total, mostFound); page += 1) {
    const next = await ask(created, page);
    if (next.items.length === 0) break;
    items.push(...next.items);
  }
  return items;
}

/** Does the work for each item, a few at a time, and keeps the order. */
export async function each<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>, atOnce = 4): Promise<Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < items.length; at += atOnce) results.push(...(await Promise.all(items.slice(at, at + atOnce).map(work))));
  return results;
}

export { pageSize };
