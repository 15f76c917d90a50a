import { expect } from "chai";
import { applied, type Applied } from "./support/rig.ts";

interface Application {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly source: { readonly repoURL: string; readonly targetRevision: string; readonly path: string } };
  readonly status: { readonly sync: { readonly status: string }; readonly health: { readonly status: string } };
}
interface Pod {
  readonly status: { readonly phase: string };
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
}

const NAME = "data-platform-aks";
const TIERS = [
  ["dev", 3],
  ["staging", 3],
  ["prod", 5],
] as const;

describe("Data platform on AKS, applied by `gatehouse up` to the services of this machine", function () {
  this.timeout(600_000);
  let world: Applied;
  const at = { owner: NAME, repo: NAME };
  before(async () => {
    world = await applied();
  });

  it("[AKS-2] [AKS-3] the ruleset of main requires 18 checks of GitHub Actions, a review and a line without merges", async () => {
    const { data: list } = await world.github.octokit.rest.repos.getRepoRulesets({ ...at, includes_parents: false });
    const branch = list.find(({ target }) => target === "branch");
    const { data } = await world.github.octokit.rest.repos.getRepoRuleset({ ...at, ruleset_id: branch?.id ?? 0 });
    expect(data.conditions?.ref_name?.include).to.deep.equal(["refs/heads/main"]);
    expect(data.bypass_actors ?? []).to.deep.equal([]);
    const rules = new Map((data.rules ?? []).map((rule) => [rule.type, "parameters" in rule ? rule.parameters : undefined]));
    expect([...rules.keys()]).to.include.members(["deletion", "required_linear_history", "required_signatures", "pull_request"]);
    const { required_status_checks: checks } = rules.get("required_status_checks") as {
      required_status_checks: { context: string; integration_id: number }[];
    };
    expect(checks).to.have.length(18);
    expect(checks.map(({ context }) => context)).to.include.members(["codeql", "dbt compile & parse", "schema & DAG validation"]);
    expect(new Set(checks.map(({ integration_id: app }) => app))).to.deep.equal(new Set([15368]));
  });

  it("[AKS-3] a pull request is squashed under its title", async () => {
    const { data } = await world.github.octokit.rest.repos.get(at);
    expect(data).to.include({ allow_squash_merge: true, allow_merge_commit: false, allow_rebase_merge: false });
    expect(data.squash_merge_commit_title).to.equal("PR_TITLE");
  });

  it("[AKS-4] the subject of a job's token is the repository's number and the environment", async () => {
    const { data } = await world.github.octokit.rest.actions.getCustomOidcSubClaimForRepo(at);
    expect(data).to.include({ use_default: false });
    expect(data.include_claim_keys).to.deep.equal(["repository_id", "context"]);
  });

  it("[AKS-4] dev, staging and prod take main only and hold identifiers of Azure, no key; the last two wait for their reviewers", async () => {
    const { rest } = world.github.octokit;
    for (const [name, team] of [
      ["dev", undefined],
      ["staging", "platform-engineers"],
      ["prod", "release-managers"],
    ] as const) {
      const where = { ...at, environment_name: name };
      const { data: policies } = await rest.repos.listDeploymentBranchPolicies(where);
      expect(policies.branch_policies.map((policy) => policy.name)).to.deep.equal(["main"]);
      const { data } = await rest.repos.getEnvironment(where);
      const rule = data.protection_rules?.find(({ type }) => type === "required_reviewers") as
        { reviewers: { reviewer: { slug?: string } }[] } | undefined;
      expect(rule?.reviewers.map(({ reviewer }) => reviewer.slug)).to.deep.equal(team === undefined ? undefined : [team]);
      const { data: own } = await rest.actions.listEnvironmentSecrets(where);
      expect(own.secrets.map((secret) => secret.name).filter((secret) => secret.startsWith("AZURE_"))).to.have.members([
        "AZURE_CLIENT_ID",
        "AZURE_TENANT_ID",
        "AZURE_SUBSCRIPTION_ID",
      ]);
    }
    expect((await rest.actions.listRepoSecrets(at)).data.secrets).to.deep.equal([]);
  });

  it("[AKS-5] all three Applications follow main and are Synced and Healthy", async () => {
    const { items } = await world.rig.kubectl<{ items: Application[] }>("get", "applications", "-n", "argocd");
    for (const [tier] of TIERS) {
      const application = items.find(({ metadata }) => metadata.name === `data-platform-${tier}`);
      expect(application?.spec.source, tier).to.include({
        repoURL: `${world.github.url}/${NAME}/${NAME}.git`,
        targetRevision: "main",
        path: `k8s/aks/overlays/${tier}`,
      });
      expect([application?.status.sync.status, application?.status.health.status], tier).to.deep.equal(["Synced", "Healthy"]);
    }
  });

  it("[AKS-6] their pods run the registry's images of the owner", async () => {
    for (const [tier, count] of TIERS) {
      const pods = await world.rig.kubectl<{ items: Pod[] }>("get", "pods", "-n", `data-platform-${tier}`);
      expect(pods.items, tier).to.have.length(count);
      for (const { status, spec } of pods.items) {
        expect(status.phase).to.equal("Running");
        expect(spec.containers[0]?.image).to.match(/\/data-platform-aks\/(airflow|frontend):sha-d1e2f3a4$/);
      }
    }
  });
});
