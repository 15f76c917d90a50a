/** The page of one repository: its branches, and what governs it. */
import { accounts, environments, type EnvironmentRecord, type RepositoryRecord, type RulesetRecord, teams } from "../core/records.ts";
import type { Services } from "../core/service.ts";
import type { Store, Stored } from "../core/store.ts";
import { protections } from "../families/branch-protection/record.ts";
import { deploymentPolicies } from "../families/environments/state.ts";
import { pullRequests } from "../families/pulls/record.ts";
import { rulesetsOver } from "../families/rulesets/index.ts";
import { html, type Html, page, type Piece, table } from "./html.ts";

/** @param server address of the server, without a trailing slash. */
export async function repositoryPage(
  store: Store,
  git: Services["git"],
  owner: string,
  repository: Stored<RepositoryRecord>,
  server: string,
): Promise<string> {
  const { id, value } = repository;
  const branches = await git.repository(id).refs("refs/heads/");
  const rulesets = rulesetsOver(store, repository).map(({ value: ruleset }) => [
    ruleset.name,
    html`<span class="tag">${ruleset.enforcement}</span>`,
    refsOf(ruleset),
    list(ruleset.rules.map(ruleText)),
  ]);
  const classic = protections(store)
    .list(id)
    .map((rule) => [
      rule.value.pattern,
      counted(rule.value.requiredApprovingReviewCount ?? 0, "approval"),
      list(rule.value.requiredStatusChecks.map(({ context }) => context)),
    ]);
  const places = environments(store)
    .list(id)
    .map((environment) => [
      environment.value.name,
      list(environment.value.reviewers.map((reviewer) => reviewerName(store, reviewer))),
      environment.value.waitTimer === 0 ? "none" : `${environment.value.waitTimer} min`,
      list(deployableFrom(store, environment)),
    ]);
  const pulls = pullRequests(store)
    .list(id)
    .reverse()
    .map((pull) => [
      `#${pull.value.number}`,
      pull.value.title,
      `${pull.value.headRef} → ${pull.value.baseRef}`,
      pull.value.mergedAt ? "merged" : pull.value.state,
    ]);
  return page(
    `${owner}/${value.name}`,
    html`<p>${value.description ?? ""} <span class="tag">${value.visibility}</span></p>
      <pre>git clone ${server}/${owner}/${value.name}.git</pre>
      <h2>Branches</h2>
      ${table(
        ["Branch", "Commit"],
        branches.map(({ ref, sha }) => [ref.slice("refs/heads/".length), html`<code>${sha.slice(0, 12)}</code>`]),
        "The repository is empty.",
      )}
      <h2>Rulesets</h2>
      ${table(["Name", "Enforcement", "Refs", "Rules"], rulesets, "No ruleset holds here.")}
      <h2>Classic protection</h2>
      ${table(["Pattern", "Reviews", "Checks"], classic, "None.")}
      <h2>Environments</h2>
      ${table(["Name", "Reviewers", "Wait", "Deploys from"], places, "None.")}
      <h2>Pull requests</h2>
      ${table(["", "Title", "Branches", "State"], pulls, "None.")}`,
  );
}

/** One line each. */
const list = (lines: readonly string[]): Piece =>
  lines.length === 0 ? "none" : html`${lines.map((line): Html => html`<div>${line}</div>`)}`;

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

function refsOf({ target, conditions }: RulesetRecord): Piece {
  const { include = [], exclude = [] } = (conditions?.["ref_name"] ?? {}) as { include?: string[]; exclude?: string[] };
  const refs = [...include, ...exclude.map((pattern) => `not ${pattern}`)];
  return refs.length === 0 ? `every ${target}` : list(refs);
}

/** A rule as its type, with what it asks for where that is short. */
function ruleText({ type, parameters = {} }: RulesetRecord["rules"][number]): string {
  if (type === "required_status_checks") {
    const checks = parameters["required_status_checks"] as readonly { context: string }[];
    return `${type}: ${checks.map(({ context }) => context).join(", ")}`;
  }
  if (type === "pull_request") {
    const owners = parameters["require_code_owner_review"] === true ? ", of code owners" : "";
    return `${type}: ${counted(Number(parameters["required_approving_review_count"] ?? 0), "approval")}${owners}`;
  }
  return type;
}

function reviewerName(store: Store, { type, id }: EnvironmentRecord["reviewers"][number]): string {
  const name = type === "Team" ? teams(store).byId(id)?.value.slug : accounts(store).byId(id)?.value.login;
  return `${type === "Team" ? "team " : ""}${name ?? "(gone)"}`;
}

function deployableFrom(store: Store, { id, value }: Stored<EnvironmentRecord>): string[] {
  if (value.deploymentBranchPolicy === null) return ["every branch and tag"];
  if (value.deploymentBranchPolicy.protected_branches) return ["protected branches"];
  return deploymentPolicies(store)
    .list(id)
    .map(({ value: policy }) => `${policy.type} ${policy.name}`);
}
