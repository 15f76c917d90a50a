/** Promotion to a tier that Argo CD deploys: an image by its tag, or a branch. Always a pull request, and its gates decide. */
import { argocdTarget } from "../../model/target.ts";
import { overlayImages, tagsOf } from "../../delivery/overlays.ts";
import {
  describeTags,
  judgeImages,
  judgeWindow,
  promotionChanges,
  type ImageFacts,
  type PromotionFacts,
  type Refusal,
} from "../../delivery/promotion.ts";
import type { System } from "../../model/system.ts";
import { Failure, exitCode } from "../failure.ts";
import { enableAutoMerge, overlayMergeMethod, type AutoMerge, type MergeMethod } from "./auto-merge.ts";
import { readApplication } from "./kubernetes.ts";
import type { GitOpsTier } from "./open.ts";
import { readOverlay, Validations } from "./overlay.ts";
import { digestOf } from "./registry.ts";
import { proposeFiles, type OpenedPullRequest } from "./repository.ts";

export interface PromotionRequest {
  /** Absent: the branch, where the system promotes branches; else what `from` runs. */
  readonly image?: string;
  /** Only this package. */
  readonly package?: string;
  readonly autoMerge: boolean;
  readonly now: Date;
}

export interface Promotion {
  readonly kind: "image" | "branch";
  readonly from: string;
  readonly to: string;
  readonly images: readonly { readonly package: string; readonly tag: string; readonly digest: string; readonly validated: string }[];
  /** Null where the target has it already. */
  readonly pullRequest: (Pick<OpenedPullRequest, "number" | "url" | "state"> & { readonly autoMerge?: AutoMerge }) | null;
}

/** @throws Failure that lists everything that speaks against it; nothing was changed then. */
export async function promote(from: GitOpsTier, to: GitOpsTier, request: PromotionRequest): Promise<Promotion> {
  inOrder(from, to);
  if (request.image === undefined && request.package === undefined && promotesBranches(from, to)) return promoteBranch(from, to, request);
  const [fromOverlay, toOverlay] = await Promise.all([readOverlay(from), readOverlay(to)]);
  const facts: PromotionFacts = { images: await imageFacts(from, to, request, fromOverlay, toOverlay), from: fromOverlay, to: toOverlay };
  const images = facts.images.flatMap(({ digest = "", validation, ...image }) => ({
    ...image,
    digest,
    validated: validation.valid ? validation.how : "",
  }));
  const found = judgeImages(facts);
  const done = { kind: "image" as const, from: from.tier.name, to: to.tier.name, images };
  const changes = found.length === 0 ? promotionChanges(facts) : new Map<string, string>();
  // What is there already needs no window.
  if (found.length === 0 && changes.size === 0) return { ...done, pullRequest: null };
  refuse(`${from.system.name} is not promoted from ${from.tier.name} to ${to.tier.name}`, [...judgeWindow(to.tier, request.now), ...found]);
  const tags = new Map(facts.images.map((image) => [image.package, image.tag]));
  const pull = await proposeFiles(to.place, {
    base: toOverlay.branch,
    branch: `gatehouse/promote/${to.tier.name}-${branchPart(describeTags(tags))}`,
    // A Conventional Commit: some repositories take no other title.
    title: `chore(${to.tier.name}): promote ${describeTags(tags)} from ${from.tier.name}`,
    body: bodyOf(facts, from, to),
    files: changes,
  });
  return { ...done, pullRequest: await finish(to, pull, request.autoMerge, overlayMergeMethod(to.system)) };
}

/** A promotion goes forward, and past no tier: what lies between would never have seen the image. */
function inOrder(from: GitOpsTier, to: GitOpsTier): void {
  const names = from.system.tiers.map(({ name }) => name);
  if (names.indexOf(to.tier.name) === names.indexOf(from.tier.name) + 1) return;
  throw new Failure(
    exitCode.invalid,
    `${from.system.name} is promoted one tier at a time, ${names.join(" → ")}; not from ${from.tier.name} to ${to.tier.name}.`,
  );
}

/** Only merge commits keep a common history, without which the next promotion of a branch would conflict. */
function promotesBranches({ system, gitops }: GitOpsTier, to: GitOpsTier): boolean {
  return gitops.branch !== to.gitops.branch && (system.repository.mergeMethods ?? []).includes("merge");
}

async function imageFacts(
  from: GitOpsTier,
  to: GitOpsTier,
  request: PromotionRequest,
  fromOverlay: PromotionFacts["from"],
  toOverlay: PromotionFacts["to"],
): Promise<ImageFacts[]> {
  const running = tagsOf(fromOverlay.kustomization);
  const entries = overlayImages(toOverlay.kustomization).filter((entry) => entry.tag !== "");
  const chosen = entries.filter((entry) => request.package === undefined || entry.package === request.package);
  if (chosen.length === 0) {
    const known = entries.map((entry) => entry.package).join(", ");
    throw new Failure(exitCode.invalid, `The overlay of ${to.tier.name} deploys no package ${JSON.stringify(request.package)}: ${known}.`);
  }
  const validations = new Validations(from);
  return Promise.all(
    chosen.map(async ({ package: name, image }) => {
      const tag = request.image ?? running.get(name) ?? "";
      const [digest, validation] = await Promise.all([digestOf(to.registry, image, tag), validations.of(name, tag)]);
      return { package: name, tag, image, digest, validation };
    }),
  );
}

async function promoteBranch(from: GitOpsTier, to: GitOpsTier, { autoMerge, now }: PromotionRequest): Promise<Promotion> {
  const { octokit, at } = to.place;
  const [base, head] = [to.gitops.branch, from.gitops.branch];
  const { data: compared } = await octokit.rest.repos.compareCommitsWithBasehead({ ...at, basehead: `${base}...${head}` });
  const done = { kind: "branch" as const, from: from.tier.name, to: to.tier.name, images: [] };
  if (compared.ahead_by === 0) return { ...done, pullRequest: null };
  const { data: tip } = await octokit.rest.git.getRef({ ...at, ref: `heads/${head}` });
  refuse(`${from.system.name} is not promoted from ${from.tier.name} to ${to.tier.name}`, [
    ...judgeWindow(to.tier, now),
    ...(await judgeBranch(from, tip.object.sha)),
  ]);
  const { data: open } = await octokit.rest.pulls.list({ ...at, state: "open", base, head: `${at.owner}:${head}` });
  const existing = open[0];
  const commits = compared.commits.map(({ commit }) => `- ${commit.message.split("\n")[0] ?? ""}`);
  const pull =
    existing ??
    (
      await octokit.rest.pulls.create({
        ...at,
        title: `chore(${to.tier.name}): promote ${head} to ${base}`,
        body: [`Merge with a merge commit, so that ${base} and ${head} keep a common history.`, "", ...commits].join("\n"),
        base,
        head,
      })
    ).data;
  const opened: OpenedPullRequest = {
    number: pull.number,
    url: pull.html_url,
    nodeId: pull.node_id,
    state: existing === undefined ? "opened" : "current",
  };
  return { ...done, pullRequest: await finish(to, opened, autoMerge, "merge") };
}

/** A branch is validated by the tier that runs its head. */
async function judgeBranch({ cluster, gitops, tier }: GitOpsTier, head: string): Promise<Refusal[]> {
  const application = cluster === undefined ? undefined : await readApplication(cluster, gitops.application);
  const { sync, health } = application?.status ?? {};
  if (sync?.status === "Synced" && health?.status === "Healthy" && sync.revision === head) return [];
  const state =
    application === undefined
      ? "no cluster could be asked"
      : `Application ${gitops.application} is ${sync?.status ?? "Unknown"} and ${health?.status ?? "Unknown"} at ${sync?.revision?.slice(0, 8) ?? "no commit"}`;
  return [
    {
      subject: `branch ${gitops.branch} at ${head.slice(0, 8)}`,
      rule: `${tier.name} has not validated it: ${state}`,
      fix: `let ${tier.name} run it until it is Healthy`,
    },
  ];
}

/** @throws Failure with all refusals, where there are any. */
export function refuse(what: string, refusals: readonly Refusal[]): void {
  if (refusals.length === 0) return;
  const lines = refusals.flatMap(({ subject, rule, fix }) => [`  ${subject}: ${rule}`, `    fix: ${fix}`]);
  throw new Failure(exitCode.failed, [`${what}; nothing was changed:`, ...lines].join("\n"));
}

async function finish(
  { place, system }: GitOpsTier,
  { nodeId, ...pull }: OpenedPullRequest,
  autoMerge: boolean,
  method: MergeMethod,
): Promise<NonNullable<Promotion["pullRequest"]>> {
  if (!autoMerge) return pull;
  if (!allowsAutoMerge(system)) {
    const why = `${system.name} declares no repository.autoMerge, so GitHub offers none`;
    return { ...pull, autoMerge: { state: "refused", why } };
  }
  return { ...pull, autoMerge: await enableAutoMerge(place, { number: pull.number, nodeId }, method) };
}

export const allowsAutoMerge = ({ repository }: System): boolean => repository.autoMerge === true;

/** What may stand in the name of a branch. */
export const branchPart = (text: string): string => text.replaceAll(/[^A-Za-z0-9._-]+/g, "-");

function bodyOf({ images, to }: PromotionFacts, from: GitOpsTier, { tier, gitops }: GitOpsTier): string {
  const window = argocdTarget(tier.target) === undefined || tier.windows === undefined ? "" : " It is synced in the tier's window.";
  return [
    `Sets the image of ${tier.name} (${to.folder}) to what ${from.tier.name} has validated. Merging this deploys it as ${gitops.application}.${window}`,
    "",
    ...images.flatMap(({ image, tag, digest, validation }) => [
      `- \`${image}:${tag}\``,
      `  - ${digest ?? ""}`,
      ...(validation.valid ? [`  - ${from.tier.name}: ${validation.how}`] : []),
    ]),
  ].join("\n");
}
