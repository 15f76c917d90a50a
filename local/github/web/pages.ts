/** The pages: accounts with their repositories, one repository with what governs it, and the request log. */
import type { Services } from "../core/service.ts";
import {
  accounts,
  type AccountRecord,
  environments,
  memberships,
  repositories,
  type RepositoryRecord,
  rulesets,
  teams,
} from "../core/records.ts";
import type { Store, Stored } from "../core/store.ts";
import { protections } from "../families/branch-protection/record.ts";
import { pullRequests } from "../families/pulls/record.ts";
import { rulesetsOver } from "../families/rulesets/index.ts";
import { html, type Html, page, type Piece } from "./html.ts";

const SHOWN_REQUESTS = 200;

function table(heads: readonly string[], rows: readonly (readonly Piece[])[], empty: string): Html {
  if (rows.length === 0) return html`<p class="soft">${empty}</p>`;
  return html`<table>
    <thead>
      <tr>
        ${heads.map((head) => html`<th>${head}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        (cells) =>
          html`<tr>
            ${cells.map((cell) => html`<td>${cell}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`;
}

/** Every account that is an organization or owns a repository. The page is for whoever runs the server: it hides nothing. */
export function overview(store: Store): string {
  const shown = accounts(store)
    .all()
    .filter(({ id, value }) => value.type === "Organization" || repositories(store).list(id).length > 0);
  return page("Local GitHub", html`${shown.map((account) => accountSection(store, account))}`);
}

function accountSection(store: Store, { id, value }: Stored<AccountRecord>): Html {
  const rows = repositories(store)
    .list(id)
    .map((repository) => [
      html`<a href="/${value.login}/${repository.value.name}">${repository.value.name}</a>
        <span class="tag">${repository.value.visibility}</span>
        ${repository.value.archived ? html`<span class="tag">archived</span>` : ""}`,
      rulesets(store).list(repository.id).length,
      environments(store)
        .list(repository.id)
        .map((environment) => environment.value.name)
        .join(", "),
      pullRequests(store)
        .list(repository.id)
        .filter((pull) => pull.value.state === "open").length,
      repository.value.pushedAt,
    ]);
  const people =
    value.type === "Organization" ? `${memberships(store).list(id).length} members, ${teams(store).list(id).length} teams` : "user";
  return html`<h2>${value.login} <span class="soft">${people}</span></h2>
    ${table(["Repository", "Rulesets", "Environments", "Open pull requests", "Pushed"], rows, "No repositories.")}`;
}

export async function repositoryPage(
  store: Store,
  git: Services["git"],
  owner: string,
  repository: Stored<RepositoryRecord>,
): Promise<string> {
  const { id, value } = repository;
  const branches = await git.repository(id).refs("refs/heads/");
  const rules = rulesetsOver(store, repository).map((ruleset) => [
    ruleset.value.name,
    ruleset.value.target,
    html`<span class="tag">${ruleset.value.enforcement}</span>`,
    JSON.stringify((ruleset.value.conditions ?? {})["ref_name"] ?? {}),
    ruleset.value.rules.map(({ type }) => type).join(", "),
  ]);
  const classic = protections(store)
    .list(id)
    .map((rule) => [
      rule.value.pattern,
      `${rule.value.requiredApprovingReviewCount ?? 0} approvals`,
      rule.value.requiredStatusChecks.map(({ context }) => context).join(", "),
    ]);
  const places = environments(store)
    .list(id)
    .map((environment) => [
      environment.value.name,
      `${environment.value.reviewers.length} reviewers`,
      `${environment.value.waitTimer} min`,
      environment.value.deploymentBranchPolicy ? JSON.stringify(environment.value.deploymentBranchPolicy) : "any branch",
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
      <pre>git clone /${owner}/${value.name}.git</pre>
      <h2>Branches</h2>
      ${table(
        ["Branch", "Commit"],
        branches.map(({ ref, sha }) => [ref.slice("refs/heads/".length), html`<code>${sha.slice(0, 12)}</code>`]),
        "The repository is empty.",
      )}
      <h2>Rulesets</h2>
      ${table(["Name", "Target", "Enforcement", "Refs", "Rules"], rules, "No ruleset holds here.")}
      <h2>Classic protection</h2>
      ${table(["Pattern", "Reviews", "Checks"], classic, "None.")}
      <h2>Environments</h2>
      ${table(["Name", "Reviewers", "Wait", "Branches"], places, "None.")}
      <h2>Pull requests</h2>
      ${table(["", "Title", "Branches", "State"], pulls, "None.")}`,
  );
}

export function requestsPage(log: Services["log"]): string {
  const summary = log.summary(0);
  const counts = Object.entries(summary.byOperation).map(([operation, count]) => [operation || "unknown address", count]);
  const entries = log.entries(Math.max(summary.last - SHOWN_REQUESTS, 0), SHOWN_REQUESTS).reverse();
  return page(
    "Request log",
    html`<p>${summary.total} requests, ${summary.writes} of them writes.</p>
      ${table(
        ["n", "Time", "Method", "Path", "Operation", "Status", "Actor", "ms"],
        entries.map(({ n, time, method, path, operationId, status, actor, ms }) => [n, time, method, path, operationId, status, actor, ms]),
        "Nothing was asked yet.",
      )}
      <h2>By operation</h2>
      ${table(["Operation", "Requests"], counts, "Nothing was asked yet.")}`,
  );
}
