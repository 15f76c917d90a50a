import { assert } from "chai";
import type { Recording } from "../support/pulumi.ts";
import { declareSystem } from "./declare.ts";

const NAME = "data-platform-aks";
const repository = "github:index/repository:Repository";
const ruleset = "github:index/repositoryRuleset:RepositoryRuleset";
const environment = "github:index/repositoryEnvironment:RepositoryEnvironment";
const environmentSecret = "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret";
const subject =
  "github:index/actionsRepositoryOidcSubjectClaimCustomizationTemplate:ActionsRepositoryOidcSubjectClaimCustomizationTemplate";
const application = "kubernetes:argoproj.io/v1alpha1:Application";

describe("the program with data-platform-aks and the committed stacks", () => {
  let prod: Recording<unknown>;
  let dev: Recording<unknown>;
  before(async () => {
    ({ prod, dev } = await declareSystem(NAME));
  });

  it("[AKS-2] [AKS-3] holds main to 18 checks of GitHub Actions, a code owner's review and a line without merges", () => {
    const rules = prod.one(ruleset, `${NAME}-main`).inputs["rules"] as Record<string, Record<string, unknown>>;
    const checks = rules["requiredStatusChecks"]?.["requiredChecks"] as { context: string; integrationId: number }[];
    assert.lengthOf(checks, 18);
    assert.isTrue(checks.every(({ integrationId }) => integrationId === 15368));
    assert.isTrue(rules["requiredStatusChecks"]?.["strictRequiredStatusChecksPolicy"]);
    assert.propertyVal(rules, "requiredLinearHistory", true);
    assert.propertyVal(rules, "requiredSignatures", true);
    assert.isTrue(rules["pullRequest"]?.["requireCodeOwnerReview"]);
    assert.deepEqual(prod.one(ruleset, `${NAME}-main`).inputs["bypassActors"], []);
  });

  it("[AKS-3] squashes only, under the pull request's title", () => {
    assert.deepInclude(prod.one(repository).inputs, {
      allowMergeCommit: false,
      allowRebaseMerge: false,
      allowSquashMerge: true,
      squashMergeCommitTitle: "PR_TITLE",
    });
  });

  it("[AKS-4] has environments dev, staging, prod and release, all in the foundation; staging and prod are reviewed", () => {
    const reviewed = prod
      .all(environment)
      .filter(({ inputs }) => inputs["environment"] !== "notifications")
      .map(({ inputs }) => `${String(inputs["environment"])}${inputs["reviewers"] === undefined ? "" : ", reviewed"}`);
    assert.sameMembers(reviewed, ["dev", "staging, reviewed", "prod, reviewed", "release"]);
    assert.isEmpty(dev.all(environment));
  });

  it("[AKS-4] has subjects name the repository's number and the environment, and each environment its own three identifiers", () => {
    assert.deepEqual(prod.one(subject).inputs, { repository: NAME, useDefault: false, includeClaimKeys: ["repository_id", "context"] });
    assert.isEmpty(dev.all(subject));
    const held = prod.all(environmentSecret).map(({ inputs }) => [inputs["environment"], inputs["secretName"]].map(String).join(" "));
    for (const name of ["dev", "staging", "prod"]) {
      assert.includeMembers(
        held,
        ["AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_SUBSCRIPTION_ID"].map((secret) => `${name} ${secret}`),
      );
    }
  });

  it("[AKS-4] says what has to be entered at Azure: the subject of each environment", () => {
    const [system] = Object.values(prod.result as Record<string, { readonly subjects?: Readonly<Record<string, unknown>> }>);
    assert.hasAllKeys(system?.subjects, ["dev", "staging", "prod"]);
  });

  it("[AKS-5] follows main with one Application per tier, each with its overlay and namespace", () => {
    const followed = [...dev.all(application), ...prod.all(application)].map(({ inputs }) => {
      const { source, destination } = inputs["spec"] as Record<string, Record<string, unknown>>;
      return [source?.["targetRevision"], source?.["path"], destination?.["namespace"]].map(String).join(" ");
    });
    assert.deepEqual(
      followed.sort(),
      ["dev", "prod", "staging"].map((tier) => `main k8s/aks/overlays/${tier} data-platform-${tier}`),
    );
  });

  it("[AKS-6] has both images in the owner's namespace, by tags that never move", () => {
    const packages = prod.all("gatehouse:registry:ContainerPackage").map(({ inputs }) => inputs);
    assert.sameMembers(
      packages.map(({ image }) => image),
      [`ghcr.io/${NAME}/airflow`, `ghcr.io/${NAME}/frontend`],
    );
    for (const { immutableTags } of packages) assert.deepEqual(immutableTags, ["sha-*", "v*"]);
  });
});
