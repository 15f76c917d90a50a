/** Rollback of a tier that Argo CD deploys: back to an image that ran there before, and the bad one banned, in one pull request. */
import { overlayImages, tagsOf } from "../../delivery/overlays.ts";
import { describeTags, type OverlayFacts } from "../../delivery/promotion.ts";
import { changeTo, earlierStates, rollbackFiles, stateNamed, type Change, type EarlierState } from "../../delivery/rollback.ts";
import { Failure, exitCode } from "../failure.ts";
import { enableAutoMerge, overlayMergeMethod, type AutoMerge } from "./auto-merge.ts";
import type { GitOpsTier } from "./open.ts";
import { readOverlay, Validations } from "./overlay.ts";
import { allowsAutoMerge, branchPart } from "./promote.ts";
import { digestOf } from "./registry.ts";
import { proposeFiles, type OpenedPullRequest } from "./repository.ts";

export interface RollbackRequest {
  /** Tag or commit; absent: the last one that is known to have run well. */
  readonly to?: string;
  readonly autoMerge: boolean;
}

/** Package → tag as plain data, for people and for an annotation. */
export type Tags = Readonly<Record<string, string>>;

/** Where a rollback goes, decided once. */
export interface RollbackPlan {
  readonly overlay: OverlayFacts;
  /** Package → tag of everything that the overlay deploys afterwards. */
  readonly tags: ReadonlyMap<string, string>;
  readonly change: Change;
  /** Why these are good. */
  readonly proof: string;
}

export interface Rollback {
  readonly tier: string;
  readonly from: Tags;
  readonly to: Tags;
  readonly proof: string;
  /** Null where git says it already. */
  readonly pullRequest: RollbackPullRequest | null;
}

export type RollbackPullRequest = Pick<OpenedPullRequest, "number" | "url" | "state"> & { readonly autoMerge?: AutoMerge };

/** Opens the pull request, or finds it. A window or a freeze holds no rollback back. @throws Failure when there is nowhere to go */
export async function rollBack(tier: GitOpsTier, request: RollbackRequest): Promise<Rollback> {
  const plan = await planRollback(tier, request.to);
  return { ...describePlan(tier, plan), pullRequest: await bringGitInLine(tier, plan, request.autoMerge) };
}

/** The plan's part of a result. */
export const describePlan = ({ tier }: GitOpsTier, { change, proof }: RollbackPlan): Omit<Rollback, "pullRequest"> => ({
  tier: tier.name,
  from: Object.fromEntries([...change].map(([name, { bad }]) => [name, bad])),
  to: Object.fromEntries([...change].map(([name, { good }]) => [name, good])),
  proof,
});

/**
 * @param to Tag or commit; absent: the last one that is known to have run well.
 * @param decided Package → tag that was decided on before, by a command that was interrupted.
 * @throws Failure when nothing earlier is known to have run well, or `to` never ran in this tier.
 */
export async function planRollback(tier: GitOpsTier, to: string | undefined, decided?: ReadonlyMap<string, string>): Promise<RollbackPlan> {
  const overlay = await readOverlay(tier);
  if (decided !== undefined) return { overlay, tags: decided, change: changeTo(overlay, decided), proof: "decided before" };
  const validations = new Validations(tier);
  const states = earlierStates(overlay, await validations.versions());
  const plan = (state: EarlierState, proof: string): RollbackPlan => {
    return { overlay, tags: state.tags, change: changeTo(overlay, state.tags), proof };
  };
  if (to !== undefined) {
    if ([...tagsOf(overlay.kustomization).values()].every((tag) => tag === to)) return inLine(overlay);
    const state = stateNamed(states, to);
    if (state === undefined) throw neverThere(tier, overlay, to, states);
    await allInRegistry(tier, overlay, state);
    return plan(state, `named; the overlay deployed it at ${state.sha.slice(0, 8)} of ${state.date}`);
  }
  const rejected: string[] = [];
  for (const state of states) {
    const verdict = await judge(tier, overlay, state, validations);
    if (verdict.good) return plan(state, verdict.why);
    rejected.push(`  ${describeTags(state.tags)}: ${verdict.why}`);
  }
  throw new Failure(
    exitCode.failed,
    [
      `Nothing that ${tier.tier.name} of ${tier.system.name} deployed before is known to have run well there; nothing was changed.`,
      ...(rejected.length === 0 ? [`  The history of its overlay on ${overlay.branch} has no other image that is not banned.`] : rejected),
      "What to do: name one of them with --to, or merge a commit that mends what runs.",
    ].join("\n"),
  );
}

const inLine = (overlay: OverlayFacts): RollbackPlan => ({
  overlay,
  tags: tagsOf(overlay.kustomization),
  change: new Map(),
  proof: "the overlay deploys it already",
});

function neverThere({ tier, system }: GitOpsTier, { branch }: OverlayFacts, to: string, states: readonly EarlierState[]): Failure {
  const known = states.map(({ tags }) => describeTags(tags)).slice(0, 10);
  return new Failure(
    exitCode.failed,
    [
      `${tier.name} of ${system.name} does not go back to ${to}: its overlay on ${branch} never deployed it, or it is banned; nothing was changed.`,
      `  It may go back to: ${known.join("; ") || "nothing"}`,
      `  What never ran there is promoted: gatehouse promote ${system.name} --to ${tier.name}`,
    ].join("\n"),
  );
}

async function judge(
  tier: GitOpsTier,
  overlay: OverlayFacts,
  state: EarlierState,
  validations: Validations,
): Promise<{ readonly good: boolean; readonly why: string }> {
  const proofs: string[] = [];
  for (const [name, { good }] of changeTo(overlay, state.tags)) {
    if ((await lookUp(tier, overlay, name, good)) === undefined) return { good: false, why: `${name}:${good} is not in the registry` };
    const validation = await validations.of(name, good);
    if (!validation.valid) return { good: false, why: validation.why };
    proofs.push(`${name} ${good}: ${validation.how}`);
  }
  return { good: true, why: proofs.join("; ") };
}

/** An image that cannot be pulled makes it worse. */
async function allInRegistry(tier: GitOpsTier, overlay: OverlayFacts, state: EarlierState): Promise<void> {
  const missing: string[] = [];
  for (const [name, { good }] of changeTo(overlay, state.tags))
    if ((await lookUp(tier, overlay, name, good)) === undefined) missing.push(`${name}:${good}`);
  if (missing.length === 0) return;
  throw new Failure(exitCode.failed, `Not in the registry, so it cannot run again: ${missing.join(", ")}. Nothing was changed.`);
}

function lookUp({ registry }: GitOpsTier, { kustomization }: OverlayFacts, name: string, tag: string): Promise<string | undefined> {
  const entry = overlayImages(kustomization).find((one) => one.package === name);
  return entry === undefined ? Promise.resolve(undefined) : digestOf(registry, entry.image, tag);
}

/**
 * Proposes the earlier tags and the bans in one commit. The same again finds its pull request.
 *
 * @param bans Tags to ban although the overlay does not carry them any more.
 */
export async function bringGitInLine(
  tier: GitOpsTier,
  { tags, change }: Pick<RollbackPlan, "tags" | "change">,
  autoMerge: boolean,
  bans: readonly string[] = [],
): Promise<RollbackPullRequest | null> {
  // Read again: between the plan and now somebody may have merged something.
  const overlay = await readOverlay(tier);
  const files = rollbackFiles(overlay, tags, bans);
  if (files.size === 0) return null;
  const bad = [...new Set([...[...change.values()].map((one) => one.bad), ...bans])];
  const { nodeId, ...pull } = await proposeFiles(tier.place, {
    base: overlay.branch,
    branch: `gatehouse/rollback/${tier.tier.name}-${branchPart(bad.join("-"))}-to-${branchPart(describeTags(tags))}`,
    // A Conventional Commit: some repositories take no other title.
    title: `fix(${tier.tier.name}): roll back to ${describeTags(tags)}`,
    body: [
      `Takes ${tier.tier.name} (${overlay.folder}) back to ${describeTags(tags)}. Merging this deploys it as ${tier.gitops.application}.`,
      "",
      `Banned from there, so that no updater returns it: ${bad.map((tag) => `\`${tag}\``).join(", ")}.`,
    ].join("\n"),
    files,
  });
  if (!autoMerge || !allowsAutoMerge(tier.system)) return pull;
  return { ...pull, autoMerge: await enableAutoMerge(tier.place, { number: pull.number, nodeId }, overlayMergeMethod(tier.system)) };
}
