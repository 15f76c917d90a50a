/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-call -- shopWith takes anything: bad data is the point */
import { assert } from "chai";
import * as pulumi from "@pulumi/pulumi";
import { judgeActors } from "../../components/fleet/actors.ts";
import { Providers } from "../../components/fleet/providers.ts";
import { FaultsError } from "../../model/fault.ts";
import type { System } from "../../model/system.ts";
import { judgeSystems } from "../../model/validate/index.ts";
import { shopFiles, shopWith, stackOf, type Changeable } from "../support/systems.ts";

/** The sound system with an environment before prod, reviewed by readers. */
function guarded(change: (system: Changeable) => void = () => undefined) {
  return shopWith((system) => {
    const first = {
      name: "prod-approval",
      tier: "prod",
      reviewers: [{ kind: "team", slug: "readers" }],
      deployFrom: { branches: ["main"] },
    };
    system.environments.splice(2, 0, first);
    system.environments[1].approvedAfter = "prod-approval";
    change(system);
  });
}

/** Judges who may approve, with teams of these members. */
async function judge(members: Readonly<Record<string, readonly string[]>>): Promise<string> {
  const mocks: pulumi.runtime.Mocks = {
    newResource: ({ name, inputs }) => ({ id: name, state: inputs as object }),
    call: ({ inputs }) => {
      const { slug = "" } = inputs as { slug?: string };
      return { id: "1", ...(inputs as object), members: members[slug] ?? [] };
    },
  };
  await pulumi.runtime.setMocks(mocks, "gatehouse", "prod");
  const stack = stackOf("prod");
  const plan = { system: guarded().declared as System, files: shopFiles, contexts: {}, secrets: {} };
  try {
    await judgeActors([plan], stack, new Providers(stack));
    return "";
  } catch (error) {
    assert.instanceOf(error, FaultsError);
    return error.message;
  }
}

describe("two approvals by different people", () => {
  it("[AF-4] are declared by two environments of different reviewers", () => {
    assert.deepEqual(judgeSystems([guarded()]), []);
  });

  for (const [title, change, rule] of [
    ["an environment that is not there", (s) => (s.environments[1].approvedAfter = "prod-aproval"), /another of the system's/],
    ["the environment itself", (s) => (s.environments[1].approvedAfter = "prod"), /another of the system's/],
    ["one without reviewers", (s) => delete s.environments[2].reviewers, /no reviewers/],
    ["one that lets who started the run approve", (s) => (s.environments[2].selfReview = true), /whoever started the run/],
    ["one that administrators may skip", (s) => (s.environments[2].adminBypass = true), /administrators may skip/],
    ["one with a reviewer of this one", (s) => (s.environments[2].reviewers[0].slug = "maintainers"), /one person could give both/],
    ["one that waits for this one", (s) => (s.environments[2].approvedAfter = "prod"), /each waits for the other/],
  ] as const satisfies readonly (readonly [string, (system: Changeable) => unknown, RegExp])[]) {
    it(`[AF-4] are refused after ${title}`, () => {
      const rules = judgeSystems([guarded(change)]).map((fault) => `${fault.path}: ${fault.rule}`);
      assert.isTrue(
        rules.some((text) => text.startsWith("shop.environments[") && rule.test(text)),
        rules.join("\n"),
      );
    });
  }

  it("[AF-4] hold where the teams have no member in common", async () => {
    assert.equal(await judge({ readers: ["one"], maintainers: ["two"] }), "");
  });

  it("[AF-4] do not where one person is in both teams, whatever the case of the login: the person is named before anything is changed", async () => {
    const message = await judge({ readers: ["one", "both"], maintainers: ["two", "Both"] });
    assert.match(message, /environment prod, approvedAfter prod-approval/);
    assert.match(message, /both/);
    assert.match(message, /team readers.*team maintainers/);
  });

  it("[AF-4] do not where a reviewer by name is in the other team", async () => {
    assert.match(await judge({ readers: ["shop-auditor"], maintainers: ["two"] }), /shop-auditor/);
  });
});
