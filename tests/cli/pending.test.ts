import { expect } from "chai";

import { settle, type Deployment, type StateResource } from "../../cli/up/pending.ts";

const urn = (type: string, name: string): string => `urn:pulumi:prod::gatehouse::${type}::${name}`;
const provider: StateResource = {
  urn: urn("pulumi:providers:github", "acme"),
  type: "pulumi:providers:github",
  id: "1",
  inputs: { owner: "acme" },
};
const pending = (type: string, name: string, inputs: Record<string, unknown>): StateResource => ({
  urn: urn(type, name),
  type,
  inputs,
  provider: `${provider.urn}::1`,
});
const state = (...operations: { type: string; resource: StateResource }[]): Deployment => ({
  version: 3,
  deployment: { manifest: {}, resources: [provider], pending_operations: operations },
});

/** Answers from a table of paths, as GitHub would; every other path is a 404. */
const github =
  (answers: Record<string, unknown>, asked: string[] = []) =>
  (owner: string) =>
  (path: string) => {
    asked.push(`${owner} ${path}`);
    return Promise.resolve(answers[path]);
  };

const repository = "github:index/repository:Repository";
const ruleset = "github:index/repositoryRuleset:RepositoryRuleset";
const environment = "github:index/repositoryEnvironment:RepositoryEnvironment";
const policy = "github:index/repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy";

describe("settling what a killed engine left pending", () => {
  it("adopts a repository that exists, with its inputs, after everything the state knew", async () => {
    const resource = pending(repository, "dex", { name: "DEX" });
    const settled = await settle(state({ type: "creating", resource }), github({ "/repos/acme/DEX": { id: 7 } }));
    expect(settled.adopted).to.deep.equal([resource.urn]);
    expect(settled.forgotten).to.deep.equal([]);
    expect(settled.deployment.deployment.resources).to.deep.equal([
      provider,
      { ...resource, id: "DEX", custom: true, outputs: { name: "DEX" } },
    ]);
    expect(settled.deployment.deployment).to.not.have.property("pending_operations");
    expect(settled.deployment.deployment).to.have.property("manifest");
  });

  it("leaves a repository that is older than the run alone: somebody else made it", async () => {
    const resource = pending(repository, "dex", { name: "DEX" });
    const run = Date.parse("2026-01-01T12:00:00.500Z");
    const made = async (created_at: string) =>
      (await settle(state({ type: "creating", resource }), github({ "/repos/acme/DEX": { id: 7, created_at } }), run)).adopted;
    expect(await made("2026-01-01T11:00:00Z")).to.deep.equal([]);
    // GitHub's times are whole seconds: this one may be of the run.
    expect(await made("2026-01-01T12:00:00Z")).to.deep.equal([resource.urn]);
  });

  it("forgets a repository that was never made", async () => {
    const resource = pending(repository, "dex", { name: "DEX" });
    const settled = await settle(state({ type: "creating", resource }), github({}));
    expect(settled.forgotten).to.deep.equal([resource.urn]);
    expect(settled.deployment.deployment.resources).to.deep.equal([provider]);
  });

  it("finds a ruleset by its name on a later page", async () => {
    const path = "/repos/acme/DEX/rulesets?includes_parents=false&per_page=100&page=";
    const resource = pending(ruleset, "main", { name: "main", repository: "DEX" });
    const answers = { [`${path}1`]: [{ id: 1, name: "dev" }], [`${path}2`]: [{ id: 42, name: "main" }] };
    const settled = await settle(state({ type: "creating", resource }), github(answers));
    expect(settled.deployment.deployment.resources?.[1]?.id).to.equal("42");
  });

  it("gives a deployment policy the id the provider imports it by", async () => {
    const resource = pending(policy, "p", { repository: "DEX", environment: "prod/eu", branchPattern: "main" });
    const path = "/repos/acme/DEX/environments/prod%2Feu/deployment-branch-policies?per_page=100&page=1";
    const settled = await settle(state({ type: "creating", resource }), github({ [path]: { branch_policies: [{ id: 5, name: "main" }] } }));
    expect(settled.deployment.deployment.resources?.[1]?.id).to.equal("DEX:prod%2Feu:5");
  });

  it("lets a create that is a PUT run again, without asking", async () => {
    const asked: string[] = [];
    const resource = pending(environment, "e", { repository: "DEX", environment: "prod" });
    const settled = await settle(state({ type: "creating", resource }), github({}, asked));
    expect(settled.forgotten).to.deep.equal([resource.urn]);
    expect(asked).to.deep.equal([]);
  });

  it("never doubles a resource that the state already knows", async () => {
    const known = { ...pending(repository, "dex", { name: "DEX" }), id: "DEX" };
    const exported = state({ type: "creating", resource: known });
    const both = { ...exported, deployment: { ...exported.deployment, resources: [provider, known] } };
    const settled = await settle(both, github({ "/repos/acme/DEX": { id: 7 } }));
    expect(settled.deployment.deployment.resources).to.deep.equal([provider, known]);
  });

  it("leaves updates and deletes to the engine, which runs them again", async () => {
    const resource = pending(repository, "dex", { name: "DEX" });
    for (const type of ["updating", "deleting", "reading"]) {
      const settled = await settle(state({ type, resource }), github({ "/repos/acme/DEX": {} }));
      expect(settled.adopted, type).to.deep.equal([]);
    }
  });

  it("does not guess an owner when the provider is unknown", async () => {
    const resource = { ...pending(repository, "dex", { name: "DEX" }), provider: "urn:other::1" };
    const asked: string[] = [];
    const settled = await settle(state({ type: "creating", resource }), github({ "/repos/acme/DEX": {} }, asked));
    expect(settled.forgotten).to.deep.equal([resource.urn]);
    expect(asked).to.deep.equal([]);
  });
});
