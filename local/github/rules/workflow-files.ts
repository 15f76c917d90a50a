/** Who may change workflow files: a token needs a right of its own for that, since whoever writes them may read every secret. */
import type { Actor } from "../core/family.ts";
import { permits } from "../core/permissions.ts";
import type { GitRepository } from "../git/repository.ts";
import { entryAt, listTree } from "../git/tree.ts";
import type { RefChange } from "./gather.ts";

const FOLDER = ".github/workflows";

async function filesAt(git: GitRepository, commit: string | undefined): Promise<Map<string, string>> {
  const entry = commit === undefined ? undefined : await entryAt(git, commit, FOLDER);
  if (entry?.type !== "tree") return new Map();
  return new Map((await listTree(git, entry.sha, true)).map(({ path, sha }) => [path, sha]));
}

/** May this caller change workflow files? */
function mayChange({ grant, scopes }: Actor): boolean {
  if (!grant) return scopes.includes("workflow");
  // No job's token can have this permission, whatever the workflow asks for.
  return grant.job !== true && permits(grant.permissions, { anyOf: ["workflows"], access: "write" });
}

/**
 * GitHub's sentence where the change makes or alters a workflow that the caller may not; undefined where it may be made.
 *
 * @param defaultBranch Full ref that a new ref is compared with: what is there already is not changed.
 */
export async function workflowRefusal(
  git: GitRepository,
  actor: Actor,
  { before, after }: RefChange,
  defaultBranch: string,
): Promise<string | undefined> {
  if (after === undefined || mayChange(actor) || (await git.typeOf(after)) !== "commit") return undefined;
  const known = await filesAt(git, before ?? (await git.resolve(defaultBranch)));
  const changed = [...(await filesAt(git, after))].find(([path, sha]) => known.get(path) !== sha);
  if (!changed) return undefined;
  const [by, right] = actor.grant
    ? [actor.grant.kind === "fine-grained" ? "a Personal Access Token" : "a GitHub App", "`workflows` permission"]
    : ["a Personal Access Token", "`workflow` scope"];
  return `refusing to allow ${by} to create or update workflow \`${FOLDER}/${changed[0]}\` without ${right}`;
}
