import { assert } from "chai";
import { parse } from "yaml";
import { Declaration, type DeclarationInput } from "../../policies/rules/index.ts";
import { equivalents } from "./equivalents.ts";
import { exclusions } from "./exclusions.ts";
import type { Change, Mutant } from "./mutant.ts";
import { unneededOf } from "./report.ts";
import { resourceMutants, resourceOperatorNames } from "./resources.ts";
import { changed, sitesOf } from "./sites.ts";
import { fileMutants, fileOperatorNames } from "./workflows.ts";

const declare = (kind: string, properties: Record<string, unknown>, more: Partial<DeclarationInput> = {}): Declaration =>
  new Declaration({ type: `x:y:${kind}`, name: kind.toLowerCase(), urn: `urn:${kind}:${JSON.stringify(properties)}`, properties, ...more });
const ruleset = declare(
  "RepositoryRuleset",
  {
    ...{ enforcement: "active", bypassActors: [], conditions: { refName: { includes: ["refs/heads/main"], excludes: [] } } },
    rules: { deletion: true, pullRequest: { requiredApprovingReviewCount: 2 }, checks: ["lint", "test"] },
  },
  { protect: true, retainOnDelete: true },
);
const tier = (namespace: string): Declaration => declare("Application", { spec: { destination: { namespace } } });
const secret = new Declaration({
  ...{ type: "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret", name: "key", urn: "urn:key" },
  properties: { environment: "prod", secretName: "KEY" },
});

const mutants = (...resources: Declaration[]): Mutant[] => [...resourceMutants(resources)];
const changes = (operator: string, ...resources: Declaration[]): string[] =>
  mutants(...resources).flatMap((mutant) => (mutant.operator === operator ? [mutant.change] : []));
const made = (change: Change): readonly Declaration[] => ("resources" in change ? change.resources : []);

describe("operators over resources", () => {
  const examples: Readonly<Record<string, readonly [resources: Declaration[], expected: string]>> = {
    drop: [[ruleset], "rules.deletion: true left out"],
    flip: [[ruleset], "rules.deletion: true → false"],
    lower: [[ruleset], "rules.pullRequest.requiredApprovingReviewCount: 2 → 1"],
    shorten: [[ruleset], 'rules.checks[1]: "test" removed'],
    empty: [[ruleset], 'rules.checks: ["lint","test"] → []'],
    widen: [[ruleset], 'conditions.refName.includes[0]: "refs/heads/main" → "*"'],
    open: [[ruleset], 'enforcement: "active" → "evaluate"'],
    admit: [[ruleset], 'conditions.refName.excludes: "~ALL" added'],
    swap: [[tier("prod"), tier("dev")], 'spec.destination.namespace: "prod" → "dev"'],
    "leave-out": [[ruleset], "the resource is not declared"],
    unprotect: [[ruleset], "protect is off"],
    unretain: [[ruleset], "retainOnDelete is off"],
    ignore: [[ruleset], "changes at the service are ignored"],
    "move-secret": [[secret], "it is the repository's"],
    add: [[declare("Repository", {})], "archived: true"],
  };
  for (const [operator, [resources, expected]] of Object.entries(examples)) {
    it(`${operator} makes such as ${expected}`, () => {
      assert.include(changes(operator, ...resources), expected);
    });
  }

  it("have an example each", () => {
    assert.sameMembers(Object.keys(examples), [...resourceOperatorNames]);
  });

  it("change one thing of one resource, and leave what they were made from as it was", () => {
    const before = JSON.stringify(ruleset.input);
    for (const mutant of mutants(ruleset, secret)) {
      const after = made(mutant.make());
      const kept = after.filter((resource) => resource === ruleset || resource === secret);
      assert.lengthOf(kept, 1, mutant.change);
    }
    assert.equal(JSON.stringify(ruleset.input), before);
  });

  it("make what they say", () => {
    const lowered = mutants(ruleset).find(({ change }) => change.endsWith("requiredApprovingReviewCount: 2 → 1"));
    assert.equal(made(lowered!.make())[0]?.count("rules.pullRequest.requiredApprovingReviewCount"), 1);
    const moved = mutants(secret).find(({ operator }) => operator === "move-secret");
    assert.deepEqual(made(moved!.make())[0]?.input.properties, { secretName: "KEY" });
  });
});

describe("places in data", () => {
  it("are found in objects and lists, with a pattern that has no positions", () => {
    assert.deepEqual(
      [...sitesOf({ a: [{ b: 1 }] })].map(({ pattern }) => pattern),
      ["a", "a[]", "a[].b"],
    );
  });

  it("are changed or left out in a copy", () => {
    const data = { a: [{ b: 1 }, { b: 2 }] };
    assert.deepEqual(changed(data, ["a", 1, "b"], 3), { a: [{ b: 1 }, { b: 3 }] });
    assert.deepEqual(changed(data, ["a", 0], undefined), { a: [{ b: 2 }] });
    assert.deepEqual(changed(data, ["a", 0, "b"], undefined), { a: [{}, { b: 2 }] });
    assert.deepEqual(data, { a: [{ b: 1 }, { b: 2 }] });
  });
});

const sha = "0".repeat(40);
const workflow = `on:
  push: { branches: [main] }
  pull_request: { branches: [main] }
permissions: {}
concurrency: { group: cd, cancel-in-progress: false }
jobs:
  test:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions: { contents: read }
    steps:
      - uses: actions/checkout@${sha} # v1
        with: { persist-credentials: false }
      - if: github.ref == 'refs/heads/main'
        run: make
        env: { KEY: "\${{ secrets.KEY }}" }
  live:
    needs: [test]
    if: github.ref == 'refs/heads/main'
    environment: prod
    uses: ./.github/workflows/deploy.yml
`;
const files = new Map([
  [".github/workflows/ci.yml", workflow],
  ["CODEOWNERS", "# Owners.\n* @acme/all\n/deploy/ @acme/release\n"],
]);

/** As far as the tests look into it. */
interface Workflow {
  readonly on: object;
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<"test" | "live", { readonly "continue-on-error"?: unknown; readonly steps: readonly Step[] }>>;
}
interface Step {
  readonly uses: string;
  readonly run: string;
}

describe("operators over files", () => {
  const all = [...fileMutants(files)];
  const text = (mutant: Mutant, file: string): string => {
    const change = mutant.make();
    return "files" in change ? (change.files.get(file) ?? "") : "";
  };
  const first = (operator: string, setting: string): Workflow => {
    const mutant = all.find((each) => each.operator === operator && each.setting === setting);
    assert.exists(mutant, `${operator} ${setting}`);
    return parse(text(mutant, ".github/workflows/ci.yml")) as Workflow;
  };

  it("each find something in one small repository", () => {
    const used = new Set(all.map(({ operator }) => operator));
    assert.sameMembers([...used], [...fileOperatorNames]);
  });

  it("make files that can be read, and each differs from the one it was made from", () => {
    const whole = JSON.stringify(parse(workflow));
    for (const mutant of all.filter(({ setting, operator }) => setting.startsWith("workflow") && operator !== "drop-file")) {
      const after = JSON.stringify(parse(text(mutant, ".github/workflows/ci.yml")));
      // Whoever keeps the token by saying nothing says it in words, and the other way round.
      assert.notEqual(after, whole, `${mutant.operator} ${mutant.change}`);
    }
  });

  it("weaken what they name", () => {
    assert.deepEqual(first("tolerate", "workflow jobs.*.continue-on-error").jobs.test["continue-on-error"], true);
    assert.notProperty(first("drop", "workflow jobs.*.environment").jobs.live, "environment");
    assert.notProperty(first("drop", "workflow jobs.*.needs").jobs.live, "needs");
    assert.property(first("privileged-trigger", "workflow on.pull_request").on, "pull_request_target");
    assert.deepEqual(first("widen-permissions", "workflow permissions").permissions, "write-all");
    assert.match(first("unpin", "workflow jobs.*.steps[].uses").jobs.test.steps[0]!.uses, /@v1$/);
    assert.match(first("inject", "workflow jobs.*.steps[].run").jobs.test.steps[1]!.run, /pull_request\.title/);
  });

  it("leave owners out, line by line", () => {
    const owners = all.filter(({ setting }) => setting.startsWith("CODEOWNERS")).map((mutant) => text(mutant, "CODEOWNERS"));
    assert.includeMembers(owners, ["", "# Owners.\n/deploy/ @acme/release\n", "# Owners.\n* @acme/all\n/deploy/\n"]);
  });
});

describe("the tables of what is not changed and of what weakens nothing", () => {
  it("give a reason each", () => {
    for (const { reason } of [...exclusions, ...equivalents]) assert.isAbove(reason.split(" ").length, 3, reason);
  });

  it("have no row that excuses nothing, and none twice: each is a door for what comes next", () => {
    const [first, second] = equivalents;
    assert.isDefined(second);
    const excused = {
      system: "shop",
      mutant: { operator: "drop", setting: "x", subject: "x", change: "x" },
      outcome: "equivalent",
      by: [],
    } as const;
    assert.deepEqual(unneededOf([first!, second], [{ ...excused, reason: first!.reason }]), [second.reason]);
    assert.lengthOf(new Set(equivalents.map(({ reason }) => reason)), equivalents.length);
  });
});
