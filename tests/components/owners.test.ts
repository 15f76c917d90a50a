/* eslint-disable @typescript-eslint/no-unsafe-member-access --
   shopWith takes any system: the types forbid every one of these changes */
import { assert } from "chai";
import { judgeFleet } from "../../components/fleet/judge.ts";
import { FaultsError } from "../../model/fault.ts";
import { shopFiles, shopStacks, shopWith } from "../support/systems.ts";

type Change = Parameters<typeof shopWith>[0];
const nothing: Change = () => undefined;

/** What is said about owners when CODEOWNERS has these lines. */
function told(owners: readonly string[], change: Change = nothing): string[] {
  const files = new Map(shopFiles).set(".github/CODEOWNERS", `${owners.join("\n")}\n`);
  try {
    judgeFleet([shopWith(change, files)], shopStacks);
    return [];
  } catch (error) {
    if (!(error instanceof FaultsError)) throw error;
    return error.faults.filter(({ file }) => file?.endsWith("CODEOWNERS") === true).map(({ value, rule }) => `${String(value)} ${rule}`);
  }
}

describe("owners of files", () => {
  const all = "* @acme/maintainers";

  it("are there for every file", () => {
    assert.deepEqual(told([all]), []);
  });

  it("are missed where a line takes a file away from everybody, or none gives it to anybody", () => {
    assert.match(told([all, "/.github/"]).join(), /^\.github\/\S+ belongs to nobody in CODEOWNERS/);
    assert.match(told(["/.github/ @acme/maintainers"]).join(), /^deploy\/prod\/kustomization.yaml belongs to nobody/);
  });

  it("may be missing for the overlay of a tier before production, where CD changes it by itself", () => {
    assert.deepEqual(told([all, "/deploy/dev/"]), []);
  });

  it("are not asked for where no branch asks for their review", () => {
    const off: Change = (system) => {
      for (const branch of system.branches) branch.gate.pullRequest.codeOwners = false;
    };
    assert.deepEqual(told([all, "/.github/"], off), []);
  });

  it("of production's overlay are reviewers of production's environments", () => {
    // Its reviewers are maintainers and shop-auditor already.
    const reviewed: Change = (system) => {
      system.repository.teams = { maintainers: "maintain", others: "push", readers: "pull" };
    };
    assert.deepEqual(told([all, "/deploy/prod/ @acme/maintainers"], reviewed), []);
    assert.match(
      told([all, "/deploy/prod/ @acme/others"], reviewed).join(),
      /acme\/others may approve a change of it without being a reviewer/,
    );
  });

  it("are missed by a line that names none, also where no file of the pipeline is concerned", () => {
    assert.match(told([all, "/frontend/"]).join(), /^\/frontend\/ takes files away from their owners/);
    assert.match(told([all, "*.md"]).join(), /^\*\.md takes files away/);
  });

  it("are not named in a line that decides about nothing, as a later one takes all of its files", () => {
    const dead = /^\/docker\/frontend\/ decides about no file: \/docker\/, which comes later/;
    assert.match(told([all, "/docker/frontend/ @acme/maintainers", "/docker/ @acme/maintainers"]).join(), dead);
    assert.match(told(["/docker/ @acme/maintainers", all]).join(), /^\/docker\/ decides about no file: \*/);
    assert.deepEqual(told([all, "/docker/ @acme/maintainers", "/docker/frontend/ @acme/maintainers"]), []);
  });

  it("of what decides about production maintain the repository, alone or with others", () => {
    const teams: Change = (system) => {
      system.repository.teams = { maintainers: "maintain", others: "push", readers: "pull" };
    };
    assert.deepEqual(told([all, "/.github/ @acme/maintainers @acme/others", "/web/ @acme/others"], teams), []);
    assert.match(
      told([all, "/.github/ @acme/others"], teams).join(),
      /^\.github\/\S+ decides what reaches production, and none of its owners is a team that maintains/,
    );
    const nobody: Change = (system) => {
      system.repository.teams = { maintainers: "push", others: "push", readers: "pull" };
    };
    assert.deepEqual(told([all, "/.github/ @acme/others"], nobody), []);
  });
});
