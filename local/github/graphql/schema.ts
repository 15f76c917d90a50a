/** GitHub's GraphQL schema, with fields that are answered from the objects of this folder, and refused where nobody answers them. */
import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";
import { buildSchema, GraphQLError, type GraphQLSchema, isObjectType } from "graphql";
import { accounts } from "../core/records.ts";
import { type AutoMergeInput, disableAutoMerge, enableAutoMerge } from "./auto-merge.ts";
import { graphAccount, organizationNamed, userNamed, viewer } from "./accounts.ts";
import type { GraphContext } from "./context.ts";
import { nodeById } from "./node.ts";
import { createRule, deleteRule, type ProtectionInput, updateRule } from "./protection.ts";
import { repositoryNamed } from "./repository.ts";

/** The arguments of the root fields; graphql-js has judged them by the schema already. */
interface RootArguments {
  readonly id: string;
  readonly ids: readonly string[];
  readonly login: string;
  readonly owner: string;
  readonly name: string;
  readonly input: ProtectionInput & AutoMergeInput;
}

type Resolve = (args: RootArguments, context: GraphContext) => unknown;

const QUERY: Readonly<Record<string, Resolve>> = {
  viewer: (_args, context) => viewer(context),
  node: ({ id }, context) => nodeById(context, id),
  nodes: ({ ids }, context) => ids.map((id) => nodeById(context, id)),
  user: ({ login }, context) => userNamed(context, login),
  organization: ({ login }, context) => organizationNamed(context, login),
  repository: ({ owner, name }, context) => repositoryNamed(context, owner, name),
  repositoryOwner: ({ login }, context) => {
    const found = accounts(context.store).get(0, login);
    return found ? graphAccount(context, found) : null;
  },
};

const MUTATION: Readonly<Record<string, Resolve>> = {
  enablePullRequestAutoMerge: ({ input }, context) => enableAutoMerge(context, input),
  disablePullRequestAutoMerge: ({ input }, context) => disableAutoMerge(context, input),
  createBranchProtectionRule: ({ input }, context) => createRule(context, input),
  updateBranchProtectionRule: ({ input }, context) => updateRule(context, input),
  deleteBranchProtectionRule: ({ input }, context) => deleteRule(context, input),
};

/**
 * The published schema has one field twice, so it is read without validation. Every field asks its object, and a field that the
 * object does not have is an error: an unknown answer must never look like an empty one.
 */
export function graphSchema(): GraphQLSchema {
  // The package's entry loads a JSON twin of the schema too, which nobody here needs.
  const manifest = findPackageJSON("@octokit/graphql-schema", import.meta.url);
  if (!manifest) throw new Error("the package @octokit/graphql-schema is not installed: run npm ci");
  const schema = buildSchema(readFileSync(join(dirname(manifest), "schema.graphql"), "utf8"), { assumeValidSDL: true, assumeValid: true });
  const roots = new Map<unknown, Readonly<Record<string, Resolve>>>([
    [schema.getQueryType(), QUERY],
    [schema.getMutationType(), MUTATION],
  ]);
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith("__")) continue;
    const root = roots.get(type);
    for (const field of Object.values(type.getFields())) {
      field.resolve = (source: unknown, args: RootArguments, context: GraphContext) => {
        const object = (root ?? source ?? {}) as Record<string, unknown>;
        if (!(field.name in object)) {
          throw new GraphQLError(`The local GitHub does not implement ${type.name}.${field.name}.`, {
            extensions: { type: "NOT_IMPLEMENTED" },
          });
        }
        const value = object[field.name];
        return typeof value === "function" ? (value as Resolve)(args, context) : value;
      };
    }
  }
  return schema;
}
