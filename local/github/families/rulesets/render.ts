import { accountById, roleIn, atLeast, ROLES } from "../../core/access.ts";
import type { Call } from "../../core/family.ts";
import { nodeId } from "../../core/node-id.ts";
import { accounts, memberships, repositories, teamMembers } from "../../core/records.ts";
import type { RepositoryRecord } from "../../core/records.ts";
import type { Stored } from "../../core/store.ts";
import { appOfBot } from "../apps/apps.ts";
import type { BypassActor, RulesetRecord } from "./record.ts";

/** A ruleset as lists show it: who and where, not what. */
export function renderRulesetSummary(call: Call, ruleset: Stored<RulesetRecord>): Record<string, unknown> {
  const { value } = ruleset;
  const source = sourceOf(call, ruleset);
  return {
    id: ruleset.id,
    name: value.name,
    target: value.target,
    source_type: source.type,
    source: source.name,
    enforcement: value.enforcement,
    node_id: nodeId("RepositoryRuleset", ruleset.id),
    _links: { self: { href: source.api }, html: { href: source.html } },
    created_at: value.createdAt,
    updated_at: value.updatedAt,
  };
}

/** Who may bypass is shown only to those who may edit the ruleset, as at GitHub. */
export function renderRuleset(
  call: Call,
  ruleset: Stored<RulesetRecord>,
  over: Stored<RepositoryRecord> | undefined,
  mayEdit: boolean,
): Record<string, unknown> {
  const { value } = ruleset;
  return {
    ...renderRulesetSummary(call, ruleset),
    conditions: value.conditions,
    rules: value.rules,
    ...(mayEdit ? { bypass_actors: value.bypassActors } : {}),
    ...(over ? { current_user_can_bypass: currentUserCanBypass(call, ruleset, over) } : {}),
  };
}

/** The kind and full name of what a ruleset belongs to, and its addresses. */
export function sourceOf(
  call: Call,
  ruleset: Stored<RulesetRecord>,
): { type: "Repository" | "Organization"; name: string; api: string; html: string } {
  const repository = repositories(call.store).byId(ruleset.owner);
  if (!repository) {
    const { login } = accountById(call.store, ruleset.owner).value;
    return {
      type: "Organization",
      name: login,
      api: `${call.apiUrl}/orgs/${login}/rulesets/${ruleset.id}`,
      html: `${call.htmlUrl}/organizations/${login}/settings/rules/${ruleset.id}`,
    };
  }
  const name = `${accountById(call.store, repository.owner).value.login}/${repository.value.name}`;
  return {
    type: "Repository",
    name,
    api: `${call.apiUrl}/repos/${name}/rulesets/${ruleset.id}`,
    html: `${call.htmlUrl}/${name}/rules/${ruleset.id}`,
  };
}

/** Base roles by the number that `RepositoryRole` actors carry. */
const ROLE_BY_ID: Readonly<Record<number, (typeof ROLES)[number]>> = { 2: "maintain", 4: "write", 5: "admin" };

/** Is the account one of those that a bypass actor stands for? A bot is its app's; deploy keys are no accounts. */
export function actorCovers(call: Pick<Call, "store">, actor: BypassActor, repository: Stored<RepositoryRecord>, userId: number): boolean {
  const user = userId === 0 ? undefined : accounts(call.store).byId(userId);
  if (!user) return false;
  if (actor.actor_type === "OrganizationAdmin")
    return memberships(call.store).get(repository.owner, user.value.login)?.value.role === "admin";
  if (actor.actor_id === null) return false;
  if (actor.actor_type === "User") return actor.actor_id === userId;
  if (actor.actor_type === "Integration") return appOfBot(call.store, user)?.id === actor.actor_id;
  if (actor.actor_type === "Team") return teamMembers(call.store).get(actor.actor_id, user.value.login) !== undefined;
  const role = actor.actor_type === "RepositoryRole" ? ROLE_BY_ID[actor.actor_id] : undefined;
  return role !== undefined && atLeast(roleIn(call.store, repository, userId), role);
}

function currentUserCanBypass(call: Call, ruleset: Stored<RulesetRecord>, repository: Stored<RepositoryRecord>): string {
  const modes = ruleset.value.bypassActors
    .filter((actor) => actorCovers(call, actor, repository, call.actor.id))
    .map(({ bypass_mode: mode }) => mode);
  if (modes.includes("exempt")) return "exempt";
  if (modes.includes("always")) return "always";
  return modes.includes("pull_request") ? "pull_requests_only" : "never";
}
