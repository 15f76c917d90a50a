import { expect } from "chai";
import { applied, type Applied } from "./support/rig.ts";

interface Application {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly source: { readonly repoURL: string; readonly targetRevision: string; readonly path: string } };
  readonly status: { readonly sync: { readonly status: string }; readonly health: { readonly status: string } };
}

const TIERS = [
  ["dataknobs-development", "develop", "development", "dataknobs-config-dev"],
  ["dataknobs-staging", "main", "staging", "dataknobs-config-staging"],
  ["dataknobs", "release/stable", "production", "dataknobs-config-production"],
] as const;

describe("Dataknobs, applied by `gatehouse up` to the services of this machine", function () {
  this.timeout(600_000);
  let world: Applied;
  const at = { owner: "dataknobs", repo: "dataknobs" };
  before(async () => {
    world = await applied();
  });

  it("[DK-5] the rulesets of its three branches require the nine checks by name, a review and signed commits", async () => {
    const { octokit } = world.github;
    const { data: list } = await octokit.rest.repos.getRepoRulesets({ ...at, includes_parents: false });
    const rulesets = await Promise.all(
      list.map(async ({ id }) => (await octokit.rest.repos.getRepoRuleset({ ...at, ruleset_id: id })).data),
    );
    for (const [, branch] of TIERS) {
      const ruleset = rulesets.find(({ conditions }) => conditions?.ref_name?.include?.includes(`refs/heads/${branch}`));
      expect(ruleset, branch).to.include({ enforcement: "active" });
      expect(ruleset?.bypass_actors ?? [], branch).to.deep.equal([]);
      const rules = new Map((ruleset?.rules ?? []).map((rule) => [rule.type, "parameters" in rule ? rule.parameters : undefined]));
      expect([...rules.keys()], branch).to.include.members(["deletion", "non_fast_forward", "required_signatures", "pull_request"]);
      const { required_status_checks: checks } = rules.get("required_status_checks") as { required_status_checks: { context: string }[] };
      expect(
        checks.map(({ context }) => context),
        branch,
      ).to.have.members([
        "Code Quality Checks",
        "Security Scanning",
        "Test Suite (ubuntu-latest, 3.12)",
        "Test Suite (ubuntu-latest, 3.13)",
        "Test Suite (windows-latest, 3.12)",
        "Test Suite (windows-latest, 3.13)",
        "Test Suite (macos-latest, 3.12)",
        "Test Suite (macos-latest, 3.13)",
        "Build Packages",
      ]);
    }
    const tags = rulesets.find(({ target }) => target === "tag");
    expect(tags?.conditions?.ref_name?.include).to.deep.equal(["refs/tags/v*.*.*"]);
  });

  it("[DK-6] the environments accept develop, main and release/*; production waits for a release manager", async () => {
    const { octokit } = world.github;
    const policies = async (environment_name: string) => {
      const { data } = await octokit.rest.repos.listDeploymentBranchPolicies({ ...at, environment_name });
      return data.branch_policies.map(({ name }) => name);
    };
    expect(await policies("development")).to.deep.equal(["develop"]);
    expect(await policies("staging")).to.deep.equal(["main"]);
    expect(await policies("production")).to.deep.equal(["release/*"]);
    expect(await policies("pypi")).to.deep.equal(["v*.*.*"]);
    const { data } = await octokit.rest.repos.getEnvironment({ ...at, environment_name: "production" });
    const rule = data.protection_rules?.find(({ type }) => type === "required_reviewers") as
      { reviewers: { reviewer: { slug?: string } }[]; prevent_self_review: boolean } | undefined;
    expect(rule?.reviewers.map(({ reviewer }) => reviewer.slug)).to.deep.equal(["release-managers"]);
    expect(rule?.prevent_self_review).to.equal(true);
  });

  it("[DK-6] the webhook is in the environment notifications only, and nowhere is a token for PyPI", async () => {
    const { octokit } = world.github;
    expect((await octokit.rest.actions.listRepoSecrets(at)).data.secrets).to.deep.equal([]);
    const app = ["PROMOTION_APP_CLIENT_ID", "PROMOTION_APP_PRIVATE_KEY"];
    const wanted = { development: app, staging: app, production: app, pypi: [], "github-pages": [], notifications: ["SLACK_WEBHOOK"] };
    const { data } = await octokit.rest.repos.getAllEnvironments(at);
    expect(data.environments?.map(({ name }) => name)).to.have.members(Object.keys(wanted));
    for (const [name, secrets] of Object.entries(wanted)) {
      const { data: own } = await octokit.rest.actions.listEnvironmentSecrets({ ...at, environment_name: name });
      expect(
        own.secrets.map((secret) => secret.name),
        name,
      ).to.have.members(secrets);
    }
  });

  it("[DK-3] an action that is not pinned to a full commit SHA is refused by the repository", async () => {
    const { data } = await world.github.octokit.rest.actions.getGithubActionsPermissionsRepository(at);
    expect(data).to.include({ enabled: true, allowed_actions: "selected", sha_pinning_required: true });
  });

  it("[DK-2] Pages takes what a workflow built", async () => {
    expect((await world.github.octokit.rest.repos.getPages(at)).data.build_type).to.equal("workflow");
  });

  it("[DK-7] all three Applications are Synced and Healthy, each on its branch and overlay", async () => {
    const { items } = await world.rig.kubectl<{ items: Application[] }>("get", "applications", "-n", "argocd");
    for (const [name, branch, tier] of TIERS) {
      const application = items.find(({ metadata }) => metadata.name === name);
      expect(application?.spec.source, name).to.include({
        repoURL: `${world.github.url}/dataknobs/dataknobs.git`,
        targetRevision: branch,
        path: `deploy/overlays/${tier}`,
      });
      expect([application?.status.sync.status, application?.status.health.status], name).to.deep.equal(["Synced", "Healthy"]);
    }
  });

  it("[DK-7] the ConfigMap of each tier is in its namespace, and its pods run the registry's image", async () => {
    for (const [namespace, , tier, config] of TIERS) {
      const map = await world.rig.kubectl<{ data: Record<string, string> }>("get", "configmap", config, "-n", namespace);
      expect(map.data["ENVIRONMENT"]).to.equal(tier);
      const pods = await world.rig.kubectl<{ items: { status: { phase: string }; spec: { containers: { image: string }[] } }[] }>(
        ...["get", "pods", "-n", namespace],
      );
      expect(pods.items, namespace).to.have.length(tier === "production" ? 3 : 1);
      for (const { status, spec } of pods.items) {
        expect(status.phase).to.equal("Running");
        expect(spec.containers[0]?.image).to.match(/\/dataknobs\/dataknobs:sha-/);
      }
    }
  });
});
