import * as github from "@pulumi/github";
import { assert } from "chai";
import { GovernedRepository, type GovernedRepositoryArgs } from "../../components/governed-repository/index.ts";
import { Directory } from "../../components/shared/directory.ts";
import { FaultsError } from "../../model/fault.ts";
import type { Repository } from "../../model/system.ts";
import { numberOf, record, type Recording } from "../support/pulumi.ts";
import { shop } from "../support/systems.ts";

const of = (name: string) => `github:index/${name.charAt(0).toLowerCase()}${name.slice(1)}:${name}`;

function governed(
  declared: Partial<Record<keyof Repository, unknown>> = {},
  change: Partial<GovernedRepositoryArgs> = {},
): Promise<Recording<GovernedRepository>> {
  return record(() => {
    const provider = new github.Provider("github", { owner: "acme" });
    const args: GovernedRepositoryArgs = {
      declared: { ...shop.repository, ...declared } as Repository,
      defaultBranch: "main",
      otherBranches: ["dev"],
      seeds: [
        { path: "a.txt", content: "a" },
        { path: "b/c.txt", content: "c" },
      ],
      directory: new Directory("acme", provider),
      ...change,
    };
    return new GovernedRepository("shop", args, { provider });
  });
}

const settings = async (declared: Partial<Record<keyof Repository, unknown>>, change: Partial<GovernedRepositoryArgs> = {}) =>
  (await governed(declared, change)).one(of("Repository")).inputs;

describe("GovernedRepository", () => {
  it("declares the repository with its settings, protected and kept when it leaves the stack", async () => {
    const { one } = await governed();
    const { inputs, protect, retainOnDelete, parent } = one(of("Repository"), "shop");
    assert.deepEqual(inputs, {
      name: "shop",
      description: "Where things are sold",
      visibility: "public",
      homepageUrl: "https://shop.example",
      topics: ["shop"],
      hasIssues: true,
      hasWiki: false,
      hasProjects: false,
      hasDiscussions: false,
      allowMergeCommit: true,
      allowSquashMerge: true,
      allowRebaseMerge: false,
      squashMergeCommitTitle: "PR_TITLE",
      squashMergeCommitMessage: "PR_BODY",
      allowAutoMerge: false,
      allowUpdateBranch: true,
      deleteBranchOnMerge: false,
      autoInit: true,
      securityAndAnalysis: { secretScanning: { status: "enabled" }, secretScanningPushProtection: { status: "enabled" } },
    });
    assert.isTrue(protect);
    assert.isTrue(retainOnDelete);
    assert.equal(parent, one("gatehouse:github:GovernedRepository").urn);
  });

  it("squashes by default, and deletes merged branches only where no second branch lives long", async () => {
    const inputs = await settings({ mergeMethods: undefined, squashCommit: undefined }, { otherBranches: [] });
    assert.deepInclude(inputs, { allowMergeCommit: false, allowSquashMerge: true, allowRebaseMerge: false, deleteBranchOnMerge: true });
  });

  it("leaves secret scanning of a private repository alone unless it is declared, since it is sold apart", async () => {
    assert.notProperty(await settings({ visibility: "private", security: {} }), "securityAndAnalysis");
    assert.notProperty(await settings({ security: { secretScanning: null, secretScanningPushProtection: null } }), "securityAndAnalysis");
    const off = await settings({ security: { secretScanning: false, secretScanningPushProtection: null } });
    assert.deepEqual(off.securityAndAnalysis, { secretScanning: { status: "disabled" } });
  });

  it("writes seeds one after the other, then makes the other branches: parallel writes to a branch conflict", async () => {
    const { one } = await governed();
    const [first, second] = [one(of("RepositoryFile"), "shop-a.txt"), one(of("RepositoryFile"), "shop-b/c.txt")];
    assert.include(first.dependencies, one(of("BranchDefault")).urn);
    assert.include(second.dependencies, first.urn);
    const dev = one(of("Branch"), "shop-dev");
    assert.include(dev.dependencies, second.urn);
    assert.deepInclude(dev.inputs, { branch: "dev", sourceBranch: "main" });
    assert.isTrue(dev.protect && dev.retainOnDelete);
  });

  it("never writes a seed twice: its content is ignored afterwards, it starts no workflow, and it stays in the repository", async () => {
    for (const file of (await governed()).all(of("RepositoryFile"))) {
      assert.includeMembers([...file.ignoreChanges], ["content", "commitMessage"]);
      assert.include(file.inputs.commitMessage as string, "[skip ci]");
      assert.isTrue(file.retainOnDelete);
      assert.isTrue(file.inputs.overwriteOnCreate);
      assert.equal(file.inputs.branch, "main");
    }
  });

  it("gives teams their rights by number, one look-up each, and single users by login", async () => {
    const { one, calls } = await governed();
    const team = one(of("TeamRepository"), "shop-maintainers");
    assert.deepEqual(team.inputs, { repository: "shop", teamId: String(numberOf("maintainers")), permission: "maintain" });
    assert.deepEqual(one(of("RepositoryCollaborator")).inputs, { repository: "shop", username: "shop-auditor", permission: "pull" });
    assert.lengthOf(calls, 2);
  });

  it("allows only named actions, pinned, and gives GITHUB_TOKEN reading only", async () => {
    const { one } = await governed();
    assert.deepEqual(one(of("ActionsRepositoryPermissions")).inputs, {
      repository: "shop",
      enabled: true,
      allowedActions: "selected",
      allowedActionsConfig: { githubOwnedAllowed: true, verifiedAllowed: false, patternsAlloweds: ["docker/login-action@*"] },
      shaPinningRequired: true,
    });
    assert.deepEqual(one(of("WorkflowRepositoryPermissions")).inputs, {
      repository: "shop",
      defaultWorkflowPermissions: "read",
      canApprovePullRequestReviews: false,
    });
  });

  it("turns alerts and security updates on, the updates after the alerts; null leaves both alone", async () => {
    const { one } = await governed();
    const alerts = one(of("RepositoryVulnerabilityAlerts"));
    const updates = one(of("RepositoryDependabotSecurityUpdates"));
    assert.isTrue(alerts.inputs.enabled);
    assert.isTrue(updates.inputs.enabled);
    assert.include(updates.dependencies, alerts.urn);
    const { all } = await governed({ security: { vulnerabilityAlerts: null, dependabotSecurityUpdates: null } });
    assert.isEmpty([...all(of("RepositoryVulnerabilityAlerts")), ...all(of("RepositoryDependabotSecurityUpdates"))]);
  });

  it("declares labels as one list, autolinks and Pages, and none of them when they are not declared", async () => {
    const { one } = await governed();
    assert.deepEqual(one(of("IssueLabels")).inputs.labels, [{ name: "bug", color: "d73a4a", description: "Does not work" }]);
    assert.deepInclude(one(of("RepositoryAutolinkReference")).inputs, {
      keyPrefix: "SHOP-",
      targetUrlTemplate: "https://tracker.example/<num>",
    });
    assert.equal(one(of("RepositoryPages")).inputs.buildType, "workflow");
    const { all } = await governed({ labels: undefined, autolinks: undefined, pages: undefined });
    assert.isEmpty([...all(of("IssueLabels")), ...all(of("RepositoryAutolinkReference")), ...all(of("RepositoryPages"))]);
  });

  it("[AKS-4] names the claims of OpenID Connect subjects where they are declared, and leaves GitHub's own otherwise", async () => {
    const template = of("ActionsRepositoryOidcSubjectClaimCustomizationTemplate");
    const { one } = await governed({ oidcSubject: ["repository_id", "context"] });
    assert.deepEqual(one(template).inputs, { repository: "shop", useDefault: false, includeClaimKeys: ["repository_id", "context"] });
    assert.isEmpty((await governed()).all(template));
  });

  it("registers nothing when its arguments are wrong", async () => {
    let error: unknown;
    const { resources } = await record(() => {
      try {
        new GovernedRepository("x", {
          declared: { ...shop.repository, name: "a b" },
          defaultBranch: "",
          otherBranches: [],
          seeds: [],
        } as never);
      } catch (thrown) {
        error = thrown;
      }
    });
    assert.deepEqual(resources, []);
    assert.sameMembers(
      (error as FaultsError).faults.map(({ path }) => path),
      ["declared.name", "defaultBranch", "directory"],
    );
  });
});
