import { specify, type Example } from "./examples.ts";

const sha = "0".repeat(40);
/** A workflow file from its triggers and jobs, written as YAML of one line each. */
const workflow = (jobs: Readonly<Record<string, string>>, on = "push", top = ""): Example => ({
  given: `on: ${on}
permissions: {}
${top}
jobs:
${Object.entries(jobs)
  .map(([id, job]) => `  ${id}: { runs-on: ubuntu-24.04, timeout-minutes: 5, ${job} }`)
  .join("\n")}
`,
});
const steps = (...list: string[]): string => `steps: [${list.join(", ")}]`;
const run = steps("{ run: make }");

specify("workflow-no-privileged-pull-request", {
  pass: {
    "a pull request": workflow({ test: run }, "pull_request"),
    "a file that may": { ...workflow({ test: run }, "pull_request_target"), parameters: { allowed: ["ci.yml"] } },
  },
  fail: { "a privileged one": { ...workflow({ test: run }, "[push, pull_request_target]"), says: /it does/ } },
});

const checkout = (inputs: string): Example => workflow({ test: steps(`{ uses: "actions/checkout@${sha}"${inputs} }`) });
specify("workflow-checkout-forgets", {
  pass: { "a checkout that does": checkout(", with: { persist-credentials: false }"), "no checkout": workflow({ test: run }) },
  fail: {
    "one that says nothing": { ...checkout(""), says: /stays in the folder/ },
    "one that keeps it": { ...checkout(", with: { persist-credentials: true }"), says: /stays in the folder/ },
  },
});

specify("workflow-failures-stop", {
  pass: {
    "a failure that stops": workflow({ test: run }),
    "a job that may": { ...workflow({ test: `continue-on-error: true, ${run}` }), parameters: { allowed: ["acme/shop ci.yml test"] } },
    "a step that may": {
      ...workflow({ test: steps("{ run: make, continue-on-error: true }") }),
      parameters: { allowed: ["acme/shop ci.yml test 1"] },
    },
  },
  fail: {
    "a job": { ...workflow({ test: `continue-on-error: true, ${run}` }), says: /job test may fail/ },
    "a step": { ...workflow({ test: steps("{ run: make, continue-on-error: true }") }), says: /step 1 of job test may fail/ },
    "an expression": { ...workflow({ test: `continue-on-error: "\${{ matrix.new }}", ${run}` }), says: /may fail/ },
  },
});

specify("workflow-nothing-switched-off", {
  pass: { "a condition": workflow({ test: `if: "github.ref == 'refs/heads/main'", ${run}` }) },
  fail: {
    "a job": { ...workflow({ test: `if: false, ${run}` }), says: /job test never runs/ },
    "an expression": { ...workflow({ test: `if: "\${{ false }}", ${run}` }), says: /never runs/ },
    "a step": { ...workflow({ test: steps("{ run: make, if: false }") }), says: /a step of job test never runs/ },
  },
});

specify("workflow-runs-after-success", {
  pass: {
    "a job without a condition": workflow({ build: run, test: `needs: build, ${run}` }),
    "a report that says what became of them": workflow({
      build: run,
      report: `needs: build, if: always(), ${steps('{ run: "$R", env: { R: "${{ needs.build.result }}" } }')}`,
    }),
    "a deployment that asks": workflow({
      build: run,
      live: `needs: build, if: "always() && needs.build.result == 'success'", environment: prod, ${run}`,
    }),
    "a job that needs none": workflow({ test: `if: always(), ${run}` }),
  },
  fail: {
    "one that looks at nothing": { ...workflow({ build: run, test: `needs: build, if: always(), ${run}` }), says: /although a job/ },
    "one that is not cancelled": { ...workflow({ build: run, test: `needs: build, if: "!cancelled()", ${run}` }), says: /although a job/ },
    "a deployment that looks too late": {
      ...workflow({ build: run, live: `needs: build, if: always(), environment: prod, ${steps('{ run: "${{ needs.build.result }}" }')}` }),
      says: /job live runs/,
    },
  },
});

specify("workflow-deploys-last", {
  pass: {
    "all before it": workflow({ test: run, build: `needs: test, ${run}`, live: `needs: build, environment: prod, ${run}` }),
    "what comes after it": workflow({ test: run, live: `needs: test, environment: prod, ${run}`, tell: `needs: live, ${run}` }),
    "two deployments side by side": workflow({ one: `environment: dev, ${run}`, two: `environment: prod, ${run}` }),
    "one that need not": {
      ...workflow({ test: run, live: `environment: prod, ${run}` }),
      parameters: { allowed: ["acme/shop ci.yml live test"] },
    },
  },
  fail: { "a check beside it": { ...workflow({ test: run, live: `environment: prod, ${run}` }), says: /job live does not wait for test/ } },
});

const deploying = `environment: prod, ${run}`;
specify("workflow-deployments-finish", {
  pass: {
    "one that finishes": workflow({ live: `concurrency: { group: prod, cancel-in-progress: false }, ${deploying}` }),
    "tests that a newer run replaces": workflow({ test: run }, "push", "concurrency: { group: ci, cancel-in-progress: true }"),
    "pages that are made anew": workflow({
      docs: `concurrency: { group: d, cancel-in-progress: true }, environment: github-pages, ${run}`,
    }),
  },
  fail: {
    "its own": { ...workflow({ live: `concurrency: { group: prod, cancel-in-progress: true }, ${deploying}` }), says: /broken off/ },
    "the workflow's": {
      ...workflow({ live: deploying }, "push", "concurrency: { group: cd, cancel-in-progress: true }"),
      says: /broken off/,
    },
  },
});

const writing = `permissions: { contents: write }, ${run}`;
specify("workflow-writes-named", {
  pass: {
    "a job that reads": workflow({ test: `permissions: { contents: read }, ${run}` }),
    "a job that is known": { ...workflow({ release: writing }), parameters: { allowed: ["acme/shop ci.yml release contents"] } },
  },
  fail: {
    "a job that nobody knows": { ...workflow({ release: writing }), says: /job release may write contents/ },
    "another right": {
      ...workflow({ release: `permissions: { packages: write }, ${run}` }),
      parameters: { allowed: ["acme/shop ci.yml release contents"] },
      says: /packages/,
    },
    everything: { ...workflow({ release: `permissions: write-all, ${run}` }), says: /write-all/ },
  },
});

const after = (filters: string) => `{ workflow_run: { workflows: [CI], ${filters} } }`;
specify("workflow-run-filtered", {
  pass: {
    "branches, at the end": workflow({ live: run }, after("types: [completed], branches: [main]")),
    "another event": workflow({ test: run }),
    "a file that hears of all": { ...workflow({ tell: run }, after("types: [completed]")), parameters: { allowed: ["ci.yml"] } },
  },
  fail: {
    "every branch": { ...workflow({ live: run }, after("types: [completed]")), says: /names no branches/ },
    "the beginning": { ...workflow({ live: run }, after("types: [requested], branches: [main]")), says: /wait for the end/ },
    "any moment": { ...workflow({ live: run }, after("branches: [main]")), says: /wait for the end/ },
  },
});

const own = "if: github.event.workflow_run.event == 'push'";
const started = after("types: [completed], branches: [main]");
specify("workflow-run-own", {
  pass: {
    "a deployment of what was pushed": workflow({ live: `"if": "github.event.workflow_run.event == 'push'", ${deploying}` }, started),
    "one that waits for it": workflow({ gate: `${own.replace("if: ", '"if": "')}", ${run}`, live: `needs: gate, ${deploying}` }, started),
    "one that asks what it gave": workflow(
      {
        gate: `"if": "github.event.workflow_run.event == 'push'", ${run}`,
        live: `needs: gate, "if": "!cancelled() && needs.gate.outputs.ready == 'true'", ${deploying}`,
      },
      started,
    ),
    "a job without rights": workflow({ tell: run }, started),
    "one that is listed": { ...workflow({ live: deploying }, started), parameters: { allowed: ["acme/shop ci.yml live"] } },
  },
  fail: {
    "a deployment for everybody": { ...workflow({ live: deploying }, started), says: /stranger's run/ },
    "rights for everybody": { ...workflow({ live: writing }, started), says: /stranger's run/ },
    "one that runs whatever became of the gate": {
      ...workflow(
        {
          gate: `"if": "github.event.workflow_run.event == 'push'", ${run}`,
          live: `needs: gate, "if": "!cancelled()", ${deploying}`,
        },
        started,
      ),
      says: /job live runs for a stranger/,
    },
  },
});

specify("workflow-own-runner-in-environment", {
  pass: { "a hosted runner": workflow({ test: run }), "an environment": { given: ownRunner("environment: prod") } },
  fail: { "any branch": { given: ownRunner("permissions: {}"), says: /every branch/ } },
});

specify("workflow-release-uncached", {
  pass: {
    "a release without": workflow({ build: run }, "{ push: { tags: [v1] } }"),
    "tests with a cache": workflow({ test: steps(`{ uses: "actions/cache@${sha}" }`) }),
    "one that may": {
      ...workflow({ build: steps(`{ uses: "actions/cache@${sha}" }`) }, "{ push: { tags: [v1] } }"),
      parameters: { allowed: ["acme/shop ci.yml build"] },
    },
  },
  fail: {
    "a cache": { ...workflow({ build: steps(`{ uses: "actions/cache@${sha}" }`) }, "release"), says: /uses a cache/ },
    "a cache of a tool": {
      ...workflow({ build: steps(`{ uses: "actions/setup-node@${sha}", with: { cache: npm } }`) }, "{ push: { tags: [v1] } }"),
      says: /uses a cache/,
    },
    "layers of an image": {
      ...workflow({ build: steps(`{ uses: "docker/build-push-action@${sha}", with: { cache-from: "type=gha" } }`) }, "release"),
      says: /uses a cache/,
    },
  },
});

function ownRunner(more: string): string {
  return `on: push\npermissions: {}\njobs:\n  live: { runs-on: [self-hosted, Linux], timeout-minutes: 5, ${more}, ${run} }\n`;
}
