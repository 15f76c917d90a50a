/** A pull request as the rules engine judges it: last word of each reviewer, code owners of what it changes, and whether it merges. */
import { atLeast, roleIn } from "../../core/access.ts";
import type { Call } from "../../core/family.ts";
import { accounts, type RepositoryRecord, teamMembers, teams } from "../../core/records.ts";
import type { Store, Stored } from "../../core/store.ts";
import { changedPaths, changesBetween } from "../../git/changes.ts";
import { mergeTrees } from "../../git/merge.ts";
import type { GitRepository } from "../../git/repository.ts";
import { entryAt } from "../../git/tree.ts";
import { CODEOWNERS_PATHS, ownersOf, parseCodeOwners } from "../../rules/codeowners.ts";
import { evaluate } from "../../rules/engine.ts";
import { activeRules, changeFacts } from "../../rules/gather.ts";
import type { PullRequestFacts, ReviewFacts, Violation } from "../../rules/model.ts";
import { type PullRequestRecord, reviews } from "./record.ts";
import type { MergeState } from "./render.ts";

/** What judging a pull request needs of a request. */
export type FactsCall = Pick<Call, "store" | "git" | "actor">;

function lastWords(store: Store, repository: Stored<RepositoryRecord>, pull: Stored<PullRequestRecord>): ReviewFacts[] {
  const last = new Map<number, ReviewFacts>();
  for (const { value } of reviews(store).list(pull.id)) {
    const { userId, state, commitSha } = value;
    // A dismissal takes the reviewer's last word back; a comment leaves it.
    if (state === "DISMISSED") last.delete(userId);
    if (state !== "APPROVED" && state !== "CHANGES_REQUESTED") continue;
    last.set(userId, { userId, state, commitSha, counts: atLeast(roleIn(store, repository, userId), "write") });
  }
  return [...last.values()];
}

function usersBehind(store: Store, owner: string): number[] {
  const [, organization, slug] = /^@([\w-]+)\/([\w.-]+)$/.exec(owner) ?? [];
  if (organization !== undefined && slug !== undefined) {
    const account = accounts(store).get(0, organization);
    const team = account && teams(store).get(account.id, slug);
    return team
      ? teamMembers(store)
          .list(team.id)
          .map(({ value }) => value.userId)
      : [];
  }
  const user = owner.startsWith("@")
    ? accounts(store).get(0, owner.slice(1))
    : accounts(store)
        .all()
        .find(({ value }) => value.email === owner);
  return user ? [user.id] : [];
}

async function codeOwners(store: Store, git: GitRepository, { value }: Stored<PullRequestRecord>): Promise<PullRequestFacts["codeOwners"]> {
  const base = await git.resolve(`refs/heads/${value.baseRef}`);
  const mergeBase = base && (await git.mergeBase(base, value.headSha));
  if (!base || !mergeBase) return [];
  for (const path of CODEOWNERS_PATHS) {
    const entry = await entryAt(git, base, path);
    if (entry?.type !== "blob") continue;
    const lines = parseCodeOwners((await git.blob(entry.sha)).toString("utf8"));
    return (await changedPaths(git, mergeBase, value.headSha)).flatMap((changed) => {
      const owners = ownersOf(lines, changed);
      return owners.length === 0 ? [] : [{ path: changed, owners, userIds: owners.flatMap((owner) => usersBehind(store, owner)) }];
    });
  }
  return [];
}

export async function pullRequestFacts(
  call: FactsCall,
  repository: Stored<RepositoryRecord>,
  pull: Stored<PullRequestRecord>,
  method: PullRequestFacts["method"],
): Promise<PullRequestFacts> {
  const { userId, lastPusherId, headSha, draft } = pull.value;
  return {
    authorId: userId,
    lastPusherId,
    headSha,
    method,
    draft,
    reviews: lastWords(call.store, repository, pull),
    codeOwners: await codeOwners(call.store, call.git.repository(repository.id), pull),
  };
}

/**
 * What stands between a pull request and its merge, for this caller. `result` is the commit that the base would move to; before
 * it is made, the head stands for it.
 */
export async function mergeViolations(
  call: FactsCall,
  repository: Stored<RepositoryRecord>,
  pull: Stored<PullRequestRecord>,
  method: PullRequestFacts["method"],
  base: string,
  result = pull.value.headSha,
): Promise<Violation[]> {
  const git = call.git.repository(repository.id);
  const context = { store: call.store, repository, git, actorId: call.actor.id };
  const ref = `refs/heads/${pull.value.baseRef}`;
  const rules = activeRules(context, ref).filter((rule) => rule.bypass === "never");
  if (rules.length === 0) return [];
  const facts = await pullRequestFacts(call, repository, pull, method);
  return evaluate(rules, await changeFacts(context, { ref, before: base, after: result }, facts));
}

/** Whether the pull request merges, and its size. */
export async function mergeState(
  call: FactsCall,
  repository: Stored<RepositoryRecord>,
  pull: Stored<PullRequestRecord>,
): Promise<MergeState> {
  const git = call.git.repository(repository.id);
  const { value } = pull;
  const open = value.state === "open";
  const base = (open ? await git.resolve(`refs/heads/${value.baseRef}`) : undefined) ?? value.baseSha;
  const mergeBase = await git.mergeBase(base, value.headSha);
  const changes = mergeBase ? await changesBetween(git, mergeBase, value.headSha) : [];
  const size = {
    commits: (await git.log({ revisions: [`${base}..${value.headSha}`] })).length,
    additions: changes.reduce((sum, change) => sum + change.additions, 0),
    deletions: changes.reduce((sum, change) => sum + change.deletions, 0),
    changedFiles: changes.length,
  };
  if (!open) return { ...size, mergeable: null, state: "unknown" };
  if (!(await mergeTrees(git, base, value.headSha))) return { ...size, mergeable: false, state: "dirty" };
  if (value.draft) return { ...size, mergeable: true, state: "draft" };
  const violations = await mergeViolations(call, repository, pull, "squash", base);
  const behind = violations.length > 0 && violations.every(({ message }) => message.includes("up to date"));
  return { ...size, mergeable: true, state: violations.length === 0 ? "clean" : behind ? "behind" : "blocked" };
}
