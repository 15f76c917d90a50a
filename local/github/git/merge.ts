/** The three ways in which a pull request is merged, by git's own three-way merge, without a working tree. */
import type { Person } from "./commit.ts";
import type { GitRepository } from "./repository.ts";
import { WEB_FLOW } from "./signer.ts";

/** The tree of a clean merge of two commits; undefined when they conflict or share no history. */
export async function mergeTrees(repository: GitRepository, ours: string, theirs: string): Promise<string | undefined> {
  const { code, stdout } = await repository.run(["merge-tree", "--write-tree", "--no-messages", ours, theirs], { accept: [1, 128] });
  return code === 0 ? stdout.toString().trim().split("\n")[0] : undefined;
}

export interface MergeRequest {
  readonly base: string;
  readonly head: string;
  readonly message: string;
  readonly author: Person;
  /** ISO time of the merge. */
  readonly now: string;
}

const webFlow = (now: string): Person => ({ ...WEB_FLOW, date: now });

/** A signed merge commit of `head` into `base`; undefined on conflict. */
export async function mergeCommit(
  repository: GitRepository,
  { base, head, message, author, now }: MergeRequest,
): Promise<string | undefined> {
  const tree = await mergeTrees(repository, base, head);
  return tree && repository.commitTree({ tree, parents: [base, head], message, author, committer: webFlow(now), sign: true });
}

/** One signed commit on `base` with all changes of `head`; undefined on conflict. */
export async function squashCommit(
  repository: GitRepository,
  { base, head, message, author, now }: MergeRequest,
): Promise<string | undefined> {
  const tree = await mergeTrees(repository, base, head);
  return tree && repository.commitTree({ tree, parents: [base], message, author, committer: webFlow(now), sign: true });
}

/**
 * The commits of `head` one by one on `base`; undefined on conflict or when one of them is a merge.
 * Unsigned, as at GitHub: a rebase cannot carry the authors' signatures over, and web-flow does not sign for them.
 */
export async function rebaseCommits(repository: GitRepository, base: string, head: string, committer: Person): Promise<string | undefined> {
  const shas = (await repository.log({ revisions: [`${base}..${head}`] })).reverse();
  let onto = base;
  for (const commit of await repository.commits(shas)) {
    const [parent, second] = commit.parents;
    if (parent === undefined || second !== undefined) return undefined;
    // Git 2.39 cannot be given a merge base: a commit with our tree and the picked commit's parent makes that parent the base.
    const ours = await repository.commitTree({
      tree: `${onto}^{tree}`,
      parents: [parent],
      message: "pick",
      author: commit.author,
      committer,
      sign: false,
    });
    const tree = await mergeTrees(repository, ours, commit.sha);
    if (!tree) return undefined;
    onto = await repository.commitTree({ tree, parents: [onto], message: commit.message, author: commit.author, committer, sign: false });
  }
  return onto;
}
