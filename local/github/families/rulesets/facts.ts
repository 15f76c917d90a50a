import { roleIn } from "../../core/access.ts";
import type { AccountRecord, RepositoryRecord } from "../../core/records.ts";
import { accounts, memberships, rulesets, teams } from "../../core/records.ts";
import type { Store, Stored } from "../../core/store.ts";
import { appById } from "../apps/apps.ts";
import { propertyValues } from "../custom-properties/values.ts";
import { planOf, repositoryPlan } from "../support/plan.ts";
import type { RuleSubject } from "./matching.ts";
import { repositoryMatches } from "./matching.ts";
import type { BypassActor, RulesetConditions, RulesetRecord } from "./record.ts";
import type { RulesetFacts } from "./validate.ts";

/** Ids of the base roles that may bypass: maintain, write, admin. Read and triage may not push anyway. */
const BYPASS_ROLES = new Set([2, 4, 5]);

export function repositoryFacts(store: Store, repository: Stored<RepositoryRecord>): RulesetFacts {
  const { owner, plan, private: isPrivate } = repositoryPlan(store, repository);
  return {
    level: "Repository",
    ownerKind: owner.value.type === "Organization" ? "Organization" : "User",
    plan,
    private: isPrivate,
    actorExists: (actor) =>
      actor.actor_type === "User"
        ? actor.actor_id !== null &&
          accounts(store).byId(actor.actor_id) !== undefined &&
          roleIn(store, repository, actor.actor_id) !== "none"
        : actorExists(store, owner, actor),
    integrationExists: (id) => appById(store, id) !== undefined,
  };
}

export function organizationFacts(store: Store, organization: Stored<AccountRecord>): RulesetFacts {
  return {
    level: "Organization",
    ownerKind: "Organization",
    plan: planOf(organization.value),
    private: false,
    actorExists: (actor) => actorExists(store, organization, actor),
    integrationExists: (id) => appById(store, id) !== undefined,
  };
}

function actorExists(store: Store, owner: Stored<AccountRecord>, { actor_type: type, actor_id: id }: BypassActor): boolean {
  if (id === null) return false;
  if (type === "Team") return teams(store).byId(id)?.owner === owner.id;
  if (type === "RepositoryRole") return BYPASS_ROLES.has(id);
  if (type === "Integration") return appById(store, id) !== undefined;
  const user = type === "User" ? accounts(store).byId(id) : undefined;
  return user !== undefined && memberships(store).get(owner.id, user.value.login) !== undefined;
}

/** What conditions are judged against, for one ref of a repository. */
export function subjectOf(store: Store, repository: Stored<RepositoryRecord>, ref: string): RuleSubject {
  return {
    ref,
    defaultBranch: repository.value.defaultBranch,
    repository: {
      id: repository.id,
      name: repository.value.name,
      properties: propertyValues(store, repository),
      systemProperties: { visibility: repository.value.visibility },
    },
  };
}

/** The rulesets of a repository, then those of its organization that select it, whatever their target and enforcement. */
export function rulesetsOver(store: Store, repository: Stored<RepositoryRecord>): Stored<RulesetRecord>[] {
  const subject = subjectOf(store, repository, "").repository;
  const inherited = rulesets(store)
    .list(repository.owner)
    .filter(({ value }) => repositoryMatches(value.conditions as RulesetConditions | null, subject));
  return [...rulesets(store).list(repository.id), ...inherited];
}
