import { assert } from "chai";
import { conjunctsOf } from "../../policies/rules/workflow-parts.ts";
import { specify, type Example } from "./examples.ts";

/** A workflow `ci.yml` of acme/shop, from what its jobs say beside their step. */
const workflow = (jobs: Readonly<Record<string, string>>, on = "push"): Example => ({
  given: `on: ${on}
permissions: {}
jobs:
${Object.entries(jobs)
  .map(
    ([id, job]) =>
      `  ${id}:\n    runs-on: ubuntu-24.04\n    timeout-minutes: 5\n    steps: [{ run: make }]\n${job === "" ? "" : `    ${job}\n`}`,
  )
  .join("")}`,
});
const asked = (parameters: Readonly<Record<string, readonly string[]>>, example: Example): Example => ({ ...example, parameters });

const scans = { jobs: ["acme/shop ci.yml scan", "acme/shop other.yml lint", "acme/other ci.yml lint"] };
const nightly = { triggers: ["acme/shop ci.yml schedule"] };
specify("workflow-jobs-kept", {
  pass: {
    "nothing asked": workflow({ test: "" }),
    "a job that is there": asked(scans, workflow({ scan: "" })),
    "a trigger that is there": asked(nightly, workflow({ scan: "" }, "{ push: {}, schedule: [{ cron: '0 4 * * 1' }] }")),
  },
  fail: {
    "one that is gone": { ...asked(scans, workflow({ test: "" })), says: /no job scan/ },
    "one of another name": { ...asked(scans, workflow({ scanner: "" })), says: /no job scan/ },
    "a trigger that is gone": { ...asked(nightly, workflow({ scan: "" })), says: /schedule does not start it/ },
  },
});

const ready = { conditions: ["acme/shop ci.yml build needs.gate.outputs.ready == 'true'"] };
const building = (condition: string): Example => asked(ready, workflow({ gate: "", build: condition }));
specify("workflow-conditions-kept", {
  pass: {
    "nothing asked": workflow({ build: "" }),
    "the condition": building("if: needs.gate.outputs.ready == 'true'"),
    "the condition as an expression": building("if: ${{ needs.gate.outputs.ready == 'true' }}"),
    "the condition over lines": building("if: >-\n      !cancelled() &&\n      needs.gate.outputs.ready  ==  'true'"),
    "the condition beside others": building("if: needs.gate.outputs.ready == 'true' && (github.ref == 'a' || github.ref == 'b')"),
    "a workflow without the job": asked(ready, workflow({ test: "" })),
  },
  fail: {
    "no condition": { ...building(""), says: /job build runs also without needs\.gate\.outputs\.ready == 'true'/ },
    "another condition": { ...building("if: always()"), says: /runs also without/ },
    "one that another makes good": { ...building("if: needs.gate.outputs.ready == 'true' || always()"), says: /runs also without/ },
    "one that another makes good beside a third": {
      ...building("if: github.ref == 'a' && needs.gate.outputs.ready == 'true' || always()"),
      says: /runs also without/,
    },
    "one in parentheses with another": {
      ...building("if: (needs.gate.outputs.ready == 'true' || always())"),
      says: /runs also without/,
    },
    "its contrary": { ...building("if: needs.gate.outputs.ready != 'true'"), says: /runs also without/ },
    "the condition as a mere text": {
      ...building(`if: "github.ref != 'x && needs.gate.outputs.ready == ''true'' && y'"`),
      says: /also without/,
    },
  },
});

const backup = { needs: ["acme/shop ci.yml deploy backup"] };
specify("workflow-order-kept", {
  pass: {
    "nothing asked": workflow({ deploy: "" }),
    "a job that waits": asked(backup, workflow({ backup: "", deploy: "needs: backup" })),
    "a job that waits through another": asked(backup, workflow({ backup: "", check: "needs: backup", deploy: "needs: [check]" })),
    "a workflow without the job": asked(backup, workflow({ test: "" })),
  },
  fail: {
    "a job that waits for none": { ...asked(backup, workflow({ backup: "", deploy: "" })), says: /job deploy does not wait for backup/ },
    "a job that waits for another": {
      ...asked(backup, workflow({ backup: "", check: "", deploy: "needs: check" })),
      says: /does not wait for backup/,
    },
    "jobs that wait for each other": {
      ...asked(backup, workflow({ backup: "", check: "needs: deploy", deploy: "needs: check" })),
      says: /does not wait for backup/,
    },
  },
});

describe("the parts of a condition", () => {
  it("are what `&&` joins outside of parentheses and texts", () => {
    assert.deepEqual(conjunctsOf("a && (b || c) && d == 'x && y'"), ["a", "(b || c)", "d == 'x && y'"]);
    assert.deepEqual(conjunctsOf("${{ a\n  && b }}"), ["a", "b"]);
    assert.deepEqual(conjunctsOf(""), [""]);
  });

  it("are one where `||` leaves a way around each", () => {
    assert.deepEqual(conjunctsOf("a && b || c"), ["a && b || c"]);
  });
});
