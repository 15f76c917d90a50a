import { assert } from "chai";
import { qualifiedUrn, type Recording } from "../support/pulumi.ts";
import { declareSystem } from "./declare.ts";

const ruleset = "github:index/repositoryRuleset:RepositoryRuleset";
const environment = "github:index/repositoryEnvironment:RepositoryEnvironment";
const policy = "github:index/repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy";
const environmentSecret = "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret";
const application = "kubernetes:argoproj.io/v1alpha1:Application";
const secret = "kubernetes:core/v1:Secret";

describe("the program with dataknobs and the committed stacks", () => {
  let prod: Recording<unknown>;
  let dev: Recording<unknown>;
  before(async () => {
    ({ prod, dev } = await declareSystem("dataknobs"));
  });

  it("[DK-5] requires on all three branches a review, signed commits and the nine checks, made by GitHub Actions", () => {
    for (const name of ["main", "develop", "release/stable"]) {
      const rules = prod.one(ruleset, `dataknobs-${name}`).inputs.rules as Record<string, Record<string, unknown>>;
      assert.equal(rules["pullRequest"]?.["requiredApprovingReviewCount"], 1);
      assert.propertyVal(rules, "requiredSignatures", true);
      const checks = rules["requiredStatusChecks"]?.["requiredChecks"] as { context: string; integrationId: number }[];
      assert.sameMembers(
        checks.map(({ context, integrationId }) => `${context} ${integrationId}`),
        [
          "Code Quality Checks 15368",
          "Security Scanning 15368",
          "Test Suite (ubuntu-latest, 3.12) 15368",
          "Test Suite (ubuntu-latest, 3.13) 15368",
          "Test Suite (windows-latest, 3.12) 15368",
          "Test Suite (windows-latest, 3.13) 15368",
          "Test Suite (macos-latest, 3.12) 15368",
          "Test Suite (macos-latest, 3.13) 15368",
          "Build Packages 15368",
        ],
      );
    }
  });

  it("[DK-2] lets nobody move or delete a release tag, and Pages takes what a workflow built", () => {
    const { inputs } = prod.one(ruleset, "dataknobs-v*.*.*");
    assert.deepEqual(inputs.rules, { update: true, deletion: true, nonFastForward: true });
    assert.deepEqual(inputs.bypassActors, []);
    assert.deepInclude(prod.one("github:index/repositoryPages:RepositoryPages").inputs, { buildType: "workflow" });
  });

  it("[DK-3] lets only pinned actions of the declared list run", () => {
    const { inputs } = prod.one("github:index/actionsRepositoryPermissions:ActionsRepositoryPermissions");
    assert.deepInclude(inputs, { allowedActions: "selected", shaPinningRequired: true });
    assert.include((inputs.allowedActionsConfig as { patternsAlloweds: string[] }).patternsAlloweds, "pypa/gh-action-pypi-publish@*");
  });

  it("[DK-6] has the environments development and staging before production, each with the ref that may deploy to it", () => {
    const patterns = prod
      .all(policy)
      .map(({ inputs: { environment: of, branchPattern, tagPattern } }) => [of, branchPattern ?? tagPattern].join(" "));
    assert.includeMembers(patterns, ["development develop", "staging main", "production release/*", "pypi v*.*.*"]);
    const { inputs } = prod.one(environment, "dataknobs-production");
    assert.isNotEmpty(inputs.reviewers);
    assert.deepInclude(inputs, { preventSelfReview: true, canAdminsBypass: false });
  });

  it("[DK-6] stores no token for PyPI anywhere", () => {
    assert.isEmpty(prod.all("github:index/actionsSecret:ActionsSecret"));
    const stored = prod.all(environmentSecret).map(({ inputs }) => `${String(inputs.environment)} ${String(inputs.secretName)}`);
    assert.isEmpty(stored.filter((name) => /pypi/i.test(name)));
    assert.isNotEmpty(stored);
  });

  it("[DK-7] follows the right branch and overlay with each of the three Applications, and puts the pull secret beside them", () => {
    const found = [...dev.all(application), ...prod.all(application)].map(({ inputs }) => {
      const { source, destination } = inputs.spec as Record<string, Record<string, unknown>>;
      return [destination?.["namespace"], source?.["targetRevision"], source?.["path"]];
    });
    assert.sameDeepMembers(found, [
      ["dataknobs-development", "develop", "deploy/overlays/development"],
      ["dataknobs-staging", "main", "deploy/overlays/staging"],
      ["dataknobs", "release/stable", "deploy/overlays/production"],
    ]);
    const pulls = [...dev.all(secret), ...prod.all(secret)].filter(({ inputs }) => inputs.type === "kubernetes.io/dockerconfigjson");
    assert.sameMembers(
      pulls.map(({ inputs }) => (inputs.metadata as { namespace: string }).namespace),
      ["dataknobs-development", "dataknobs-staging", "dataknobs"],
    );
  });

  it("declares no resource in two stacks", () => {
    const urns = ({ resources }: Recording<unknown>) =>
      resources.filter(({ type }) => /^(github|kubernetes):/.test(type)).map((resource) => qualifiedUrn(resource, resources));
    const shared = new Set(urns(prod));
    assert.isEmpty(urns(dev).filter((urn) => shared.has(urn)));
  });
});
