/** Promotion, status and rollback on the data platform: three tiers on one branch, three deployments of two images. */
import { expect } from "chai";

import type { Application } from "../../cli/operations/kubernetes.ts";
import type { EmergencyRollback } from "../../cli/operations/emergency.ts";
import type { Promotion } from "../../cli/operations/promote.ts";
import type { TierStatus } from "../../cli/operations/status.ts";
import { eventually } from "./support/eventually.ts";
import { approve, isMerged, merge, passChecks, proposeTags, pushImages, refresh, tidy } from "./support/gates.ts";
import { applied, type Applied } from "./support/rig.ts";

const NAME = "data-platform-aks";
const at = { owner: NAME, repo: NAME };
const FIRST = "sha-d1e2f3a4";
const NEW = "sha-0e0e0e0e";

interface Deployments {
  readonly items: readonly {
    readonly spec: { readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } } };
  }[];
}

describe("gatehouse promote, status and rollback, on the services of this machine", function () {
  this.timeout(600_000);
  let world: Applied;

  before(async () => {
    world = await applied();
    await pushImages(world, NAME, ["airflow", "frontend"], NEW);
  });

  after(() => tidy(world, at));

  const application = (tier: string): Promise<Application> =>
    world.rig.kubectl<Application>("get", "applications.argoproj.io", `data-platform-${tier}`, "-n", "argocd");
  const tagsIn = async (tier: string): Promise<(string | undefined)[]> => {
    const { items } = await world.rig.kubectl<Deployments>("get", "deployments", "-n", `data-platform-${tier}`);
    return items.map(({ spec }) => spec.template.spec.containers[0]?.image.split(":").at(-1));
  };
  const runs = async (tier: string, tag: string): Promise<boolean> => {
    const { status } = await application(tier);
    const well = status?.sync?.status === "Synced" && status.health?.status === "Healthy";
    return well && (await tagsIn(tier)).every((one) => one === tag);
  };
  const refused = async (...parameters: readonly string[]): Promise<string> => {
    const { code, stderr } = await world.rig.run(parameters);
    expect(code, stderr).to.equal(1);
    return stderr;
  };
  const overlay = async (tier: string, file: string): Promise<string> => {
    const path = `k8s/aks/overlays/${tier}/${file}`;
    const { data } = await world.github.octokit.rest.repos.getContent({ ...at, path, mediaType: { format: "raw" } });
    return data as unknown as string;
  };
  async function throughTheGates(pull_number: number): Promise<void> {
    expect(await merge(world, at, pull_number), "without a review and checks").to.equal(405);
    await passChecks(world, at, pull_number);
    await approve(world, at, pull_number, "platform-engineers-1");
    expect(await merge(world, at, pull_number)).to.equal(200);
  }
  const toStaging = ["promote", NAME, "--from", "dev", "--to", "staging", "--image", NEW];

  it("[AKS-5] refuses to promote what the tier before has never run, then what is not in the registry", async () => {
    expect(await refused(...toStaging)).to.include("dev has not validated it: it has never been in k8s/aks/overlays/dev");
    expect(await refused(...toStaging.slice(0, -1), "sha-00000000")).to.include("is not in the registry");
  });

  it("[AKS-5] promotes what dev runs well by a pull request that the gates bind", async () => {
    const change = { base: "main", folder: "k8s/aks/overlays/dev", tags: { airflow: NEW, frontend: NEW } };
    await throughTheGates(await proposeTags(world, at, change));
    await refresh(world, "data-platform-dev");
    await eventually("dev runs the new images", () => runs("dev", NEW));

    const { pullRequest, images } = await world.rig.json<Promotion>(...toStaging);
    expect(pullRequest?.state).to.equal("opened");
    for (const { digest, validated } of images) {
      expect(digest).to.match(/^sha256:/);
      expect(validated).to.equal("Application data-platform-dev is Synced and Healthy at it");
    }
    expect((await world.rig.json<Promotion>(...toStaging)).pullRequest).to.deep.equal({ ...pullRequest, state: "current" });
    const { tiers } = await world.rig.json<{ tiers: TierStatus[] }>("status", NAME, "--tier", "staging");
    expect(tiers[0]?.pending.pullRequests.map(({ number }) => number)).to.deep.equal([pullRequest?.number]);
    await throughTheGates(pullRequest!.number);
    await refresh(world, "data-platform-staging");
    await eventually("staging runs the new images", () => runs("staging", NEW));
  });

  it("[AKS-5] shows what every tier declares and runs, by digest", async () => {
    const { tiers } = await world.rig.json<{ tiers: TierStatus[] }>("status", NAME);
    expect(tiers.map(({ tier }) => tier)).to.deep.equal(["dev", "staging", "prod"]);
    for (const { tier, application: state, images } of tiers) {
      const tag = tier === "prod" ? FIRST : NEW;
      expect(state, tier).to.include({ sync: "Synced", health: "Healthy", automated: true });
      expect(images.map((image) => [image.package, image.tag, ...image.running.map((one) => one.tag)])).to.deep.equal([
        ["airflow", tag, tag],
        ["frontend", tag, tag],
      ]);
      for (const { digest } of images) expect(digest).to.match(/^sha256:/);
    }
  });

  it("[AKS-7] [DEX-11] in an emergency the cluster goes back first, self-heal does not undo it, and git is brought in line", async () => {
    const emergency = ["rollback", NAME, "--tier", "staging", "--emergency"];
    const done = await world.rig.json<EmergencyRollback>(...emergency);
    expect(done).to.deep.include({ from: { airflow: NEW, frontend: NEW }, to: { airflow: FIRST, frontend: FIRST } });
    expect(done.cluster).to.have.members(["Deployment airflow-scheduler", "Deployment airflow-webserver", "Deployment frontend"]);
    expect(new Set(await tagsIn("staging"))).to.deep.equal(new Set([FIRST]));
    await refresh(world, "data-platform-staging");
    await eventually("Argo CD has seen that the cluster differs from git", async () => {
      const { status, metadata } = await application("staging");
      return metadata.annotations?.["argocd.argoproj.io/refresh"] === undefined && status?.sync?.status === "OutOfSync";
    });
    expect(new Set(await tagsIn("staging")), "and leaves it").to.deep.equal(new Set([FIRST]));

    expect(await refused("rollback", NAME, "--tier", "staging", "--resume")).to.include(`git says ${NEW}`);
    const again = await world.rig.json<EmergencyRollback>(...emergency);
    expect(again.pullRequest?.number, "a second time goes on where the first was").to.equal(done.pullRequest?.number);
    expect(done.pullRequest?.autoMerge).to.deep.equal({ state: "enabled" });
    const pull_number = done.pullRequest!.number;
    await passChecks(world, at, pull_number);
    expect(await isMerged(world, at, pull_number), "without a review").to.equal(false);
    await approve(world, at, pull_number, "platform-engineers-1");
    expect(await isMerged(world, at, pull_number), "by itself, with the review").to.equal(true);
    expect(await overlay("staging", "banned-tags.txt")).to.include(`\n${NEW} # rolled back to ${FIRST}\n`);

    const resumed = await world.rig.json<{ automated: boolean; synced: boolean }>("rollback", NAME, "--tier", "staging", "--resume");
    expect(resumed).to.include({ automated: true, synced: true });
    await eventually("staging runs the earlier images", () => runs("staging", FIRST));
    const { spec, metadata } = await application("staging");
    expect(spec.syncPolicy?.automated).to.include({ prune: true, selfHeal: true });
    expect(Object.keys(metadata.annotations ?? {})).to.not.include("gatehouse.dev/rollback");
  });

  it("[AKS-7] no promotion returns what was rolled back", async () => {
    expect(await refused(...toStaging)).to.include("it is banned: it stands in k8s/aks/overlays/staging/banned-tags.txt on main");
  });

  it("[BK-8] a container's rollback is the repository's own, which is said and not pretended", async function () {
    const answer = await refused("rollback", "kitchen", "--tier", "prod");
    expect(answer).to.include("Nothing was done").and.include("70_scripts/rollback_prod.sh SHA");
  });
});
