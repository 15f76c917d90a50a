import { expect } from "chai";
import { execa } from "execa";

import { argocdTarget } from "../../model/target.ts";
import { loadProject, loadSystem } from "../../cli/project.ts";
import { applied, type Applied } from "./support/rig.ts";
import { eventually } from "./support/eventually.ts";
import { temporaryFolder } from "../support/temporary.ts";

interface Application {
  status: { sync: { status: string; revision: string }; health: { status: string }; summary?: { images?: string[] } };
}
interface Deployment {
  spec: { replicas: number; template: { spec: { containers: { image: string }[] } } };
  status: { readyReplicas?: number };
}

const at = { owner: "TheDataEngineX", repo: "DEX" };

describe("living with what was applied", function () {
  this.timeout(600_000);
  let world: Applied;

  before(async () => {
    world = await applied();
  });

  const application = (name: string): Promise<Application> => world.rig.kubectl<Application>("get", "application", name, "-n", "argocd");
  const deployment = (namespace: string): Promise<Deployment> => world.rig.kubectl<Deployment>("get", "deployment", "dex", "-n", namespace);

  it("a second `up` changes nothing and sends no write to GitHub", async () => {
    const { github, rig } = world;
    await rig.up();
    const last = await github.lastRequest();
    const summary = await rig.up();
    for (const { stack, changes } of summary.stacks) expect(Object.keys(changes), stack).to.deep.equal(["same"]);
    const asked = await github.requestsSince(last);
    expect(asked.writes, JSON.stringify(asked.byOperation)).to.equal(0);
  });

  it("a no-op preview asks GitHub once per provider, besides the declared look-ups", async () => {
    const { github, rig } = world;
    // One provider an owner.
    const providers = new Set((await loadProject()).systems.map(({ system }) => system.repository.owner.login)).size;
    for (const stack of ["prod", "dev"]) {
      const last = await github.lastRequest();
      await rig.json("preview", "--stack", stack);
      const { byOperation } = await github.requestsSince(last);
      const lookUps = Object.entries(byOperation)
        .filter(([operation]) => /^(teams|users)\//.test(operation))
        .reduce((sum, [, count]) => sum + count, 0);
      // Argo CD looks at git all the time; that is not the preview's doing.
      const api = Object.entries(byOperation).filter(([operation]) => !operation.startsWith("git/git-"));
      const total = api.reduce((sum, [, count]) => sum + count, 0);
      expect(total - lookUps, `${stack}: ${JSON.stringify(byOperation)}`).to.be.at.most(providers);
    }
  });

  it("[DEX-8] an overlay change on dev is deployed by Argo CD, without Pulumi", async () => {
    const { github } = world;
    const target = argocdTarget((await loadSystem("dataenginex")).system.tiers[0]!.target)!;
    const file = `${target.path}/kustomization.yaml`;
    const tag = `sha-${Math.floor(Math.random() * 0xffffffff)
      .toString(16)
      .padStart(8, "0")}`;
    await withoutGate("dev", async () => {
      const folder = temporaryFolder("gatehouse-clone-");
      const git = (...parameters: string[]) => execa("git", parameters, { cwd: folder });
      await git("clone", "--quiet", "--branch", "dev", await cloneUrl(), ".");
      await execa("sed", ["-i", `s/newTag: .*/newTag: ${tag}/`, file], { cwd: folder });
      await git(
        "-c",
        "user.name=maintainers-1",
        "-c",
        "user.email=maintainers-1@users.noreply.github.com",
        "commit",
        "--quiet",
        "-am",
        `chore: update dev image to ${tag} [skip ci]`,
      );
      await git("push", "--quiet", "origin", "dev");
    });
    const { data } = await github.octokit.rest.git.getRef({ ...at, ref: "heads/dev" });
    await eventually("dex-dev runs the pushed tag", async () => {
      const { status } = await application("dex-dev");
      const image = (await deployment("dex-dev")).spec.template.spec.containers[0]?.image ?? "";
      return (
        image.endsWith(`:${tag}`) &&
        status.sync.revision === data.object.sha &&
        status.sync.status === "Synced" &&
        status.health.status === "Healthy"
      );
    });
  });

  it("[DEX-8] a manual change in the cluster is healed", async () => {
    const { spec } = await deployment("dex-dev");
    const { code, stderr } = await world.rig.run([
      "kubectl",
      "--",
      "scale",
      "deployment/dex",
      "-n",
      "dex-dev",
      `--replicas=${spec.replicas + 3}`,
    ]);
    expect(code, stderr).to.equal(0);
    await eventually("the declared replicas are back", async () => (await deployment("dex-dev")).spec.replicas === spec.replicas);
  });

  it("[DEX-6] a ruleset changed behind our back is shown by `pulumi refresh --preview-only`, and `up` puts it right", async () => {
    const { octokit } = world.github;
    const { data: list } = await octokit.rest.repos.getRepoRulesets({ ...at, includes_parents: false });
    const main = list.find(({ name, target }) => target === "branch" && name.includes("main"));
    const before = (await octokit.rest.repos.getRepoRuleset({ ...at, ruleset_id: main!.id })).data;
    await octokit.rest.repos.updateRepoRuleset({ ...at, ruleset_id: main!.id, enforcement: "disabled" });
    const { stdout } = await world.rig.pulumi("prod", "refresh", "--preview-only", "--diff", "--non-interactive");
    expect(stdout)
      .to.match(/RepositoryRuleset/)
      .and.match(/enforcement/)
      .and.match(/disabled/);
    // The preview changed nothing, so it takes a refresh for `up` to see the difference.
    await world.rig.up("--stack", "prod", "--", "--refresh");
    const after = (await octokit.rest.repos.getRepoRuleset({ ...at, ruleset_id: main!.id })).data;
    expect(after.enforcement).to.equal("active");
    expect(after.rules).to.deep.equal(before.rules);
  });

  it("`pulumi destroy` of dev removes what dev owns and nothing of prod, and `up` brings it back", async () => {
    const { github, rig } = world;
    const prodState = await rig.pulumi("prod", "stack", "export");
    const { code, stdout, stderr } = await rig.pulumi("dev", "destroy", "--yes", "--skip-preview", "--non-interactive");
    expect(code, `${stdout}\n${stderr}`).to.equal(0);
    const names = (await github.octokit.rest.repos.getAllEnvironments(at)).data.environments?.map(({ name }) => name);
    const { systems, stacks } = await loadProject();
    const owned = (name: string, tier: string): boolean => stacks.find(({ stack }) => stack === "prod")!.tiers[name]!.includes(tier);
    const { environments } = systems.find(({ system }) => system.name === "dataenginex")!.system;
    expect(names, "what GitHub holds is the foundation's").to.have.members(environments.map(({ name }) => name));
    const { data: rulesets } = await github.octokit.rest.repos.getRepoRulesets({ ...at, includes_parents: false });
    const included = (
      await Promise.all(rulesets.map(({ id }) => github.octokit.rest.repos.getRepoRuleset({ ...at, ruleset_id: id })))
    ).flatMap(({ data }) => data.conditions?.ref_name?.include ?? []);
    expect(included).to.include.members(["refs/tags/dataenginex-v*", "refs/heads/dev"]);
    expect((await github.octokit.rest.git.getRef({ ...at, ref: "heads/dev" })).status, "the branch is shared history").to.equal(200);
    const { items } = await rig.kubectl<{ items: { metadata: { name: string } }[] }>("get", "applications", "-n", "argocd");
    const ofTiers = (kept: (system: string, tier: string) => boolean): string[] =>
      systems.flatMap(({ system }) =>
        system.tiers.flatMap(({ name, target }) => (kept(system.name, name) ? (argocdTarget(target)?.application ?? []) : [])),
      );
    expect(items.map(({ metadata }) => metadata.name)).to.have.members(ofTiers(owned));
    const namespaces = await rig.kubectl<{ items: { metadata: { name: string } }[] }>("get", "namespaces");
    expect(namespaces.items.map(({ metadata }) => metadata.name))
      .to.include("dex")
      .and.not.include("dex-dev");
    expect((await rig.pulumi("prod", "stack", "export")).stdout).to.equal(prodState.stdout);
    const summary = await rig.up();
    expect(summary.applications.map(({ name, sync, health }) => ({ name, sync, health }))).to.have.deep.members(
      ofTiers(() => true).map((name) => ({ name, sync: "Synced", health: "Healthy" })),
    );
  });

  async function cloneUrl(): Promise<string> {
    const { token } = (await world.github.octokit.auth()) as { token: string };
    return `${world.github.url.replace("http://", `http://x-access-token:${token}@`)}/TheDataEngineX/DEX.git`;
  }

  /** What happens after a merge is the subject here, not the gate before it: the branch's rulesets rest while `work` pushes. */
  async function withoutGate(branch: string, work: () => Promise<void>): Promise<void> {
    const { octokit } = world.github;
    const { data: list } = await octokit.rest.repos.getRepoRulesets({ ...at, includes_parents: false });
    const gates = list.filter(({ name, target }) => target === "branch" && name.includes(branch));
    expect(gates).to.not.be.empty;
    const enforce = async (enforcement: "active" | "disabled"): Promise<void> => {
      for (const { id } of gates) await octokit.rest.repos.updateRepoRuleset({ ...at, ruleset_id: id, enforcement });
    };
    await enforce("disabled");
    try {
      await work();
    } finally {
      await enforce("active");
    }
  }
});
