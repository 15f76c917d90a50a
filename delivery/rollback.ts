/** Which earlier images a tier may go back to, and what changes in its overlay. Pure. */
import { bannedTags, bannedTagsOf, kustomizationOf, tagsOf, withBan, withTags } from "./overlays.ts";
import { describeTags, type OverlayFacts } from "./promotion.ts";

/** What an overlay deployed at one of its commits. */
export interface EarlierState {
  readonly sha: string;
  /** ISO 8601 */
  readonly date: string;
  /** Package → tag, of every package that the overlay deploys. */
  readonly tags: ReadonlyMap<string, string>;
}

/** Tags that a rollback changes, package by package: what the overlay says now, and what it would say. */
export type Change = ReadonlyMap<string, { readonly bad: string; readonly good: string }>;

/**
 * What the overlay deployed before, the newest first: every state once, without what it deploys now and without banned tags.
 *
 * @param versions Versions of the kustomization, the newest first.
 */
export function earlierStates(
  { kustomization, banned }: OverlayFacts,
  versions: readonly { readonly sha: string; readonly date: string; readonly text: string }[],
): EarlierState[] {
  const bans = bannedTags(banned);
  const current = tagsOf(kustomization);
  const seen = new Set([keyOf(current)]);
  return versions.flatMap(({ sha, date, text }) => {
    const before = tagsOf(text);
    // A package that came later keeps what it has.
    const tags = new Map([...current].map(([name, tag]) => [name, before.get(name) ?? tag] as const));
    if (seen.has(keyOf(tags))) return [];
    seen.add(keyOf(tags));
    const changed = [...tags].filter(([name, tag]) => current.get(name) !== tag);
    return changed.some(([, tag]) => bans.has(tag)) ? [] : [{ sha, date, tags }];
  });
}

const keyOf = (tags: ReadonlyMap<string, string>): string => JSON.stringify([...tags].sort(([a], [b]) => a.localeCompare(b)));

/**
 * The newest earlier state that `--to` means: a commit of the overlay by at least seven digits, a tag that some package had, or the
 * commit that such a tag was built from.
 *
 * @returns `undefined` where the overlay never deployed it, or it is banned.
 */
export function stateNamed(states: readonly EarlierState[], to: string): EarlierState | undefined {
  const commit = /^[0-9a-f]{7,40}$/.test(to) ? to : undefined;
  const tags = commit !== undefined && commit.length >= 8 ? [to, `sha-${commit.slice(0, 8)}`] : [to];
  return (
    (commit === undefined ? undefined : states.find(({ sha }) => sha.startsWith(commit))) ??
    states.find((state) => [...state.tags.values()].some((tag) => tags.includes(tag)))
  );
}

/** What changes on the way from what the overlay deploys now to an earlier state. */
export function changeTo({ kustomization }: OverlayFacts, tags: ReadonlyMap<string, string>): Change {
  const current = tagsOf(kustomization);
  return new Map(
    [...tags].flatMap(([name, good]) => {
      const bad = current.get(name);
      return bad === undefined || bad === good ? [] : [[name, { bad, good }] as const];
    }),
  );
}

/**
 * Files that take the overlay back and ban what it is taken back from, for one commit: path → text.
 *
 * @param bans Tags to ban besides those that the change takes out, such as those that the cluster was taken back from already.
 */
export function rollbackFiles(
  overlay: OverlayFacts,
  tags: ReadonlyMap<string, string>,
  bans: readonly string[] = [],
): ReadonlyMap<string, string> {
  const change = changeTo(overlay, tags);
  const kept = new Set(tags.values());
  const bad = [...new Set([...[...change.values()].map((one) => one.bad), ...bans])].filter((tag) => !kept.has(tag));
  const list = bad.reduce((text, tag) => withBan(text, tag, `rolled back to ${describeTags(tags)}`), overlay.banned);
  const text = withTags(overlay.kustomization, tags);
  return new Map([
    ...(text === overlay.kustomization ? [] : ([[kustomizationOf(overlay.folder), text]] as const)),
    ...(list === overlay.banned ? [] : ([[bannedTagsOf(overlay.folder), list]] as const)),
  ]);
}
