import { expect } from "chai";

import { Declaration, github, kubernetes, SECRET, Stack, type DeclarationInput } from "../../policies/rules/declaration.ts";
import { judgeOne, rules, type Verdict } from "../../policies/rules/index.ts";

/** What one rule says of the first resource. */
function verdict(id: string, inputs: readonly Omit<DeclarationInput, "urn">[], options: { readonly isPart: boolean }): Verdict | undefined {
  const resources = inputs.map((input) => new Declaration({ urn: `urn:pulumi:dev::shop::${input.type}::${input.name}`, ...input }));
  const rule = rules.find((candidate) => candidate.id === id);
  if (rule === undefined || rule.kind === "workflow") throw new Error(`no such rule: ${id}`);
  return judgeOne(rule, resources[0]!, new Stack(resources, options), {})[0]?.verdict;
}

const branch = { type: github("Branch"), name: "dev", properties: { repository: "shop", branch: "dev" } };
const ruleset = (rules: object) => ({
  type: github("RepositoryRuleset"),
  name: "dev",
  properties: {
    repository: "shop",
    target: "branch",
    enforcement: "active",
    conditions: { refName: { includes: ["refs/heads/dev"], excludes: [] } },
    rules,
  },
});
const secret = { type: kubernetes("core/v1", "Secret"), name: "pull", properties: { metadata: { name: "pull", namespace: "argocd" } } };
const namespace = (name: string) => ({ type: kubernetes("core/v1", "Namespace"), name, properties: { metadata: { name } } });
const provider = (token: unknown, tellsSecrets: boolean) => ({
  type: "pulumi:providers:github",
  name: "github",
  properties: { baseUrl: "https://api.github.com/", token },
  tellsSecrets,
});

describe("Rules over one stack of several", () => {
  it("cannot tell what guards a branch that another stack may guard", () => {
    expect(verdict("branch-no-force-push", [branch], { isPart: true })).to.equal("unknown");
    expect(verdict("branch-no-force-push", [branch], { isPart: false })).to.equal("fail");
  });

  it("judge a branch by the guards that this stack has", () => {
    expect(verdict("branch-no-force-push", [branch, ruleset({ nonFastForward: true })], { isPart: true })).to.equal("pass");
    expect(verdict("branch-no-force-push", [branch, ruleset({ deletion: true })], { isPart: true })).to.equal("fail");
  });

  it("cannot tell what guards tags of a repository that another stack declares", () => {
    const policy = {
      type: github("RepositoryEnvironmentDeploymentPolicy"),
      name: "dev-v",
      properties: { repository: "shop", environment: "dev", tagPattern: "v*" },
    };
    const repository = { type: github("Repository"), name: "shop", properties: { name: "shop" } };
    expect(verdict("tag-of-deployment-guarded", [policy], { isPart: true })).to.equal("unknown");
    expect(verdict("tag-of-deployment-guarded", [policy], { isPart: false })).to.equal("fail");
    expect(verdict("tag-of-deployment-guarded", [policy, repository], { isPart: true })).to.equal("fail");
  });

  it("cannot tell whether another stack declares a repository", () => {
    const permissions = { type: github("ActionsRepositoryPermissions"), name: "shop", properties: { repository: "shop" } };
    expect(verdict("repository-declared", [permissions], { isPart: true })).to.equal("unknown");
    expect(verdict("repository-declared", [permissions], { isPart: false })).to.equal("fail");
  });

  it("cannot tell whether another stack declares a namespace", () => {
    expect(verdict("secret-in-declared-namespace", [secret, namespace("shop")], { isPart: true })).to.equal("unknown");
    expect(verdict("secret-in-declared-namespace", [secret, namespace("shop")], { isPart: false })).to.equal("fail");
    expect(verdict("secret-in-declared-namespace", [secret, namespace("argocd")], { isPart: true })).to.equal("pass");
  });

  it("cannot tell whether a token is a secret where nobody marks secrets", () => {
    expect(verdict("provider-github-safe", [provider("plain", false)], { isPart: true })).to.equal("unknown");
    expect(verdict("provider-github-safe", [provider("plain", true)], { isPart: true })).to.equal("fail");
    expect(verdict("provider-github-safe", [provider(SECRET, true)], { isPart: true })).to.equal("pass");
  });
});
