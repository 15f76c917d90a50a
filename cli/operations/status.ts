/** What every tier of a system declares, runs and waits for: read from GitHub, the registry and the cluster at this moment. */
import { bannedTags, overlayImages } from "../../delivery/overlays.ts";
import { freezeAt, isOpen, nextSlot } from "../../delivery/windows.ts";
import type { System, Tier } from "../../model/system.ts";
import { argocdTarget } from "../../model/target.ts";
import { readContainer, type ContainerState } from "./docker-host.ts";
import { readApplication, runningImages } from "./kubernetes.ts";
import { asDocker, asGitOps, type GitOpsTier, type OpenTier } from "./open.ts";
import { readOverlay } from "./overlay.ts";
import { validatedContext } from "./promote-docker.ts";
import { digestOf, repositoryOf } from "./registry.ts";
import type { Place } from "./repository.ts";

export interface TierStatus {
  readonly tier: string;
  readonly production: boolean;
  /** Null where the tier is no Application. */
  readonly application: ApplicationState | null;
  /** Null where the tier is no container, or its Docker host cannot be asked. */
  readonly container: (ContainerState & { readonly name: string }) | null;
  readonly images: readonly ImageStatus[];
  /** The last ones of the tier's environments, the newest first. */
  readonly deployments: readonly DeploymentStatus[];
  readonly pending: { readonly pullRequests: readonly WaitingPullRequest[]; readonly approvals: readonly WaitingApproval[] };
  readonly window: WindowStatus;
}

interface ApplicationState {
  readonly name: string;
  /** `Synced`, `OutOfSync`, or `Unknown` also where no cluster can be asked. */
  readonly sync: string;
  readonly health: string;
  readonly revision: string;
  /** Does Argo CD sync by itself? An emergency rollback pauses it. */
  readonly automated: boolean;
}

interface ImageStatus {
  readonly package: string;
  /** In the overlay on the tier's branch. */
  readonly tag: string;
  /** Of the tag in the registry; null where it has none. */
  readonly digest: string | null;
  readonly banned: boolean;
  /** Tags of the package that running pods have. */
  readonly running: readonly { readonly tag: string; readonly digest: string }[];
}

interface DeploymentStatus {
  readonly environment: string;
  readonly sha: string;
  readonly state: string;
  readonly date: string;
}

interface WaitingPullRequest {
  readonly number: number;
  readonly title: string;
  readonly url: string;
  readonly autoMerge: boolean;
}

interface WaitingApproval {
  readonly environment: string;
  readonly workflow: string;
  readonly url: string;
  readonly reviewers: readonly string[];
}

interface WindowStatus {
  readonly open: boolean;
  /** Why it is closed, where a freeze is the reason. */
  readonly freeze: string | null;
  /** The slot that is open, or the next one; null without windows, which is always open. */
  readonly slot: { readonly opens: string; readonly closes: string } | null;
}

const deploymentsShown = 3;

/** Reads one tier after the other: GitHub counts requests that come at once against its secondary limit. */
export async function statusOfTiers(tiers: readonly OpenTier[], now: Date): Promise<TierStatus[]> {
  const statuses: TierStatus[] = [];
  const waiting = tiers[0] === undefined ? [] : await waitingApprovals(tiers[0].place);
  for (const tier of tiers) {
    const gitops = asGitOps(tier);
    const environments = new Set(tier.system.environments.flatMap((one) => (one.tier === tier.tier.name ? [one.name] : [])));
    statuses.push({
      tier: tier.tier.name,
      production: tier.tier.production === true,
      application: gitops === undefined ? null : await applicationState(gitops),
      container: await containerState(tier),
      images: gitops === undefined ? await validatedCommit(tier) : await imageStatuses(gitops),
      deployments: await lastDeployments(tier.place, [...environments]),
      pending: {
        pullRequests: gitops === undefined ? [] : await waitingPullRequests(gitops),
        approvals: waiting.filter(({ environment }) => environments.has(environment)),
      },
      window: windowStatus(tier.tier, now),
    });
  }
  return statuses;
}

async function applicationState({ cluster, gitops }: GitOpsTier): Promise<ApplicationState> {
  const application = cluster === undefined ? undefined : await readApplication(cluster, gitops.application);
  const { sync, health } = application?.status ?? {};
  const automated = application?.spec.syncPolicy?.automated;
  return {
    name: gitops.application,
    sync: sync?.status ?? "Unknown",
    health: health?.status ?? "Unknown",
    revision: sync?.revision ?? "",
    automated: automated !== undefined && automated !== null && automated["enabled"] !== false,
  };
}

async function containerState(tier: OpenTier): Promise<TierStatus["container"]> {
  const docker = asDocker(tier);
  if (docker?.dockerHost === undefined) return null;
  const state = await readContainer(docker.dockerHost, docker.docker.container);
  return state === undefined ? null : { name: docker.docker.container, ...state };
}

async function imageStatuses(tier: GitOpsTier): Promise<ImageStatus[]> {
  const overlay = await readOverlay(tier);
  const pods = tier.cluster === undefined ? [] : await runningImages(tier.cluster, tier.gitops.namespace);
  const banned = bannedTags(overlay.banned);
  return Promise.all(
    overlayImages(overlay.kustomization)
      .filter((entry) => entry.tag !== "")
      .map(async ({ package: name, image, tag }) => ({
        package: name,
        tag,
        digest: (await digestOf(tier.registry, image, tag)) ?? null,
        banned: banned.has(tag),
        running: pods.flatMap((pod) => {
          const [repository, running] = splitTag(pod.image);
          if (repositoryOf(repository) !== repositoryOf(image)) return [];
          return [{ tag: running ?? "", digest: /sha256:[0-9a-f]{64}/.exec(pod.id)?.[0] ?? "" }];
        }),
      })),
  );
}

/** A port has a colon too, and a digest comes after an `@`. */
function splitTag(image: string): [string, string | undefined] {
  const [name = ""] = image.split("@");
  const colon = name.lastIndexOf(":");
  return colon > name.lastIndexOf("/") ? [name.slice(0, colon), name.slice(colon + 1)] : [name, undefined];
}

/** A container's code is a commit, which its tier marks once it runs well. */
async function validatedCommit({ place, system, tier }: OpenTier): Promise<ImageStatus[]> {
  const { octokit, at } = place;
  const branch = system.branches.find((candidate) => candidate.default === true)?.name ?? "main";
  const { data: commits } = await octokit.rest.repos.listCommits({ ...at, sha: branch, per_page: 20 });
  for (const { sha } of commits) {
    const { data } = await octokit.rest.repos.getCombinedStatusForRef({ ...at, ref: sha, per_page: 100 });
    if (data.statuses.some(({ context, state }) => context === validatedContext(tier.name) && state === "success"))
      return [{ package: "commit", tag: sha, digest: null, banned: false, running: [] }];
  }
  return [];
}

async function lastDeployments({ octokit, at }: Place, environments: readonly string[]): Promise<DeploymentStatus[]> {
  const found: DeploymentStatus[] = [];
  for (const environment of environments) {
    const { data } = await octokit.rest.repos.listDeployments({ ...at, environment, per_page: deploymentsShown });
    for (const { id, sha, created_at: date } of data) {
      const { data: states } = await octokit.rest.repos.listDeploymentStatuses({ ...at, deployment_id: id, per_page: 1 });
      found.push({ environment, sha, state: states[0]?.state ?? "pending", date });
    }
  }
  return found.sort((a, b) => b.date.localeCompare(a.date)).slice(0, deploymentsShown);
}

/** Open pull requests that would change what the tier deploys: its overlay, or its branch by a promotion of the branch before. */
async function waitingPullRequests({ gitops, place, system }: GitOpsTier): Promise<WaitingPullRequest[]> {
  const { octokit, at } = place;
  const promoted = new Set(system.tiers.map(({ target }) => argocdTarget(target)?.branch));
  const { data: open } = await octokit.rest.pulls.list({ ...at, state: "open", base: gitops.branch, per_page: 100 });
  const kept = await Promise.all(
    open.map(async ({ number, head }) => {
      if (promoted.has(head.ref)) return true;
      const { data: files } = await octokit.rest.pulls.listFiles({ ...at, pull_number: number, per_page: 100 });
      return files.some(({ filename }) => filename.startsWith(`${gitops.path}/`));
    }),
  );
  return open
    .filter((_, index) => kept[index])
    .map(({ number, title, html_url: url, auto_merge: autoMerge }) => ({ number, title, url, autoMerge: autoMerge !== null }));
}

async function waitingApprovals({ octokit, at }: Place): Promise<WaitingApproval[]> {
  const { data } = await octokit.rest.actions.listWorkflowRunsForRepo({ ...at, status: "waiting", per_page: 100 });
  const found: WaitingApproval[] = [];
  for (const { id, name, html_url: url } of data.workflow_runs) {
    const { data: pending } = await octokit.rest.actions.getPendingDeploymentsForRun({ ...at, run_id: id });
    for (const { environment, reviewers } of pending) {
      const names = reviewers.map(({ reviewer = {} }) => ("slug" in reviewer ? reviewer.slug : "login" in reviewer ? reviewer.login : ""));
      found.push({ environment: environment.name ?? "", workflow: name ?? "", url, reviewers: names });
    }
  }
  return found;
}

function windowStatus({ windows }: Pick<Tier, "windows">, now: Date): WindowStatus {
  if (windows === undefined) return { open: true, freeze: null, slot: null };
  const slot = nextSlot(windows, now);
  return {
    open: isOpen(windows, now),
    freeze: freezeAt(windows, now)?.reason ?? null,
    slot: slot === undefined ? null : { opens: slot.opens.toISOString(), closes: slot.closes.toISOString() },
  };
}

/** The tiers that something is deployed to, from first to last. */
export const deployedTiers = ({ tiers }: System): Tier[] => tiers.filter(({ target }) => target !== undefined);
