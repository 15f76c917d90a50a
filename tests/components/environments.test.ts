import * as github from "@pulumi/github";
import { assert } from "chai";
import { ActionsSecrets, type ActionsSecretsArgs } from "../../components/actions-secrets/index.ts";
import { DeploymentEnvironment, type DeploymentEnvironmentArgs } from "../../components/deployment-environment/index.ts";
import { Directory } from "../../components/shared/directory.ts";
import { FaultsError } from "../../model/fault.ts";
import { Sensitive } from "../../model/sensitive.ts";
import { isSecret, numberOf, openSecret, record, type Recording } from "../support/pulumi.ts";

const environmentType = "github:index/repositoryEnvironment:RepositoryEnvironment";
const policyType = "github:index/repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy";
const secretType = "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret";

function environment(change: Partial<Record<keyof DeploymentEnvironmentArgs, unknown>> = {}): Promise<Recording<DeploymentEnvironment>> {
  return record(() => {
    const provider = new github.Provider("github", { owner: "acme" });
    const directory = new Directory("acme", provider);
    const args = { repository: "shop", environment: "prod", production: true, deployFrom: { branches: ["main"] }, directory, ...change };
    return new DeploymentEnvironment("shop-prod", args as DeploymentEnvironmentArgs, { provider });
  });
}

describe("DeploymentEnvironment", () => {
  it("[DEX-7] has named reviewers, no self-review, no bypass by administrators, and takes named branches only", async () => {
    const reviewers = [
      { kind: "team", slug: "release-managers" },
      { kind: "user", login: "shop-auditor" },
    ];
    const { one } = await environment({ reviewers, waitTimerMinutes: 10 });
    const { inputs, protect } = one(environmentType, "shop-prod");
    assert.deepEqual(inputs, {
      repository: "shop",
      environment: "prod",
      waitTimer: 10,
      canAdminsBypass: false,
      preventSelfReview: true,
      reviewers: [{ teams: [numberOf("release-managers")], users: [numberOf("shop-auditor")] }],
      deploymentBranchPolicy: { protectedBranches: false, customBranchPolicies: true },
    });
    assert.isTrue(protect);
    assert.deepEqual(one(policyType).inputs, { repository: "shop", environment: "prod", branchPattern: "main" });
  });

  it("says nothing of self-review without reviewers, since GitHub would forget it", async () => {
    const { inputs } = (await environment()).one(environmentType);
    assert.doesNotHaveAnyKeys(inputs, ["preventSelfReview", "reviewers"]);
  });

  it("[DEX-7] takes release tags", async () => {
    const { one } = await environment({ deployFrom: { tags: ["dataenginex-v*"] } });
    assert.deepEqual(one(policyType).inputs, { repository: "shop", environment: "prod", tagPattern: "dataenginex-v*" });
  });

  it("depends on nothing but itself: its policies, secrets and variables name it by its output", async () => {
    const { one, all } = await environment({
      secrets: [{ name: "A", value: new Sensitive("canary") }],
      variables: [{ name: "B", value: "1" }],
    });
    const { urn } = one(environmentType);
    for (const type of [policyType, secretType, "github:index/actionsEnvironmentVariable:ActionsEnvironmentVariable"]) {
      assert.isNotEmpty(all(type));
      for (const child of all(type)) assert.include(child.dependencies, urn, child.name);
    }
  });

  it("registers nothing when any branch may use it, or it is otherwise wrong", async () => {
    let error: unknown;
    const { resources } = await record(() => {
      try {
        new DeploymentEnvironment("x", { repository: "shop", environment: "", deployFrom: {}, waitTimerMinutes: -1 } as never);
      } catch (thrown) {
        error = thrown;
      }
    });
    assert.deepEqual(resources, []);
    assert.includeMembers(
      (error as FaultsError).faults.map(({ path }) => path),
      ["environment", "deployFrom", "waitTimerMinutes"],
    );
  });
});

describe("ActionsSecrets", () => {
  const declare = (more: Partial<ActionsSecretsArgs>) =>
    record(
      () =>
        new ActionsSecrets("shop", {
          repository: "shop",
          secrets: [{ name: "TOKEN", value: new Sensitive("canary-2718") }],
          variables: [{ name: "REGION", value: "eu" }],
          ...more,
        }),
    );

  it("sends values as secrets, of the environment or of the repository", async () => {
    for (const [more, type] of [
      [{ environment: "prod" }, secretType],
      [{}, "github:index/actionsSecret:ActionsSecret"],
    ] as const) {
      const { one } = await declare(more);
      const { inputs } = one(type, "shop-TOKEN");
      assert.isTrue(isSecret(inputs.value));
      assert.equal(openSecret(inputs.value), "canary-2718");
      assert.equal(inputs.secretName, "TOKEN");
      assert.equal(inputs.environment, "environment" in more ? "prod" : undefined);
    }
  });

  it("has values nowhere else: not in its own summary, not in a name", async () => {
    const { resources } = await declare({ environment: "prod" });
    for (const resource of resources) {
      const { value, ...rest } = resource.inputs;
      assert.notInclude(JSON.stringify({ ...resource, inputs: rest }), "canary", resource.name);
      assert.isTrue(value === undefined || value === "eu" || isSecret(value));
    }
  });

  it("notices a change behind our back: nothing of a secret is ignored", async () => {
    assert.deepEqual((await declare({ environment: "prod" })).one(secretType).ignoreChanges, []);
  });

  it("refuses a plain text in place of a Sensitive, without repeating it", async () => {
    let error: unknown;
    const { resources } = await record(() => {
      try {
        new ActionsSecrets("x", { repository: "shop", secrets: [{ name: "TOKEN", value: "canary" as never }] });
      } catch (thrown) {
        error = thrown;
      }
    });
    assert.deepEqual(resources, []);
    assert.instanceOf(error, FaultsError);
    assert.notInclude(error.message, "canary");
  });
});
