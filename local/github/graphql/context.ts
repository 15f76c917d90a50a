/** What every GraphQL field is answered from, and the errors that GitHub gives. */
import { GraphQLError } from "graphql";
import type { Actor } from "../core/family.ts";
import { notAccessible } from "../core/grants.ts";
import { permits } from "../core/permissions.ts";
import type { Store } from "../core/store.ts";
import type { GitHost } from "../git/host.ts";

export interface GraphContext {
  readonly store: Store;
  readonly git: GitHost;
  readonly actor: Actor;
  readonly apiUrl: string;
  readonly htmlUrl: string;
  readonly now: string;
}

/** A value of a GraphQL type: plain fields, and functions for those that are read only when asked for. */
export type GraphObject = Readonly<Record<string, unknown>> & { readonly __typename: string };

/** GitHub's error for what does not exist or may not be seen; clients look for "Could not resolve to". */
export const notResolved = (what: string): GraphQLError =>
  new GraphQLError(`Could not resolve to ${what}.`, { extensions: { type: "NOT_FOUND" } });

export const graphForbidden = (actor: Actor, what: string): GraphQLError =>
  new GraphQLError(`${actor.login} does not have the correct permissions to execute \`${what}\``, { extensions: { type: "FORBIDDEN" } });

/** Holds a token to its permissions, as the mutation of a resource needs them. @throws GraphQLError in GitHub's words */
export function requirePermission({ actor: { grant } }: GraphContext, permission: string): void {
  if (!grant || permits(grant.permissions, { anyOf: [permission], access: "write" })) return;
  throw new GraphQLError(notAccessible(grant).message, { extensions: { type: "FORBIDDEN" } });
}

export interface ConnectionArguments {
  readonly first?: number | null;
  readonly last?: number | null;
  readonly after?: string | null;
  readonly before?: string | null;
}

const cursorOf = (index: number): string => Buffer.from(`cursor:${index}`).toString("base64");

function indexOf(cursor: string | null | undefined): number | undefined {
  const [, index] = /^cursor:(\d+)$/.exec(Buffer.from(cursor ?? "", "base64").toString()) ?? [];
  return index === undefined ? undefined : Number(index);
}

/**
 * One page of a connection. `edge` gives the edge's own fields, such as `role`.
 * @throws GraphQLError without `first` or `last`, or over 100, as at GitHub.
 */
export function connection<T>(
  name: string,
  items: readonly T[],
  { first, last, after, before }: ConnectionArguments,
  node: (item: T) => unknown,
  edge: (item: T) => Record<string, unknown> = () => ({}),
): Record<string, unknown> {
  for (const [argument, value] of Object.entries({ first, last })) {
    if (typeof value === "number" && (value < 1 || value > 100)) {
      throw new GraphQLError(
        `Requesting ${value} records on the \`${name}\` connection exceeds the \`${argument}\` limit of 100 records.`,
        {
          extensions: { type: "EXCESSIVE_PAGINATION" },
        },
      );
    }
  }
  const start = (indexOf(after) ?? -1) + 1;
  const end = indexOf(before) ?? items.length;
  const window = items.slice(start, end).map((item, index) => ({ item, index: start + index }));
  const kept = typeof last === "number" && typeof first !== "number" ? window.slice(-last) : window.slice(0, first ?? 100);
  const [head, tail] = [kept.at(0), kept.at(-1)];
  return {
    totalCount: items.length,
    nodes: () => kept.map(({ item }) => node(item)),
    edges: () => kept.map(({ item, index }) => ({ cursor: cursorOf(index), node: node(item), ...edge(item) })),
    pageInfo: {
      startCursor: head ? cursorOf(head.index) : null,
      endCursor: tail ? cursorOf(tail.index) : null,
      hasNextPage: tail !== undefined && tail.index < items.length - 1,
      hasPreviousPage: head !== undefined && head.index > 0,
    },
  };
}
