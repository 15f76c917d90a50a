/** The pages of the whole server: accounts with their repositories, and the request log. */
import type { Services } from "../core/service.ts";
import { accounts, type AccountRecord, environments, memberships, repositories, rulesets, teams } from "../core/records.ts";
import type { Store, Stored } from "../core/store.ts";
import { pullRequests } from "../families/pulls/record.ts";
import { html, type Html, page, table } from "./html.ts";

const SHOWN_REQUESTS = 200;

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

export function requestsPage(log: Services["log"]): string {
  const summary = log.summary(0);
  const counts = Object.entries(summary.byOperation).map(([operation, count]) => [operation || "unknown address", count]);
  const entries = log.entries(Math.max(summary.last - SHOWN_REQUESTS, 0), SHOWN_REQUESTS).reverse();
  return page(
    "Request log",
    html`<p>${summary.total} requests, ${summary.writes} of them writes.</p>
      ${table(
        ["n", "Time", "Method", "Path", "Operation", "Status", "Actor", "ms"],
        entries.map(({ n, time, method, path, operationId, status, actor, ms }) => [
          n,
          html`<span class="whole">${time}</span>`,
          method,
          path,
          operationId,
          status,
          actor,
          ms,
        ]),
        "Nothing was asked yet.",
      )}
      <h2>By operation</h2>
      ${table(["Operation", "Requests"], counts, "Nothing was asked yet.")}`,
  );
}
