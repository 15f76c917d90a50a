import { argocdTarget } from "../../model/target.ts";
import path from "node:path";

import { expect } from "chai";

import { loadSystem } from "../../cli/project.ts";
import { readPipelines, resolveRequiredChecks } from "../../pipelines/index.ts";
import type { System } from "../../model/system.ts";
import { applied, type Applied } from "./support/rig.ts";
import { openedSecrets } from "./support/secrets.ts";

interface Application {
  metadata: { name: string };
  spec: { source: { repoURL: string; targetRevision: string; path: string } };
  status: { sync: { status: string }; health: { status: string } };
}
interface Pod {
  status: { phase: string };
  spec: { containers: { image: string }[] };
}

describe("DataEngineX, applied by `gatehouse up` to the services of this machine", function () {
  this.timeout(600_000);
  let world: Applied;
  let system: System;
  let files: ReadonlyMap<string, string>;
  const at = { owner: "TheDataEngineX", repo: "DEX" };

  before(async () => {
    world = await applied();
    ({ system, files } = await loadSystem("dataenginex"));
  });

  it("has no answer of the local GitHub that GitHub's own description refuses", async () => {
    const answer = await fetch(`${world.github.url}/_gatehouse/violations`);
    expect(await answer.json()).to.deep.equal([]);
  });

  it("[DEX-8] both Applications are Synced and Healthy, from the git of the local GitHub", async () => {
    const { items } = await world.rig.kubectl<{ items: Application[] }>("get", "applications", "-n", "argocd");
    const seen = Object.fromEntries(items.map(({ metadata, spec, status }) => [metadata.name, { ...spec.source, ...status }]));
    for (const tier of system.tiers) {
      const target = argocdTarget(tier.target)!;
      const application = seen[target.application];
      expect(application, target.application).to.include({ targetRevision: target.branch, path: target.path });
      expect(application?.repoURL).to.equal(`${world.github.url}/TheDataEngineX/DEX.git`);
      expect(application?.sync.status, target.application).to.equal("Synced");
      expect(application?.health.status, target.application).to.equal("Healthy");
    }
  });

  it("[DEX-8] pods run in both namespaces, from the registry's image", async () => {
    for (const { target } of system.tiers) {
      const { items } = await world.rig.kubectl<{ items: Pod[] }>("get", "pods", "-n", argocdTarget(target)!.namespace);
      expect(items, argocdTarget(target)!.namespace).to.not.be.empty;
      for (const pod of items) {
        expect(pod.status.phase).to.equal("Running");
        expect(pod.spec.containers[0]?.image).to.match(/\/thedataenginex\/dex:sha-/);
      }
    }
  });

  it("[DEX-6] the rulesets of both branches read back as declared, with the checks that the workflow files report", async () => {
    const { data: list } = await world.github.octokit.rest.repos.getRepoRulesets({ ...at, includes_parents: false });
    const rulesets = await Promise.all(
      list.map(async ({ id }) => (await world.github.octokit.rest.repos.getRepoRuleset({ ...at, ruleset_id: id })).data),
    );
    for (const { name, gate } of system.branches) {
      const ruleset = rulesets.find(
        ({ target, conditions }) =>
          target === "branch" &&
          conditions?.ref_name?.include?.some((ref) => ref === `refs/heads/${name}` || (name === "main" && ref === "~DEFAULT_BRANCH")),
      );
      expect(ruleset, name).to.include({ enforcement: "active" });
      const rules = new Map((ruleset?.rules ?? []).map((rule) => [rule.type, "parameters" in rule ? rule.parameters : undefined]));
      const { contexts } = resolveRequiredChecks(readPipelines(files), gate!.checks!.required, { branch: name });
      const checks = rules.get("required_status_checks") as {
        strict_required_status_checks_policy: boolean;
        required_status_checks: unknown[];
      };
      expect(checks.strict_required_status_checks_policy, name).to.equal(gate!.checks!.strict);
      const wanted = contexts.map(({ context, integrationId }) => ({ context, integration_id: integrationId }));
      expect(checks.required_status_checks, name).to.have.deep.members(wanted);
      expect(rules.get("pull_request"), name).to.deep.include({
        required_approving_review_count: gate!.pullRequest!.approvals,
        dismiss_stale_reviews_on_push: gate!.pullRequest!.dismissStaleReviews,
        require_code_owner_review: gate!.pullRequest!.codeOwners,
        require_last_push_approval: gate!.pullRequest!.lastPushApproval,
        required_review_thread_resolution: gate!.pullRequest!.threadResolution,
      });
      expect([...rules.keys()], name).to.include.members(["deletion", "non_fast_forward", "required_signatures"]);
      expect(ruleset?.bypass_actors ?? [], name).to.deep.equal([]);
    }
  });

  it("[DEX-6] release tags cannot be moved or deleted", async () => {
    const { data: list } = await world.github.octokit.rest.repos.getRepoRulesets({ ...at, includes_parents: false });
    for (const { pattern } of system.tags) {
      const rulesets = await Promise.all(
        list
          .filter(({ target }) => target === "tag")
          .map(({ id }) => world.github.octokit.rest.repos.getRepoRuleset({ ...at, ruleset_id: id })),
      );
      const ruleset = rulesets.find(({ data }) => data.conditions?.ref_name?.include?.includes(`refs/tags/${pattern}`))?.data;
      expect(
        ruleset?.rules?.map(({ type }) => type),
        pattern,
      ).to.include.members(["deletion", "update"]);
    }
  });

  it("[DEX-7] environments read back with reviewers, branches, tags and variables as declared, and no others", async () => {
    const { octokit } = world.github;
    const { data } = await octokit.rest.repos.getAllEnvironments(at);
    expect(data.environments?.map(({ name }) => name).sort()).to.deep.equal(system.environments.map(({ name }) => name).sort());
    for (const declared of system.environments) {
      const environment = data.environments?.find(({ name }) => name === declared.name);
      const reviewers = environment?.protection_rules?.find(({ type }) => type === "required_reviewers") as
        { reviewers: { type: string; reviewer: { slug?: string; login?: string } }[]; prevent_self_review: boolean } | undefined;
      const names = (reviewers?.reviewers ?? []).map(
        ({ type, reviewer }) => `${type.toLowerCase()}:${reviewer.slug ?? reviewer.login ?? ""}`,
      );
      const wanted = (declared.reviewers ?? []).map((reviewer) =>
        reviewer.kind === "team" ? `team:${reviewer.slug}` : `user:${reviewer.login}`,
      );
      expect(names, declared.name).to.deep.equal(wanted);
      if (reviewers !== undefined) expect(reviewers.prevent_self_review, declared.name).to.equal(declared.selfReview !== true);

      const policies = await octokit.rest.repos.listDeploymentBranchPolicies({ ...at, environment_name: declared.name });
      const from = policies.data.branch_policies.map((policy) => `${policy.type ?? "branch"}:${policy.name ?? ""}`).sort();
      const { branches = [], tags = [] } = declared.deployFrom;
      expect(from, declared.name).to.deep.equal([...branches.map((name) => `branch:${name}`), ...tags.map((name) => `tag:${name}`)].sort());

      const variables = await octokit.rest.actions.listEnvironmentVariables({ ...at, environment_name: declared.name });
      const values = variables.data.variables.map(({ name, value }) => ({ name, value }));
      expect(values, declared.name).to.have.deep.members([...(declared.variables ?? [])]);
    }
  });

  it("[DEX-7] every declared secret arrived sealed and opens to the value it was given; no other secret exists", async () => {
    const { octokit } = world.github;
    const opened = await openedSecrets(world.rig.home, at);
    const given = opened.given["dataenginex"] ?? {};
    for (const { name: environment, secrets = [] } of system.environments) {
      const { data } = await octokit.rest.actions.listEnvironmentSecrets({ ...at, environment_name: environment });
      expect(data.secrets.map(({ name }) => name).sort(), environment).to.deep.equal(secrets.map(({ name }) => name).sort());
      for (const { name } of secrets) {
        // Compared, never printed: a failure must not show a secret.
        const made = given[environment]?.[name] ?? "";
        const arrived = opened.environment[environment]?.[name];
        // A channel's is an address on this machine that ends with what was made.
        const same = environment === "notifications" ? arrived?.endsWith(`/${made}`) : arrived === made;
        expect(same, `${environment}/${name} is what was given`).to.equal(true);
        expect(given[environment]?.[name], `${environment}/${name} was given`).to.not.equal(undefined);
      }
    }
    const { data: repository } = await octokit.rest.actions.listRepoSecrets(at);
    expect(repository.secrets.map(({ name }) => name)).to.deep.equal((system.secrets ?? []).map(({ name }) => name));
  });

  it("Actions permissions read back as declared", async () => {
    const { octokit } = world.github;
    const { actions } = system.repository;
    const { data: permissions } = await octokit.rest.actions.getGithubActionsPermissionsRepository(at);
    expect(permissions).to.include({ enabled: true, allowed_actions: "selected", sha_pinning_required: actions.shaPinningRequired });
    const { data: selected } = await octokit.rest.actions.getAllowedActionsRepository(at);
    expect(selected.patterns_allowed).to.have.members([...actions.allowedActions]);
    expect(selected).to.include({ github_owned_allowed: actions.githubOwnedAllowed, verified_allowed: actions.verifiedAllowed });
    const { data: workflow } = await octokit.rest.actions.getGithubActionsDefaultWorkflowPermissionsRepository(at);
    expect(workflow).to.include({
      default_workflow_permissions: actions.defaultWorkflowPermissions,
      can_approve_pull_request_reviews: actions.canApprovePullRequestReviews,
    });
  });

  it("the repository carries just the declared pipeline files on both branches", async () => {
    for (const branch of system.branches) {
      const { data } = await world.github.octokit.rest.git.getTree({ ...at, tree_sha: branch.name, recursive: "1" });
      const paths = data.tree.filter(({ type }) => type === "blob").map((entry) => entry.path);
      expect(paths.filter((file) => file !== "README.md").sort(), branch.name).to.deep.equal(
        [...files.keys()].filter((file) => file !== "README.md").sort(),
      );
    }
  });

  it("[DEX-10] the image that runs is in the registry, and both namespaces can pull it", async () => {
    for (const { target } of system.tiers) {
      const { items } = await world.rig.kubectl<{ items: { type: string }[] }>("get", "secrets", "-n", argocdTarget(target)!.namespace);
      expect(
        items.map(({ type }) => type),
        argocdTarget(target)!.namespace,
      ).to.include("kubernetes.io/dockerconfigjson");
    }
    const [prod] = world.summary.stacks.filter(({ stack }) => stack === "prod");
    expect(prod).to.not.equal(undefined);
    expect(JSON.stringify(world.summary.systems["prod"])).to.match(/sha256:[0-9a-f]{64}/);
  });

  it("keeps its state where `gatehouse local reset` removes it", () => {
    expect(path.isAbsolute(world.rig.home)).to.equal(true);
    expect(world.summary.target).to.equal("local");
  });
});
