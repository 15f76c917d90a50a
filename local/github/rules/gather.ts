/** Gathers, from the store and from git, the rules that hold for a ref and the facts that they are judged by. */
import { roleIn } from "../core/access.ts";
import { parseNodeId } from "../core/node-id.ts";
import { accounts, type RepositoryRecord, teamMembers, teams } from "../core/records.ts";
import type { Store, Stored } from "../core/store.ts";
import { protectionOf } from "../families/branch-protection/record.ts";
import { type CheckRunRecord, checkRuns, type StatusRecord, statuses } from "../families/checks/record.ts";
import { appOfBot } from "../families/apps/apps.ts";
import { environmentsDeployedTo } from "../families/deployments/record.ts";
import { keysOf } from "../families/signing-keys/record.ts";
import { actorCovers, matchingRulesets, rulesetsOver, subjectOf } from "../families/rulesets/index.ts";
import { changesBetween } from "../git/changes.ts";
import type { GitRepository } from "../git/repository.ts";
import { listTree } from "../git/tree.ts";
import { verify } from "../git/verification.ts";
import { classicRules } from "./classic.ts";
import type { ActiveRule, ChangeFacts, CheckFacts, CommitFacts, PullRequestFacts } from "./model.ts";

export interface RuleContext {
  readonly store: Store;
  readonly repository: Stored<RepositoryRecord>;
  readonly git: GitRepository;
  readonly actorId: number;
}

export interface RefChange {
  /** `refs/heads/main`. */
  readonly ref: string;
  /** Undefined when the ref is made. */
  readonly before: string | undefined;
  /** Undefined when the ref is deleted. */
  readonly after: string | undefined;
}

/** The rules that hold for a ref: rulesets of the repository and of its organization, and classic protection. */
export function activeRules({ store, repository, actorId }: RuleContext, ref: string): ActiveRule[] {
  const subject = subjectOf(store, repository, ref);
  const records = rulesetsOver(store, repository).map(({ value }) => value);
  const rules = matchingRulesets(records, subject).flatMap((ruleset): ActiveRule[] => {
    const modes = ruleset.bypassActors
      .filter((actor) => actorCovers({ store }, actor, repository, actorId))
      .map((actor) => actor.bypass_mode);
    const bypass = modes.some((mode) => mode !== "pull_request") ? "always" : modes.length > 0 ? "pull_request" : "never";
    return ruleset.rules.map(({ type, parameters = {} }) => ({ type, parameters, source: ruleset.name, classic: false, bypass }));
  });
  const [, branch] = /^refs\/heads\/(.+)$/.exec(ref) ?? [];
  const protection = branch === undefined ? undefined : protectionOf(store, repository.id, branch);
  if (!protection) return rules;
  const admin = roleIn(store, repository, actorId) === "admin";
  return [...rules, ...classicRules(protection.value, { admin, among: (ids) => ids.some((id) => covers(store, id, actorId)) })];
}

/** Whether a node id stands for the user: the user itself, or a team with it. */
function covers(store: Store, id: string, userId: number): boolean {
  const node = parseNodeId(id);
  if (node?.type === "User") return node.id === userId;
  const user = accounts(store).byId(userId);
  if (node?.type === "App") return appOfBot(store, user)?.id === node.id;
  const team = node?.type === "Team" ? teams(store).byId(node.id) : undefined;
  return user !== undefined && team !== undefined && teamMembers(store).get(team.id, user.value.login) !== undefined;
}

/** The facts of a change. `head` is the commit whose checks count: the pull request's head, else what the ref is moved to. */
export async function changeFacts(context: RuleContext, change: RefChange, pullRequest?: PullRequestFacts): Promise<ChangeFacts> {
  const { store, repository, git } = context;
  const { ref, before, after } = change;
  const kind = before === undefined ? "create" : after === undefined ? "delete" : "update";
  const commits = await newCommits(store, git, change);
  const checked = pullRequest?.headSha ?? after;
  return {
    ref,
    kind,
    fastForward: before === undefined || after === undefined || (await git.isAncestor(before, after)),
    commits,
    checks: checked === undefined ? [] : checksOf(store, repository.id, checked),
    upToDate: before === undefined || checked === undefined || (await git.isAncestor(before, checked)),
    deployedTo: checked === undefined ? [] : environmentsDeployedTo(store, repository.id, checked),
    files: await changedFiles(git, change),
    pullRequest,
  };
}

async function newCommits(store: Store, git: GitRepository, { before, after }: RefChange): Promise<CommitFacts[]> {
  if (after === undefined || (await git.typeOf(after)) !== "commit") return [];
  // For a new ref: what no branch and no tag has yet. The excluding options may not stand behind `--end-of-options`.
  const known = before === undefined ? ["--not", "--branches", "--tags"] : [`^${before}`];
  const text = await git.text(["rev-list", after, ...known, "--"]);
  const shas = text === "" ? [] : text.split("\n");
  const facts: CommitFacts[] = [];
  for (const commit of await git.commits(shas)) {
    facts.push({
      sha: commit.sha,
      parents: commit.parents.length,
      verified: (await verify(git, commit, keysOf(store, commit.committer.email))).verified,
      message: commit.message,
      authorEmail: commit.author.email,
      committerEmail: commit.committer.email,
    });
  }
  return facts;
}

async function changedFiles(git: GitRepository, { before, after }: RefChange): Promise<{ path: string; size: number }[]> {
  if (after === undefined || (await git.typeOf(after)) !== "commit") return [];
  const changes = await changesBetween(git, before, after);
  const sizes = new Map((await listTree(git, after, true)).map((entry) => [entry.path, entry.size ?? 0]));
  return changes.filter(({ status }) => status !== "removed").map(({ path }) => ({ path, size: sizes.get(path) ?? 0 }));
}

const GOOD: readonly CheckRunRecord["conclusion"][] = ["success", "neutral", "skipped"];

/** The last check run by name and app, and the last status by context, of a commit. */
export function checksOf(store: Store, repositoryId: number, sha: string): CheckFacts[] {
  const runs = new Map<string, CheckRunRecord>();
  for (const { value } of checkRuns(store).list(repositoryId)) if (value.headSha === sha) runs.set(`${value.appId} ${value.name}`, value);
  const states = new Map<string, StatusRecord>();
  for (const { value } of statuses(store).list(repositoryId)) if (value.sha === sha) states.set(value.context, value);
  return [
    ...[...runs.values()].map(({ name, appId, conclusion, status }): CheckFacts => ({
      context: name,
      appId,
      state: status !== "completed" ? "pending" : GOOD.includes(conclusion) ? "success" : "failure",
    })),
    ...[...states.values()].map(({ context, state }): CheckFacts => ({
      context,
      appId: null,
      state: state === "error" ? "failure" : state,
    })),
  ];
}
