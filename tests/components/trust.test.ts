import { expect } from "chai";
import { judgeTrust } from "../../components/fleet/trust.ts";
import { subjectOf } from "../../model/subject.ts";
import type { Environment, Repository, System, TrustedPublisher } from "../../model/system.ts";
import { shop } from "../support/systems.ts";

const azure: TrustedPublisher = { kind: "azure", credential: "github-prod" };
const pypi: TrustedPublisher = { kind: "pypi", project: "shop", workflow: "publish.yml" };
const base: Environment = { name: "prod", tier: "prod", deployFrom: { branches: ["main"] } };

/** The sound system with one environment that somebody trusts. */
function trusting(change: Partial<Environment>, oidcSubject: Repository["oidcSubject"] = ["repository_id", "context"]): System {
  return { ...shop, repository: { ...shop.repository, oidcSubject }, environments: [{ ...base, trustedBy: [azure], ...change }] };
}

/** A workflow with one job that signs in. */
function workflows(file = "deploy.yml", permissions = "{ id-token: write }", environment = "prod", above = "{}"): Map<string, string> {
  const text = `on: push
permissions: ${above}
jobs:
  deploy:
    runs-on: ubuntu-24.04
    environment: ${environment}
${permissions === "" ? "" : `    permissions: ${permissions}\n`}    steps:
      - run: sign-in
`;
  return new Map([[`.github/workflows/${file}`, text]]);
}

const rules = (system: System, files = workflows()): string[] => judgeTrust(system, files).map(({ rule }) => rule);

describe("who trusts the tokens of jobs", () => {
  const facts = { owner: "acme", repositoryId: 4711 };

  it("[AKS-4] the subject names the repository by its number and the environment of the job", () => {
    const system = trusting({});
    expect(subjectOf(system, system.environments[0]!, facts)).to.equal("repository_id:4711:environment:prod");
  });

  it("the subject follows the declared claims in their order, with colons written as %3A", () => {
    const system = trusting({ name: "prod:eu" }, ["repository_owner", "environment", "repository_id", "ref"]);
    const subject = "repository_owner:acme:environment:prod%3Aeu:repository_id:4711:ref:refs/heads/main";
    expect(subjectOf(system, system.environments[0]!, facts)).to.equal(subject);
  });

  it("a subject that nobody can know is an error, never a guess", () => {
    const system = trusting({}, ["repository_id", "actor"]);
    expect(() => subjectOf(system, system.environments[0]!, facts)).to.throw(/prod.*actor/);
  });

  it("[AKS-4] is sound where a job of the environment may ask for a token", () => {
    expect(rules(trusting({}))).to.deep.equal([]);
    expect(rules(trusting({}), workflows("deploy.yml", "write-all"))).to.deep.equal([]);
    expect(rules(trusting({}), workflows("deploy.yml", "", "prod", "{ id-token: write }"))).to.deep.equal([]);
    expect(rules(trusting({}), workflows("deploy.yml", "{ id-token: write }", "${{ inputs.environment }}"))).to.deep.equal([]);
  });

  for (const [what, files] of [
    ["no job has the permission", workflows("deploy.yml", "{ contents: read }")],
    ["the job's permissions take the workflow's back", workflows("deploy.yml", "{ contents: read }", "prod", "{ id-token: write }")],
    ["only a job of another environment has it", workflows("deploy.yml", "{ id-token: write }", "dev")],
    ["there is no workflow", new Map<string, string>()],
  ] as const) {
    it(`[AKS-4] is a fault where ${what}`, () => {
      const [fault, ...others] = judgeTrust(trusting({}), files);
      expect(others).to.deep.equal([]);
      expect(fault).to.include({ path: "shop.environments[0].trustedBy[0]", file: "systems/shop/system.ts" });
      expect(fault!.rule).to.match(/no job in environment prod has the permission id-token: write/);
    });
  }

  it("is a fault where PyPI trusts another workflow than the one that publishes", () => {
    const system = trusting({ trustedBy: [pypi] }, undefined);
    expect(rules(system, workflows("publish.yml"))).to.deep.equal([]);
    expect(rules(system, workflows("deploy.yml"))).to.have.length(1);
  });

  for (const [claims, rule] of [
    [["repository_id"], /does not name the environment/],
    [["repo", "context"], /by its name/],
    [undefined, /by its name/],
    [["repo", "repository_id", "context"], /by its name/],
    [["repository_id", "context", "actor"], /differs from run to run \(actor\)/],
    [["repository_id", "context", "job_workflow_ref"], /differs from run to run \(job_workflow_ref\)/],
  ] as const) {
    it(`[AKS-4] Azure cannot trust a subject of ${claims?.join(", ") ?? "GitHub's own claims"}`, () => {
      const system = trusting({});
      // Without the field at all it is GitHub's own.
      const repository = claims === undefined ? shop.repository : { ...shop.repository, oidcSubject: claims };
      const found = rules({ ...system, repository });
      expect(found).to.have.length(1);
      expect(found[0]).to.match(rule);
    });
  }

  it("Azure cannot trust the ref where several may deploy", () => {
    const claims = ["repository_id", "context", "ref"] as const;
    expect(rules(trusting({ deployFrom: { branches: ["main"] } }, claims))).to.deep.equal([]);
    expect(rules(trusting({ deployFrom: { branches: ["release/*"] } }, claims))).to.have.length(1);
    expect(rules(trusting({ deployFrom: { branches: ["main"], tags: ["v1"] } }, claims))).to.have.length(1);
  });
});
