/** Answers that most handlers give, and pagination as GitHub does it. */
import type { Call, Reply } from "./family.ts";

export const ok = (body: unknown): Reply => ({ status: 200, body });
export const created = (body: unknown): Reply => ({ status: 201, body });
export const noContent = (): Reply => ({ status: 204 });

const MAX_PER_PAGE = 100;

interface Page<T> {
  readonly items: readonly T[];
  readonly headers: Readonly<Record<string, string>>;
}

function cut<T>(call: Call, all: readonly T[]): Page<T> {
  const asked = Number(call.query["per_page"] ?? 30);
  const perPage = Math.min(Math.max(asked, 1), MAX_PER_PAGE);
  const page = Math.max(Number(call.query["page"] ?? 1), 1);
  const last = Math.max(Math.ceil(all.length / perPage), 1);
  const links: string[] = [];
  const link = (rel: string, to: number): void => {
    const url = new URL(call.target, call.htmlUrl);
    url.searchParams.set("page", String(to));
    links.push(`<${url.href}>; rel="${rel}"`);
  };
  if (page > 1) link("prev", Math.min(page - 1, last));
  if (page < last) {
    link("next", page + 1);
    link("last", last);
  }
  if (page > 1) link("first", 1);
  return { items: all.slice((page - 1) * perPage, page * perPage), headers: links.length > 0 ? { Link: links.join(", ") } : {} };
}

/** One page of a list whose answer is a bare array. `render` is called for the items of the page only. */
export function page<T>(call: Call, items: readonly T[], render: (item: T) => unknown = (item) => item): Reply {
  const part = cut(call, items);
  return { status: 200, body: part.items.map((item) => render(item)), headers: part.headers };
}

/** One page of a list whose answer is `{ total_count, [field]: […] }`. */
export function pageOf<T>(call: Call, field: string, items: readonly T[], render: (item: T) => unknown = (item) => item): Reply {
  const part = cut(call, items);
  return { status: 200, body: { total_count: items.length, [field]: part.items.map((item) => render(item)) }, headers: part.headers };
}
