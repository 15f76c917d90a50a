import { expect } from "chai";
import { setTimeout as delay } from "node:timers/promises";
import type { Analysis, Strategy } from "../../model/strategy.ts";
import { LocalServices } from "./local.ts";
import { SteadyRepository } from "./strategies.ts";

const analysis = (service: string): Analysis => ({ service, port: 80, path: "/health", intervalSeconds: 1, count: 2 });
/** A step that is judged needs no pause, so nothing here waits for minutes. */
const canary: Strategy = {
  kind: "canary",
  workload: "till",
  replicas: 10,
  steps: [{ weight: 10 }, { weight: 50 }, { weight: 100 }],
  analysis: analysis("till"),
  progressDeadlineSeconds: 5,
};
const blueGreen: Strategy = {
  kind: "blueGreen",
  workload: "shelves",
  replicas: 2,
  activeService: "shelves",
  previewService: "shelves-preview",
  promoteAfterMinutes: 0,
  analysis: analysis("shelves-preview"),
  progressDeadlineSeconds: 5,
};
const rolling = (workload: string, ...after: string[]): Strategy => ({
  kind: "rolling",
  workload,
  replicas: 2,
  after,
  progressDeadlineSeconds: 5,
});
const good = { tag: "sha-00000001" };
const better = { tag: "sha-00000002" };
const broken = { tag: "broken-00000003" };

const careful: Strategy = { ...canary, analysis: { ...analysis("till"), count: 12 } };

describe("[AF-5] strategies on the local Argo Rollouts", function () {
  this.timeout(180_000);
  const local = new LocalServices();
  const repositories = new Map<string, SteadyRepository>();
  const deployed = (name: string) => repositories.get(name) ?? expect.fail(`${name} was not deployed`);

  before(async function () {
    this.timeout(30 * 60_000);
    await local.up();
    const deploy = async (name: string, workloads: readonly (Strategy | string)[], deadline?: number) => {
      const repository = new SteadyRepository(local, name, workloads, deadline);
      repositories.set(name, repository);
      const names = workloads.map((workload) => (typeof workload === "string" ? workload : workload.workload));
      await repository.deploy(Object.fromEntries(names.map((workload) => [workload, good])));
    };
    await Promise.all([
      deploy("canary", [canary]),
      deploy("canary-broken", [canary]),
      deploy("canary-answers", [careful]),
      deploy("replicas", [rolling("stock")]),
      deploy("blue-green", [blueGreen]),
      deploy("blue-green-broken", [blueGreen]),
      deploy("ordered", [rolling("scheduler"), rolling("webserver", "scheduler")]),
      deploy("plain", ["app"], 5),
    ]);
  });
  after(() => local.remove());

  it("a canary brings a new version at 10, 50 and 100 %, each judged by an analysis", async () => {
    const repository = deployed("canary");
    await repository.waitFor("deployment/till", ".spec.replicas", "0");
    await repository.revision(await repository.push({ till: better }));
    await repository.waitFor("rollout/till", ".status.stableRS", await hashOf(repository, "till", better.tag));
    await repository.health("Healthy");
    expect(await repository.serving("till")).to.deep.equal({ [better.tag]: 10 });
    const { items } = await repository.get<{ items: { status: { phase: string } }[] }>("analysisruns");
    expect(items.map(({ status }) => status.phase)).to.deep.equal(["Successful", "Successful", "Successful"]);
  });

  it("the Deployment's own pods give way to the Rollout's, and self-heal does not bring them back", async () => {
    const repository = deployed("replicas");
    await repository.waitFor("deployment/stock", ".spec.replicas", "0");
    // A new commit is compared and synced as a whole.
    await repository.revision(await repository.push({ stock: better }));
    await repository.waitFor("rollout/stock", ".status.stableRS", await hashOf(repository, "stock", better.tag));
    await repository.health("Healthy");
    await repository.waitFor("application/replicas", ".status.sync.status", "Synced", "argocd");
    const { spec } = await repository.get<{ spec: { replicas: number } }>("deployment", "stock");
    expect(spec.replicas).to.equal(0);
    expect(await repository.serving("stock")).to.deep.equal({ [better.tag]: 2 });
  });

  it("a canary whose pod fails is taken back: Degraded, the old version serves, and a revert makes it Healthy", async () => {
    const repository = deployed("canary-broken");
    await repository.revision(await repository.push({ till: broken }));
    await repository.waitFor("rollout/till", ".status.abort", "true");
    await repository.health("Degraded");
    await repository.waitFor("rollout/till", ".status.availableReplicas", "10");
    expect(await repository.serving("till")).to.deep.equal({ [good.tag]: 10 });
    await repository.revision(await repository.revert());
    await repository.health("Healthy");
    expect(await repository.serving("till")).to.deep.equal({ [good.tag]: 10 });
  });

  it("a canary that answers badly is taken back by its analysis at the first weight", async () => {
    const repository = deployed("canary-answers");
    await repository.revision(await repository.push({ till: { ...better, answers: 500 } }));
    await repository.waitFor("rollout/till", ".status.abort", "true");
    await repository.health("Degraded");
    const { items } = await repository.get<{ items: { status: { phase: string } }[] }>("analysisruns");
    expect(items.map(({ status }) => status.phase)).to.deep.equal(["Error"]);
    await repository.waitFor("rollout/till", ".status.availableReplicas", "10");
    expect(await repository.serving("till")).to.deep.equal({ [good.tag]: 10 });
  });

  it("a blue-green switch happens after the preview was judged, and leaves the old version running", async () => {
    const repository = deployed("blue-green");
    await repository.revision(await repository.push({ shelves: better }));
    await repository.waitFor("rollout/shelves", ".status.blueGreen.activeSelector", await hashOf(repository, "shelves", better.tag));
    await repository.health("Healthy");
    await repository.waitFor("application/blue-green", ".status.sync.status", "Synced", "argocd");
    expect(await repository.serving("shelves")).to.deep.equal({ [good.tag]: 2, [better.tag]: 2 });
    const { items } = await repository.get<{ items: { status: { phase: string } }[] }>("analysisruns");
    expect(items.map(({ status }) => status.phase)).to.deep.equal(["Successful"]);
  });

  it("a blue-green version whose pods fail never becomes active: Degraded, the old one serves, and a revert makes it Healthy", async () => {
    const repository = deployed("blue-green-broken");
    const active = async () =>
      (await repository.get<{ spec: { selector: Record<string, string> } }>("service", "shelves")).spec.selector[
        "rollouts-pod-template-hash"
      ];
    const before = await active();
    expect(before).to.be.a("string");
    await repository.revision(await repository.push({ shelves: broken }));
    await repository.waitFor("rollout/shelves", ".status.abort", "true");
    await repository.health("Degraded");
    expect(await active()).to.equal(before);
    expect(await repository.serving("shelves")).to.deep.equal({ [good.tag]: 2 });
    await repository.revision(await repository.revert());
    await repository.health("Healthy");
    expect(await active()).to.equal(before);
  });

  it("a workload that waits for another is not touched while that one fails, and follows when it is well", async () => {
    const repository = deployed("ordered");
    await repository.revision(await repository.push({ scheduler: broken, webserver: better }));
    await repository.waitFor("rollout/scheduler", ".status.abort", "true");
    await repository.health("Degraded");
    const { spec } = await repository.get<DeploymentObject>("deployment", "webserver");
    expect(spec.template.spec.containers[0]?.image).to.match(/sha-00000001$/);
    await repository.push({ scheduler: better, webserver: better });
    await repository.waitFor("deployment/webserver", ".spec.template.spec.containers[0].image", `registry.invalid/webserver:${better.tag}`);
    // The second wave began when the first was through.
    expect(await repository.serving("scheduler")).to.deep.equal({ [better.tag]: 2 });
    await repository.health("Healthy");
  });

  it("a plain Deployment whose pods fail makes its Application Degraded, and a revert makes it Healthy", async () => {
    const repository = deployed("plain");
    await repository.revision(await repository.push({ app: broken }));
    await repository.health("Degraded");
    expect(await repository.serving("app")).to.have.property(good.tag);
    await repository.revision(await repository.revert());
    await repository.health("Healthy");
  });
});

interface DeploymentObject {
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } } };
}

/** The hash of the ReplicaSet that runs this tag; waits until there is one. */
async function hashOf(repository: SteadyRepository, workload: string, tag: string): Promise<string> {
  for (;;) {
    const { items } = await repository.get<{ items: ReplicaSet[] }>("replicasets");
    const made = items.filter(({ spec }) => spec.template.spec.containers[0]?.image === `registry.invalid/${workload}:${tag}`);
    // The Deployment makes one too, which is not asked for.
    const hash = made.map(({ metadata }) => metadata.labels["rollouts-pod-template-hash"]).find((label) => label !== undefined);
    if (hash !== undefined) return hash;
    await delay(100);
  }
}

interface ReplicaSet extends DeploymentObject {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
}
