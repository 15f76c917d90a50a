/** The one way in which a ref changes: judged by its rules, moved in git, and followed by what GitHub does about pull requests. */
import { ApiError, conflict, notFound } from "../core/errors.ts";
import type { Call } from "../core/family.ts";
import { notAccessible } from "../core/grants.ts";
import type { RepositoryRecord } from "../core/records.ts";
import type { Stored } from "../core/store.ts";
import { afterRefChange } from "../families/pulls/follow.ts";
import { NO_OBJECT, RefMoved } from "../git/repository.ts";
import { evaluate } from "./engine.ts";
import { workflowRefusal } from "./workflow-files.ts";
import { activeRules, changeFacts, type RefChange, type RuleContext } from "./gather.ts";
import type { PullRequestFacts, Violation } from "./model.ts";

/** What a change of a ref needs of a request. */
export type ChangeCall = Pick<Call, "store" | "git" | "actor" | "now">;

/** What a change would violate; empty when it may be made. Asks git for nothing where no rule holds. */
export async function violationsOf(context: RuleContext, change: RefChange, pullRequest?: PullRequestFacts): Promise<Violation[]> {
  const rules = activeRules(context, change.ref).filter((rule) => rule.bypass !== "always");
  return rules.length === 0 ? [] : evaluate(rules, await changeFacts(context, change, pullRequest));
}

/** GitHub's answer to a change that rules forbid; `status` is what the operation answers: 409 for contents, 405 for a merge, else 422. */
export function ruleViolation(violations: readonly Violation[], ref: string, status: number): ApiError {
  const classic = violations.every(({ rule }) => rule.classic);
  const head = classic ? `Protected branch update failed for ${ref}` : "Repository rule violations found";
  return new ApiError(status, `${head}\n\n${[...new Set(violations.map(({ message }) => message))].join("\n\n")}\n\n`);
}

/**
 * Judges and makes a change of a ref by the API.
 * @throws ApiError with `status` when a rule forbids it, 404 or 403 for a workflow file that the token may not write, 409 when the ref has
 *   moved meanwhile.
 */
export async function changeRef(call: ChangeCall, repository: Stored<RepositoryRecord>, change: RefChange, status = 422): Promise<void> {
  const git = call.git.repository(repository.id);
  const context = { store: call.store, repository, git, actorId: call.actor.id };
  const violations = await violationsOf(context, change);
  if (violations.length > 0) throw ruleViolation(violations, change.ref, status);
  if ((await workflowRefusal(git, call.actor, change, `refs/heads/${repository.value.defaultBranch}`)) !== undefined) {
    throw call.actor.grant ? notAccessible(call.actor.grant, { anyOf: ["workflows"], access: "write" }) : notFound();
  }
  await moveRef(call, repository, change);
}

/** Moves a ref that was judged already. @throws ApiError 409 when it has moved meanwhile. */
export async function moveRef(call: ChangeCall, repository: Stored<RepositoryRecord>, { ref, before, after }: RefChange): Promise<void> {
  const git = call.git.repository(repository.id);
  try {
    if (after === undefined) await git.deleteRef(ref, before ?? NO_OBJECT);
    else await git.updateRef(ref, after, before ?? NO_OBJECT);
  } catch (error) {
    if (!(error instanceof RefMoved)) throw error;
    throw conflict(`${ref} is at ${(await git.resolve(ref)) ?? "no object"} but expected ${error.expected}`);
  }
  await afterRefChange({ store: call.store, repository, git, actorId: call.actor.id, now: call.now }, { ref, before, after });
}
