/** Pull requests: proposed, listed, changed and reviewed; `merge.ts` merges them. */
import { repositoryOf, userNamed } from "../../core/access.ts";
import { forbidden, unprocessable, validationFailed } from "../../core/errors.ts";
import type { Call, Family, Reply } from "../../core/family.ts";
import { issueNumbers, type RepositoryRecord, teams } from "../../core/records.ts";
import { created, ok, page } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import { changesBetween } from "../../git/changes.ts";
import { workflowPermissions } from "../actions-permissions/state.ts";
import { addressesOf, renderCommits, renderFiles } from "../commits/render.ts";
import { renderTeam } from "../teams/render.ts";
import { simpleUser } from "../users/render.ts";
import { accounts } from "../../core/records.ts";
import { mergeState } from "./facts.ts";
import { pullHappened } from "./follow.ts";
import { pullRequestOf } from "./lookup.ts";
import { mergeOperations } from "./merge.ts";
import { type PullRequestRecord, pullRequests } from "./record.ts";
import { renderPullRequest, renderPullRequestSimple } from "./render.ts";
import { reviewOperations } from "./reviews.ts";

const whole = async (call: Call, repository: Stored<RepositoryRecord>, pull: Stored<PullRequestRecord>): Promise<Record<string, unknown>> =>
  renderPullRequest(call, repository, pull, await mergeState(call, repository, pull));

function list(call: Call): Reply {
  const repository = repositoryOf(call);
  const { state, head, base, sort, direction } = call.query as Partial<Record<string, string>>;
  const kept = pullRequests(call.store)
    .list(repository.id)
    .filter(({ value }) => state === "all" || value.state === (state ?? "open"))
    .filter(({ value }) => head === undefined || value.headRef === head.replace(/^[\w-]+:/, ""))
    .filter(({ value }) => base === undefined || value.baseRef === base);
  if (sort === "updated") kept.sort((a, b) => a.value.updatedAt.localeCompare(b.value.updatedAt));
  const descending = direction === undefined ? (sort ?? "created") === "created" : direction === "desc";
  return page(call, descending ? kept.reverse() : kept, (pull) => renderPullRequestSimple(call, repository, pull));
}

/** A job's token proposes where the repository lets Actions do so. @throws ApiError 403 */
function requirePullsOfActions({ store, actor: { grant } }: Call, { id }: Stored<RepositoryRecord>): void {
  if (grant?.job !== true || workflowPermissions.read(store, id).can_approve_pull_request_reviews) return;
  throw forbidden("GitHub Actions is not permitted to create or approve pull requests.");
}

async function create(call: Call): Promise<Reply> {
  const repository = repositoryOf(call, "read");
  requirePullsOfActions(call, repository);
  const { store, body, now, actor } = call;
  const git = call.git.repository(repository.id);
  const { title, head, base } = body as Partial<Record<string, string>>;
  const fault = (field: string): never => {
    throw validationFailed([{ resource: "PullRequest", field, code: "invalid" }]);
  };
  if (title === undefined || title.trim() === "")
    throw validationFailed([{ resource: "PullRequest", field: "title", code: "missing_field" }]);
  const headRef = String(head).replace(/^[\w-]+:/, "");
  const headSha = await git.resolve(`refs/heads/${headRef}`);
  const baseSha = await git.resolve(`refs/heads/${String(base)}`);
  if (!headSha || !baseSha) return fault(headSha ? "base" : "head");
  const open = pullRequests(store)
    .list(repository.id)
    .filter(({ value }) => value.state === "open");
  const owner = accounts(store).byId(repository.owner)?.value.login ?? "";
  const custom = (message: string): never => {
    throw validationFailed([{ resource: "PullRequest", code: "custom", message }]);
  };
  if (open.some(({ value }) => value.headRef === headRef && value.baseRef === base))
    custom(`A pull request already exists for ${owner}:${headRef}.`);
  if (await git.isAncestor(headSha, baseSha)) custom(`No commits between ${String(base)} and ${headRef}`);
  if (!(await git.mergeBase(baseSha, headSha))) custom(`The ${headRef} branch has no history in common with ${String(base)}`);
  const number = store.nextNumber(issueNumbers(repository.id));
  const pull = pullRequests(store).insert(repository.id, String(number), {
    number,
    title,
    body: typeof body["body"] === "string" ? body["body"] : null,
    userId: actor.id,
    headRef,
    baseRef: String(base),
    headSha,
    baseSha,
    draft: body["draft"] === true,
    state: "open",
    createdAt: now,
    updatedAt: now,
    closedAt: null,
    mergedAt: null,
    mergedById: null,
    mergeCommitSha: null,
    requestedUserIds: [],
    requestedTeamIds: [],
    lastPusherId: actor.id,
    maintainerCanModify: body["maintainer_can_modify"] !== false,
  });
  pullHappened({ store, now, actorId: actor.id }, repository.id, pull.value, "opened");
  return created(await whole(call, repository, pull));
}

async function get(call: Call): Promise<Reply> {
  const { repository, pull } = pullRequestOf(call);
  const accept = call.headers["accept"] ?? "";
  if (/\.diff\b|\.patch\b/.test(accept)) {
    const diff = await call.git.repository(repository.id).text(["diff", `${pull.value.baseSha}...${pull.value.headSha}`]);
    return { status: 200, body: Buffer.from(diff), headers: { "Content-Type": "application/vnd.github.diff; charset=utf-8" } };
  }
  return ok(await whole(call, repository, pull));
}

async function update(call: Call): Promise<Reply> {
  const { repository, pull } = pullRequestOf(call);
  const { store, body, now, actor } = call;
  if (pull.value.userId !== actor.id) repositoryOf(call, "write");
  const { title, body: text, state, base } = body as Partial<Record<string, string>>;
  if (state === "open" && pull.value.mergedAt !== null) throw unprocessable("Cannot reopen a merged pull request.");
  const git = call.git.repository(repository.id);
  const baseSha = base === undefined ? pull.value.baseSha : await git.resolve(`refs/heads/${base}`);
  if (!baseSha) throw validationFailed([{ resource: "PullRequest", field: "base", code: "invalid" }]);
  const saved = pullRequests(store).update(pull.id, {
    ...pull.value,
    title: title ?? pull.value.title,
    body: text ?? pull.value.body,
    baseRef: base ?? pull.value.baseRef,
    baseSha,
    state: state === "closed" || state === "open" ? state : pull.value.state,
    closedAt: state === "closed" ? (pull.value.closedAt ?? now) : state === "open" ? null : pull.value.closedAt,
    updatedAt: now,
  });
  const action = saved.value.state === pull.value.state ? "edited" : saved.value.state === "open" ? "reopened" : "closed";
  pullHappened({ store, now, actorId: actor.id }, repository.id, saved.value, action);
  return ok(await whole(call, repository, saved));
}

async function commits(call: Call): Promise<Reply> {
  const { repository, pull } = pullRequestOf(call);
  const shas = await call.git.repository(repository.id).log({ revisions: [`${pull.value.baseSha}..${pull.value.headSha}`] });
  const part = page(call, shas.reverse());
  return { ...part, body: await renderCommits(call, repository, part.body as string[]) };
}

async function files(call: Call): Promise<Reply> {
  const { repository, pull } = pullRequestOf(call);
  const git = call.git.repository(repository.id);
  const base = await git.mergeBase(pull.value.baseSha, pull.value.headSha);
  return page(call, renderFiles(addressesOf(call, repository), pull.value.headSha, await changesBetween(git, base, pull.value.headSha)));
}

interface Requested {
  readonly users: readonly number[];
  readonly teams: readonly number[];
}

/** @throws ApiError 404 for a user and 422 for a team that does not exist. */
function requestedIn(call: Call, repository: Stored<RepositoryRecord>): Requested {
  const { reviewers = [], team_reviewers: slugs = [] } = call.body as { reviewers?: string[]; team_reviewers?: string[] };
  return {
    users: reviewers.map((login) => userNamed(call.store, login).id),
    teams: slugs.map((slug) => {
      const team = teams(call.store).get(repository.owner, slug);
      if (!team) throw unprocessable(`Could not resolve to a node: the team ${slug} is no team of this organization.`);
      return team.id;
    }),
  };
}

function changeRequested(call: Call, change: (before: readonly number[], asked: readonly number[]) => number[]): Stored<PullRequestRecord> {
  const { repository, pull } = pullRequestOf(call, "write");
  const asked = requestedIn(call, repository);
  if (asked.users.includes(pull.value.userId)) throw unprocessable("Review cannot be requested from pull request author.");
  return pullRequests(call.store).update(pull.id, {
    ...pull.value,
    requestedUserIds: change(pull.value.requestedUserIds, asked.users),
    requestedTeamIds: change(pull.value.requestedTeamIds, asked.teams),
    updatedAt: call.now,
  });
}

function listRequested(call: Call): Reply {
  const { pull } = pullRequestOf(call);
  return ok({
    users: pull.value.requestedUserIds.flatMap((id) => {
      const user = accounts(call.store).byId(id);
      return user ? [simpleUser(call, user)] : [];
    }),
    teams: pull.value.requestedTeamIds.flatMap((id) => {
      const team = teams(call.store).byId(id);
      return team ? [renderTeam(call, team)] : [];
    }),
  });
}

export const pullsFamily: Family = {
  name: "pulls",
  operations: {
    "pulls/list": list,
    "pulls/create": create,
    "pulls/get": get,
    "pulls/update": update,
    "pulls/list-commits": commits,
    "pulls/list-files": files,
    "pulls/list-requested-reviewers": listRequested,
    "pulls/request-reviewers": (call) => {
      const saved = changeRequested(call, (before, asked) => [...new Set([...before, ...asked])]);
      return created(renderPullRequestSimple(call, repositoryOf(call), saved));
    },
    "pulls/remove-requested-reviewers": (call) => {
      const saved = changeRequested(call, (before, asked) => before.filter((id) => !asked.includes(id)));
      return ok(renderPullRequestSimple(call, repositoryOf(call), saved));
    },
    ...reviewOperations,
    ...mergeOperations,
  },
};
