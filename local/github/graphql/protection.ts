/** The mutations of classic branch protection. REST reads and writes the same record. */
import { GraphQLError } from "graphql";
import { actorRole, atLeast } from "../core/access.ts";
import { parseNodeId } from "../core/node-id.ts";
import { repositories, type RepositoryRecord } from "../core/records.ts";
import { StoreConflict, type Stored } from "../core/store.ts";
import { appById } from "../families/apps/apps.ts";
import { DEFAULT_PROTECTION, type ProtectionRecord, protections } from "../families/branch-protection/record.ts";
import { type GraphContext, type GraphObject, graphForbidden, notResolved, requirePermission } from "./context.ts";
import { actorOf, graphProtection } from "./repository.ts";

export interface ProtectionInput extends Readonly<Record<string, unknown>> {
  readonly clientMutationId?: string | null;
  readonly requiredStatusCheckContexts?: readonly string[] | null;
  readonly requiredStatusChecks?: readonly { readonly context: string; readonly appId?: string | null }[] | null;
}

interface Payload {
  readonly clientMutationId: string | null;
  readonly branchProtectionRule?: GraphObject;
}

function administered(context: GraphContext, id: number, mutation: string): Stored<RepositoryRecord> {
  const repository = repositories(context.store).byId(id);
  const role = repository ? actorRole(context.store, repository, context.actor) : "none";
  if (!repository || !atLeast(role, "read")) throw notResolved(`a node with the global id of '${id}'`);
  requirePermission(context, "administration");
  if (!atLeast(role, "admin") || !(context.actor.grant || context.actor.scopes.includes("repo")))
    throw graphForbidden(context.actor, mutation);
  return repository;
}

/** Fields of the record that an input sets; those it leaves out or sends as null stay as they are. */
function fieldsOf(context: GraphContext, input: ProtectionInput, before: ProtectionRecord): ProtectionRecord {
  const given = Object.fromEntries(
    Object.entries(input).filter(([name, value]) => name in before && name !== "requiredStatusChecks" && value !== null),
  );
  const actors = Object.entries(given).filter(([name]) => name.endsWith("ActorIds")) as [string, string[]][];
  const missing = actors.flatMap(([, ids]) => ids).filter((id) => !actorOf(context, id));
  if (missing.length > 0) throw notResolved(`a node with the global id of '${missing.join("', '")}'`);
  return { ...before, ...given, requiredStatusChecks: checksOf(context, input) ?? before.requiredStatusChecks };
}

function checksOf(
  { store }: GraphContext,
  { requiredStatusChecks: checks, requiredStatusCheckContexts: contexts }: ProtectionInput,
): ProtectionRecord["requiredStatusChecks"] | undefined {
  if (checks) {
    return checks.map(({ context, appId }) => {
      const node = appId == null || appId === "any" ? undefined : parseNodeId(appId);
      if (appId != null && appId !== "any" && !(node?.type === "App" && appById(store, node.id)))
        throw notResolved(`a node with the global id of '${appId}'`);
      return { context, appId: node?.id ?? null };
    });
  }
  return contexts?.map((context) => ({ context, appId: null }));
}

const taken = (pattern: string): GraphQLError =>
  new GraphQLError(`Name already protected: ${pattern}`, { extensions: { type: "UNPROCESSABLE" } });

function payload({ clientMutationId }: ProtectionInput, context: GraphContext, rule?: Stored<ProtectionRecord>): Payload {
  return { clientMutationId: clientMutationId ?? null, ...(rule ? { branchProtectionRule: graphProtection(context, rule) } : {}) };
}

export function createRule(context: GraphContext, input: ProtectionInput): Payload {
  const id = String(input["repositoryId"]);
  const node = parseNodeId(id);
  if (node?.type !== "Repository") throw notResolved(`a node with the global id of '${id}'`);
  const repository = administered(context, node.id, "CreateBranchProtectionRule");
  const pattern = String(input["pattern"]);
  const fresh: ProtectionRecord = { ...DEFAULT_PROTECTION, pattern, creatorId: context.actor.id };
  try {
    return payload(input, context, protections(context.store).insert(repository.id, pattern, fieldsOf(context, input, fresh)));
  } catch (error) {
    throw error instanceof StoreConflict ? taken(pattern) : error;
  }
}

function ruleOf(context: GraphContext, input: ProtectionInput, mutation: string): Stored<ProtectionRecord> {
  const id = String(input["branchProtectionRuleId"]);
  const node = parseNodeId(id);
  const rule = node?.type === "BranchProtectionRule" ? protections(context.store).byId(node.id) : undefined;
  if (!rule) throw notResolved(`a node with the global id of '${id}'`);
  administered(context, rule.owner, mutation);
  return rule;
}

export function updateRule(context: GraphContext, input: ProtectionInput): Payload {
  const rule = ruleOf(context, input, "UpdateBranchProtectionRule");
  const value = fieldsOf(context, input, rule.value);
  try {
    return payload(input, context, protections(context.store).update(rule.id, value, value.pattern));
  } catch (error) {
    throw error instanceof StoreConflict ? taken(value.pattern) : error;
  }
}

export function deleteRule(context: GraphContext, input: ProtectionInput): Payload {
  protections(context.store).remove(ruleOf(context, input, "DeleteBranchProtectionRule").id);
  return payload(input, context);
}
