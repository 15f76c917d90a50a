/** An overlay as its branch has it, and what proves that an image ran well there. */
import { bannedTagsOf, kustomizationOf, tagsOf } from "../../delivery/overlays.ts";
import type { OverlayFacts, Validation } from "../../delivery/promotion.ts";
import { Failure, exitCode } from "../failure.ts";
import { readApplication, type Application } from "./kubernetes.ts";
import type { GitOpsTier } from "./open.ts";
import { history, readText, type Place, type Version } from "./repository.ts";

/** @throws Failure when the branch has no such overlay. */
export async function readOverlay({ tier, gitops, place }: GitOpsTier): Promise<OverlayFacts> {
  const { branch, path: folder } = gitops;
  const path = kustomizationOf(folder);
  const [kustomization, banned] = await Promise.all([readText(place, path, branch), readText(place, bannedTagsOf(folder), branch)]);
  if (kustomization === undefined) {
    const { owner, repo } = place.at;
    throw new Failure(
      exitCode.failed,
      `${owner}/${repo} has no ${path} on branch ${branch}, or its token may not see it. Run \`gatehouse up\` first: it seeds a new repository.`,
    );
  }
  return { tier: tier.name, branch, folder, kustomization, banned: banned ?? "" };
}

/** Versions of the tier's kustomization on its branch, the newest first. */
export function overlayHistory({ gitops, place }: GitOpsTier): AsyncGenerator<Version> {
  return history(place, kustomizationOf(gitops.path), gitops.branch);
}

/** Each costs a request; what is older than so many changes has to be validated again. */
const versionsRead = 200;

/** What a tier ran, read once and asked for several tags. */
export class Validations {
  readonly #tier: GitOpsTier;
  #versions: Promise<readonly Version[]> | undefined;
  #application: Promise<Application | undefined> | undefined;
  #deployed: Promise<readonly Success[]> | undefined;

  constructor(tier: GitOpsTier) {
    this.#tier = tier;
  }

  /** The overlay's last versions, the newest first. */
  versions(): Promise<readonly Version[]> {
    this.#versions ??= (async () => {
      const versions: Version[] = [];
      for await (const version of overlayHistory(this.#tier)) if (versions.push(version) === versionsRead) break;
      return versions;
    })();
    return this.#versions;
  }

  /**
   * Did this tag of a package run well in the tier? What the overlay carries now is judged by its Application, and where no cluster can
   * be asked by the environment's deployments; an earlier one by whether it was ever synced or deployed with success.
   */
  async of(name: string, tag: string): Promise<Validation> {
    const { tier, gitops } = this.#tier;
    const versions = await this.versions();
    const carrying = versions.filter(({ text }) => tagsOf(text).get(name) === tag);
    const [newest] = versions;
    if (carrying.length === 0 || newest === undefined) {
      const where = `${kustomizationOf(gitops.path)} on ${gitops.branch}`;
      return { valid: false, why: `it has never been in ${where}`, fix: `deploy it to ${tier.name} first` };
    }
    const application = await this.#read();
    const current = tagsOf(newest.text).get(name) === tag;
    if (current && application !== undefined) return this.#current(name, tag, application);
    const synced = await this.#syncedWith(application, name, tag);
    if (synced !== undefined) return { valid: true, how: synced };
    for (const { sha, date } of await this.#deployments()) {
      if (tag === `sha-${sha.slice(0, 8)}` || (await this.#tagAt(sha, name)) === tag)
        return { valid: true, how: `deployed to environment ${tier.name} with success at ${date}` };
    }
    const asked = application === undefined ? "no cluster could be asked, and " : `${gitops.application} has not synced it, and `;
    return {
      valid: false,
      why: `${asked}environment ${tier.name} has no successful deployment of it`,
      fix: `let ${tier.name} run it until it is Healthy`,
    };
  }

  #read(): Promise<Application | undefined> {
    const { cluster, gitops } = this.#tier;
    this.#application ??= cluster === undefined ? Promise.resolve(undefined) : readApplication(cluster, gitops.application);
    return this.#application;
  }

  async #current(name: string, tag: string, application: Application): Promise<Validation> {
    const { gitops, tier } = this.#tier;
    const { sync, health } = application.status ?? {};
    const state = `${sync?.status ?? "Unknown"} and ${health?.status ?? "Unknown"}`;
    const at = sync?.revision === undefined ? undefined : await this.#tagAt(sync.revision, name);
    if (sync?.status === "Synced" && health?.status === "Healthy" && at === tag) {
      return { valid: true, how: `Application ${gitops.application} is Synced and Healthy at it` };
    }
    const behind = at === tag ? "" : ` at a commit that deploys ${at ?? "no such package"}`;
    return {
      valid: false,
      why: `Application ${gitops.application} is ${state}${behind}`,
      fix: `let ${tier.name} run it until it is Healthy, or mend it there`,
    };
  }

  /** The last of Argo CD's syncs that deployed the tag, in words. It keeps the last ten. */
  async #syncedWith(application: Application | undefined, name: string, tag: string): Promise<string | undefined> {
    for (const { revision, deployedAt } of [...(application?.status?.history ?? [])].reverse()) {
      if (revision !== undefined && (await this.#tagAt(revision, name)) === tag)
        return `Application ${this.#tier.gitops.application} was synced with it at ${deployedAt ?? revision}`;
    }
    return undefined;
  }

  async #tagAt(revision: string, name: string): Promise<string | undefined> {
    const known = (await this.versions()).find(({ sha }) => sha === revision);
    const text = known?.text ?? (await readText(this.#tier.place, kustomizationOf(this.#tier.gitops.path), revision));
    return text === undefined ? undefined : tagsOf(text).get(name);
  }

  #deployments(): Promise<readonly Success[]> {
    this.#deployed ??= successfulDeployments(this.#tier.place, this.#tier.tier.name);
    return this.#deployed;
  }
}

/** A deployment that ended in success. */
interface Success {
  readonly sha: string;
  readonly date: string;
}

/** Of the environment's last thirty deployments, the newest first. */
async function successfulDeployments({ octokit, at }: Place, environment: string): Promise<readonly Success[]> {
  const { data } = await octokit.rest.repos.listDeployments({ ...at, environment, per_page: 30 });
  const successes: Success[] = [];
  for (const { id, sha, created_at: date } of data) {
    const { data: statuses } = await octokit.rest.repos.listDeploymentStatuses({ ...at, deployment_id: id, per_page: 100 });
    // A success that a later deployment made inactive was one; one that failed afterwards was none.
    if (statuses.find(({ state }) => state !== "inactive")?.state === "success") successes.push({ sha, date });
  }
  return successes;
}
