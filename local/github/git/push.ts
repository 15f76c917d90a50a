/** Judges a push by the rules of its refs, and words a refusal as GitHub does. */
import type { Actor } from "../core/family.ts";
import type { RepositoryRecord } from "../core/records.ts";
import type { Store, Stored } from "../core/store.ts";
import { violationsOf } from "../rules/enforce.ts";
import type { RefChange } from "../rules/gather.ts";
import type { Violation } from "../rules/model.ts";
import { workflowRefusal } from "../rules/workflow-files.ts";
import { type GitRepository, NO_OBJECT } from "./repository.ts";

export interface PendingPush {
  readonly repository: Stored<RepositoryRecord>;
  readonly actor: Actor;
  readonly git: GitRepository;
  /** What the hook was told; filled in when it asks. */
  readonly updates: RefChange[];
}

/** Reads the lines that git gives a pre-receive hook: `old new ref`. */
export function parseUpdates(text: string): RefChange[] {
  const object = (sha: string): string | undefined => (sha === NO_OBJECT ? undefined : sha);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [before = "", after = "", ...ref] = line.split(" ");
      return { ref: ref.join(" "), before: object(before), after: object(after) };
    });
}

/** The text that refuses the push, or undefined when it may be made. One ref that may not change refuses the whole push. */
export async function judgePush(
  store: Store,
  { repository, actor, updates }: PendingPush,
  git: GitRepository,
): Promise<string | undefined> {
  const refusals: string[] = [];
  for (const change of updates) {
    if (change.after === undefined && change.ref === `refs/heads/${repository.value.defaultBranch}`) {
      refusals.push(`error: refusing to delete the current branch: ${change.ref}\n`);
      continue;
    }
    if (/^refs\/(pull|gatehouse)\//.test(change.ref)) {
      refusals.push(`error: ${change.ref} is a hidden ref: it cannot be pushed to\n`);
      continue;
    }
    const violations = await violationsOf({ store, repository, git, actorId: actor.id }, change);
    if (violations.length > 0) refusals.push(wording(change.ref, violations));
    const workflow = await workflowRefusal(git, actor, change, `refs/heads/${repository.value.defaultBranch}`);
    if (workflow !== undefined) refusals.push(`error: ${workflow}\n`);
  }
  return refusals.length === 0 ? undefined : refusals.join("\n");
}

function wording(ref: string, violations: readonly Violation[]): string {
  const classic = violations.every(({ rule }) => rule.classic);
  const head = classic
    ? `error: GH006: Protected branch update failed for ${ref}.`
    : `error: GH013: Repository rule violations found for ${ref}.`;
  const messages = [...new Set(violations.map(({ message }) => message))];
  return `${head}\n\n${messages.map((message) => `- ${message}`).join("\n\n")}\n\n`;
}
