/** Rulesets of repositories and organizations: stored, validated and read here; enforced by `local/github/rules`. */
import { atLeast, organizationOf, repositoryOf, roleIn } from "../../core/access.ts";
import { notFound, validationFailed, ApiError } from "../../core/errors.ts";
import type { Call, Family, Reply } from "../../core/family.ts";
import { rulesets } from "../../core/records.ts";
import type { RepositoryRecord } from "../../core/records.ts";
import { created, noContent, ok, page } from "../../core/replies.ts";
import type { Store, Stored } from "../../core/store.ts";
import { planOf, repositoryPlan, upgradeRequired } from "../support/plan.ts";
import { withActorDefaults, withRuleDefaults } from "./defaults.ts";
import { organizationFacts, repositoryFacts, rulesetsOver, subjectOf } from "./facts.ts";
import { getVersion, listVersions, recordVersion, removeVersions } from "./history.ts";
import { matchingRulesets } from "./matching.ts";
import type { RulesetConditions, RulesetRecord } from "./record.ts";
import { renderRuleset, renderRulesetSummary, sourceOf } from "./render.ts";
import type { RulesetFacts } from "./validate.ts";
import { rulesetFaults } from "./validate.ts";

export { rulesetsOver, subjectOf } from "./facts.ts";
export { matchingRulesets } from "./matching.ts";
export { actorCovers } from "./render.ts";

/** The repository of the path, when its plan has rulesets at all. */
function governed(call: Call, role: "read" | "admin"): Stored<RepositoryRecord> {
  const repository = repositoryOf(call, role);
  const { plan, private: isPrivate } = repositoryPlan(call.store, repository);
  if (isPrivate && plan === "free") throw upgradeRequired();
  return repository;
}

function organization(call: Call): ReturnType<typeof organizationOf> {
  const found = organizationOf(call, "admin");
  if (planOf(found.value) === "free") throw new ApiError(403, "Upgrade to GitHub Team to enable this feature.");
  return found;
}

const idOf = (call: Call): number => Number(call.path["ruleset_id"]);

function ownedRuleset(call: Call, owner: number): Stored<RulesetRecord> {
  const found = rulesets(call.store).byId(idOf(call));
  if (found?.owner !== owner) throw notFound();
  return found;
}

type Body = Partial<{
  name: string;
  target: RulesetRecord["target"];
  enforcement: RulesetRecord["enforcement"];
  bypass_actors: RulesetRecord["bypassActors"];
  conditions: RulesetConditions | null;
  rules: RulesetRecord["rules"];
}>;

/** What the body says over what was there; what neither says is GitHub's default. */
function merged(call: Call, before: RulesetRecord | undefined): RulesetRecord {
  const body = call.body as Body;
  const conditions = body.conditions === undefined ? (before?.conditions ?? null) : body.conditions;
  return {
    name: body.name ?? before?.name ?? "",
    target: body.target ?? before?.target ?? "branch",
    enforcement: body.enforcement ?? before?.enforcement ?? "disabled",
    bypassActors: body.bypass_actors?.map((actor) => withActorDefaults(actor)) ?? before?.bypassActors ?? [],
    conditions: conditions && withLists(conditions),
    rules: body.rules?.map((rule) => withRuleDefaults(rule)) ?? before?.rules ?? [],
    createdAt: before?.createdAt ?? call.now,
    updatedAt: call.now,
  };
}

function withLists(conditions: RulesetConditions): Record<string, unknown> {
  const { ref_name: refName, ...others } = conditions;
  return { ...(refName && { ref_name: { exclude: refName.exclude ?? [], include: refName.include ?? [] } }), ...others };
}

function save(call: Call, owner: number, facts: RulesetFacts, before?: Stored<RulesetRecord>): Stored<RulesetRecord> {
  const value = merged(call, before?.value);
  const faults = rulesetFaults(value, facts);
  const namesake = rulesets(call.store).get(owner, value.name);
  if (namesake && namesake.id !== before?.id) faults.push("Name must be unique");
  if (faults.length > 0) throw validationFailed(faults);
  const saved = before ? rulesets(call.store).update(before.id, value, value.name) : rulesets(call.store).insert(owner, value.name, value);
  recordVersion(call, saved);
  return saved;
}

function remove(store: Store, rulesetId: number): void {
  removeVersions(store, rulesetId);
  rulesets(store).remove(rulesetId);
}

/** `targets` is a comma-separated list: `branch,tag`. */
function ofTargets(call: Call, all: readonly Stored<RulesetRecord>[]): Stored<RulesetRecord>[] {
  const asked = call.query["targets"];
  const targets = typeof asked === "string" ? asked.split(",") : [];
  return all.filter(({ value }) => targets.length === 0 || targets.includes(value.target));
}

function getBranchRules(call: Call): Reply {
  const repository = governed(call, "read");
  const subject = subjectOf(call.store, repository, `refs/heads/${String(call.path["branch"])}`);
  const candidates = rulesetsOver(call.store, repository);
  const applied = new Set(
    matchingRulesets(
      candidates.map(({ value }) => value),
      subject,
    ),
  );
  const rules = candidates
    .filter(({ value }) => applied.has(value))
    .flatMap((ruleset) => {
      const source = sourceOf(call, ruleset);
      return ruleset.value.rules.map((rule) => ({
        ...rule,
        ruleset_source_type: source.type,
        ruleset_source: source.name,
        ruleset_id: ruleset.id,
      }));
    });
  return page(call, rules);
}

export const rulesetsFamily: Family = {
  name: "rulesets",
  operations: {
    "repos/get-repo-rulesets": (call) => {
      const repository = governed(call, "read");
      const all =
        call.query["includes_parents"] === false ? rulesets(call.store).list(repository.id) : rulesetsOver(call.store, repository);
      return page(call, ofTargets(call, all), (ruleset) => renderRulesetSummary(call, ruleset));
    },
    "repos/get-repo-ruleset": (call) => {
      const repository = governed(call, "read");
      const found = rulesetsOver(call.store, repository).find(({ id }) => id === idOf(call));
      if (!found || (call.query["includes_parents"] === false && found.owner !== repository.id)) throw notFound();
      const mayEdit = found.owner === repository.id && atLeast(roleIn(call.store, repository, call.actor.id), "admin");
      return ok(renderRuleset(call, found, repository, mayEdit));
    },
    "repos/create-repo-ruleset": (call) => {
      const repository = governed(call, "admin");
      return created(renderRuleset(call, save(call, repository.id, repositoryFacts(call.store, repository)), repository, true));
    },
    "repos/update-repo-ruleset": (call) => {
      const repository = governed(call, "admin");
      const before = ownedRuleset(call, repository.id);
      return ok(renderRuleset(call, save(call, repository.id, repositoryFacts(call.store, repository), before), repository, true));
    },
    "repos/delete-repo-ruleset": (call) => {
      const repository = governed(call, "admin");
      remove(call.store, ownedRuleset(call, repository.id).id);
      return noContent();
    },
    "repos/get-branch-rules": getBranchRules,
    "repos/get-org-rulesets": (call) => {
      const owner = organization(call);
      return page(call, ofTargets(call, rulesets(call.store).list(owner.id)), (ruleset) => renderRulesetSummary(call, ruleset));
    },
    "repos/get-org-ruleset": (call) => ok(renderRuleset(call, ownedRuleset(call, organization(call).id), undefined, true)),
    "repos/create-org-ruleset": (call) => {
      const owner = organization(call);
      return created(renderRuleset(call, save(call, owner.id, organizationFacts(call.store, owner)), undefined, true));
    },
    "repos/update-org-ruleset": (call) => {
      const owner = organization(call);
      const before = ownedRuleset(call, owner.id);
      return ok(renderRuleset(call, save(call, owner.id, organizationFacts(call.store, owner), before), undefined, true));
    },
    "repos/delete-org-ruleset": (call) => {
      remove(call.store, ownedRuleset(call, organization(call).id).id);
      return noContent();
    },
    "repos/get-repo-ruleset-history": (call) => listVersions(call, ownedRuleset(call, governed(call, "admin").id)),
    "repos/get-repo-ruleset-version": (call) => {
      const repository = governed(call, "admin");
      return getVersion(call, ownedRuleset(call, repository.id), (then) => renderRuleset(call, then, repository, true));
    },
    "orgs/get-org-ruleset-history": (call) => listVersions(call, ownedRuleset(call, organization(call).id)),
    "orgs/get-org-ruleset-version": (call) =>
      getVersion(call, ownedRuleset(call, organization(call).id), (then) => renderRuleset(call, then, undefined, true)),
  },
  onRepositoryDeleted: (store, repositoryId) => {
    for (const { id } of rulesets(store).list(repositoryId)) remove(store, id);
  },
};
