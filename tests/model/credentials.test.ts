/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-call --
   bad data is the point of shopWith: the types forbid every one of these changes */
import { join } from "node:path";
import { expect } from "chai";
import { loadSystems } from "../../components/fleet/load.ts";
import { judgeSystems } from "../../model/validate/index.ts";
import type { System } from "../../model/system.ts";
import { shopFiles, shopWith, type Changeable } from "../support/systems.ts";

const faultsOf = (change: (system: Changeable) => void, codeOwners?: string) =>
  judgeSystems([shopWith(change, codeOwners === undefined ? shopFiles : new Map([...shopFiles, [".github/CODEOWNERS", codeOwners]]))]);

describe("secrets that OpenID Connect takes the place of", () => {
  for (const [name, cloud] of [
    ["AZURE_CREDENTIALS", "Azure"],
    ["AZURE_CLIENT_SECRET", "Azure"],
    ["PROD_AZURE_CLIENT_SECRET", "Azure"],
    ["ARM_CLIENT_SECRET", "Azure"],
    ["AKS_KUBECONFIG", "Azure"],
    ["AWS_SECRET_ACCESS_KEY", "AWS"],
    ["AWS_ACCESS_KEY_ID_PROD", "AWS"],
    ["AWS_STAGING_SECRET_ACCESS_KEY", "AWS"],
    ["GOOGLE_CREDENTIALS", "Google Cloud"],
    ["GCP_SA_KEY", "Google Cloud"],
    ["PYPI_API_TOKEN", "PyPI"],
    ["PYPI_TOKEN", "PyPI"],
    ["TEST_PYPI_API_TOKEN", "PyPI"],
    ["POETRY_PYPI_TOKEN_PYPI", "PyPI"],
    ["TWINE_PASSWORD", "PyPI"],
    ["UV_PUBLISH_TOKEN", "PyPI"],
  ] as const) {
    it(`[AKS-4] ${name} is refused, in an environment and in the repository, with what to do instead`, () => {
      const faults = faultsOf((system) => {
        system.secrets.push({ name, purpose: "x" });
        system.environments[0].secrets.push({ name, purpose: "x" });
      });
      expect(faults.map(({ path, value }) => [path, value])).to.deep.equal([
        ["shop.secrets[1].name", name],
        ["shop.environments[0].secrets[1].name", name],
      ]);
      expect(faults[0]!.rule).to.include(`long-lived credential of ${cloud}`);
      expect(faults[0]!.fix).to.match(/^remove it; /);
    });
  }

  for (const name of ["AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_SUBSCRIPTION_ID", "AWS_REGION", "SLACK_WEBHOOK", "DEPLOY_KEY_2"]) {
    it(`${name} is none of them`, () => {
      const faults = faultsOf((system) => {
        system.environments[0].secrets.push({ name, purpose: "x" });
      });
      expect(faults).to.deep.equal([]);
    });
  }

  it("[AKS-4] none of the committed systems declares one, and each one that publishes or signs in says who trusts it", async () => {
    const systems = await loadSystems(join(import.meta.dirname, "..", ".."));
    expect(judgeSystems(systems).filter(({ rule }) => rule.includes("long-lived credential"))).to.deep.equal([]);
    for (const { declared, files } of systems) {
      const { environments } = declared as System;
      const uses = [...files].filter(([path]) => path.startsWith(".github/workflows/")).map(([, text]) => text);
      const signsIn = uses.some((text) => /azure\/login@|--trusted-publishing|gh-action-pypi-publish@/.test(text));
      expect(
        environments.some(({ trustedBy = [] }) => trustedBy.length > 0),
        (declared as System).name,
      ).to.equal(signsIn);
      // What would use a key instead of a token.
      for (const text of uses) expect(text).not.to.match(/^\s+creds:|aws-secret-access-key:|credentials_json:/m);
    }
  });
});

describe("code owners that GitHub would pass over", () => {
  const nothing = (): void => undefined;
  for (const [line, rule] of [
    ["* @org/your-team", /another organization than acme/],
    ["* @acme/your-team", /no team that repository.teams lets write/],
    ["* @acme/readers", /no team that repository.teams lets write/],
    ["* @your-username", /no user who may write/],
    ["* @shop-auditor", /no user who may write/],
  ] as const) {
    it(`[AKS-3] ${line} is a fault that names the line`, () => {
      const [fault, ...others] = faultsOf(nothing, `# owners\n${line}\n`);
      expect(others).to.deep.equal([]);
      expect(fault!.value).to.equal(line.slice(2));
      expect(fault!.rule).to.match(rule).and.to.include(".github/CODEOWNERS:2");
    });
  }

  it("[AKS-3] suggests the team that was meant", () => {
    expect(faultsOf(nothing, "* @acme/maintainer\n")[0]!.fix).to.include('"maintainers"');
  });

  it("teams and users that may write are none of them, whatever the case of the letters", () => {
    const change = (system: Changeable): void => {
      system.repository.collaborators["shop-auditor"] = "push";
    };
    expect(faultsOf(change, "* @ACME/maintainers @Shop-Auditor docs@shop.example\n")).to.deep.equal([]);
  });

  it("an owner who is a user account owns the code, and has no teams", () => {
    const change = (system: Changeable): void => {
      system.repository.owner = { login: "solo", kind: "user", plan: "free" };
    };
    const rules = faultsOf(change, "* @solo @solo/team\n").flatMap(({ path, rule }) => (path === "shop.repository" ? [rule] : []));
    expect(rules).to.have.length(1);
    expect(rules[0]).to.match(/user account, which has none/);
  });
});
