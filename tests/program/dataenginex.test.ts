import { assert } from "chai";
import { qualifiedUrn, type Recording } from "../support/pulumi.ts";
import { declareSystem } from "./declare.ts";

const ruleset = "github:index/repositoryRuleset:RepositoryRuleset";
const environment = "github:index/repositoryEnvironment:RepositoryEnvironment";
const policy = "github:index/repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy";
const project = "kubernetes:argoproj.io/v1alpha1:AppProject";
const application = "kubernetes:argoproj.io/v1alpha1:Application";
const secret = "kubernetes:core/v1:Secret";

describe("the program with dataenginex and the committed stacks", () => {
  let prod: Recording<unknown>;
  let dev: Recording<unknown>;

  before(async () => {
    ({ prod, dev } = await declareSystem("dataenginex"));
  });

  const rules = (recording: Recording<unknown>, name: string) =>
    recording.one(ruleset, name).inputs.rules as Record<string, Record<string, unknown>>;
  const spec = (recording: Recording<unknown>, type: string) => recording.one(type).inputs.spec as Record<string, Record<string, unknown>>;

  it("[DEX-6] requires on main and dev a review and the three checks that always report, made by GitHub Actions", () => {
    for (const name of ["dataenginex-main", "dataenginex-dev"]) {
      const { pullRequest, requiredStatusChecks } = rules(prod, name);
      assert.equal(pullRequest?.requiredApprovingReviewCount, 1);
      assert.isTrue(pullRequest?.requireCodeOwnerReview);
      assert.deepEqual(
        requiredStatusChecks?.requiredChecks,
        ["lint-and-test", "codeql", "semgrep"].map((context) => ({ context, integrationId: 15368 })),
      );
    }
  });

  it("[DEX-6] takes signed commits on main, and lets nobody move or delete a release tag", () => {
    assert.deepInclude(prod.one(ruleset, "dataenginex-main").inputs.rules as object, { requiredSignatures: true });
    for (const pattern of ["dataenginex-v*", "careerdex-v*"]) {
      const { inputs } = prod.one(ruleset, `dataenginex-${pattern}`);
      assert.deepEqual(inputs.rules, { update: true, deletion: true, nonFastForward: true });
      assert.deepEqual(inputs.bypassActors, []);
    }
  });

  it("[DEX-7] has environments dev, prod, testpypi and pypi; dev and prod take main, publishing takes release tags", () => {
    const names = prod.all(environment).map(({ inputs }) => inputs.environment);
    assert.sameMembers(names, ["dev", "prod", "testpypi", "pypi", "notifications"]);
    const { inputs } = prod.one(environment, "dataenginex-prod");
    assert.isNotEmpty(inputs.reviewers);
    assert.deepInclude(inputs, { preventSelfReview: true, canAdminsBypass: false });
    const patterns = prod
      .all(policy)
      .map(({ inputs: { environment: of, branchPattern, tagPattern } }) => [of, branchPattern ?? tagPattern].join(" "));
    assert.sameMembers(patterns, ["dev main", "prod main", "testpypi dataenginex-v*", "pypi dataenginex-v*", "notifications main"]);
  });

  it("[DEX-8] follows the right branch, overlay and namespace with each Application, with prune and selfHeal", () => {
    for (const [recording, name, branch, overlay] of [
      [prod, "dex", "main", "prod"],
      [dev, "dex-dev", "dev", "dev"],
    ] as const) {
      const { source, destination, syncPolicy } = spec(recording, application);
      assert.deepInclude(source, { targetRevision: branch, path: `infra/argocd/overlays/${overlay}` });
      assert.equal(destination?.namespace, name);
      assert.deepInclude(syncPolicy?.automated as object, { prune: true, selfHeal: true });
      const allowed: unknown = spec(recording, project).destinations;
      assert.deepEqual(allowed, [{ server: "https://kubernetes.default.svc", namespace: name }]);
    }
  });

  it("[DEX-9] syncs production in business hours, leaves a rollback possible, and takes signed commits only", () => {
    const { syncWindows, sourceIntegrity } = spec(prod, project) as unknown as Record<string, object[]>;
    assert.lengthOf(syncWindows ?? [], 1);
    assert.deepInclude(syncWindows?.[0], { kind: "allow", schedule: "0 9 * * 1-5", duration: "8h", manualSync: true });
    assert.exists(sourceIntegrity);
    assert.notProperty(spec(dev, project), "syncWindows");
  });

  it("[DEX-10] puts the pull secret into both namespaces, and records that sha- tags never move", () => {
    for (const [recording, namespace] of [
      [prod, "dex"],
      [dev, "dex-dev"],
    ] as const) {
      const pull = recording.all(secret).filter(({ inputs }) => inputs.type === "kubernetes.io/dockerconfigjson");
      assert.deepEqual(
        pull.map(({ inputs }) => inputs.metadata),
        [{ name: "ghcr-pull", namespace }],
      );
    }
    const { inputs } = prod.one("gatehouse:registry:ContainerPackage", "dataenginex-dex");
    assert.include(inputs.immutableTags as string[], "sha-*");
    assert.equal(inputs.image, "ghcr.io/thedataenginex/dex");
  });

  it("declares no resource in two stacks", () => {
    const urns = ({ resources }: Recording<unknown>) =>
      resources.filter(({ type }) => /^(github|kubernetes):/.test(type)).map((resource) => qualifiedUrn(resource, resources));
    const shared = new Set(urns(prod));
    assert.isEmpty(urns(dev).filter((urn) => shared.has(urn)));
  });
});
