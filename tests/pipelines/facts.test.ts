import { expect } from "chai";
import fc from "fast-check";
import { parseUses, workflowFacts } from "../../pipelines/index.ts";
import { expressionsIn, membersUsed } from "../../pipelines/references.ts";
import { fixture } from "./support.ts";

describe("pipelines/facts: what a workflow may do", () => {
  const facts = workflowFacts({ file: "deploy.yml", text: fixture("deploy.yml") });
  const jobOf = (id: string) => facts.jobs.find((job) => job.id === id);

  it("tells its name, its triggers and their lines", () => {
    expect(facts.name).to.equal("Deploy");
    expect(facts.triggers).to.deep.equal([
      { event: "push", line: 3, filters: { branches: ["main"] } },
      { event: "workflow_dispatch", line: 5, filters: {} },
    ]);
  });

  it("tells permissions of the workflow and of each job, and where there are none", () => {
    expect(facts.permissions).to.deep.equal({ scopes: {}, line: 6 });
    expect(jobOf("build")?.permissions).to.deep.equal({ scopes: { contents: "read", packages: "write" }, line: 17 });
    expect(jobOf("everything")?.permissions).to.deep.equal({ all: "write", scopes: {}, line: 49 });
    expect(jobOf("deploy")?.permissions).to.be.undefined;
  });

  it("tells concurrency of the workflow and of each job", () => {
    expect(facts.concurrency).to.deep.equal({ group: "deploy-${{ github.ref }}", cancelInProgress: false, line: 8 });
    expect(jobOf("deploy")?.concurrency).to.deep.equal({ group: "deploy-production", cancelInProgress: false, line: 37 });
  });

  it("tells every action with its commit and the comment that says which version it is", () => {
    expect(
      jobOf("build")?.uses.map((uses) => [uses.repository, uses.ref?.slice(0, 7), uses.pinned, uses.comment, uses.line]),
    ).to.deep.equal([
      ["actions/checkout", "8ade135", true, "v5.0.0", 22],
      ["docker/login-action", "v3", false, undefined, 23],
    ]);
    expect(jobOf("call")?.uses[0]).to.include({ kind: "workflow", repository: "acme/shared", ref: "main", pinned: false });
  });

  it("tells the actions, scripts and secrets of steps that run side by side", () => {
    const steps = "steps: [{ parallel: [{ uses: some/action@v1 }, { run: '${{ secrets.A }}' }] }, { run: last }]";
    const [job] = workflowFacts({ file: "ci.yml", text: `on: push\njobs:\n  a: { runs-on: x, ${steps} }\n` }).jobs;
    expect(job?.uses.map(({ text }) => text)).to.deep.equal(["some/action@v1"]);
    expect(job?.steps.map(({ run }) => run?.name)).to.deep.equal([undefined, "${{ secrets.A }}", "last"]);
    expect(job?.secrets.map(({ name }) => name)).to.deep.equal(["A"]);
  });

  it("tells secrets and variables of a job, each once with its first line, and of the workflow", () => {
    expect(jobOf("build")?.secrets).to.deep.equal([
      { name: "REGISTRY_TOKEN", line: 26 },
      { name: "GITHUB_TOKEN", line: 28 },
    ]);
    expect(jobOf("build")?.vars).to.deep.equal([{ name: "REGISTRY", line: 25 }]);
    expect(facts.secrets).to.deep.equal([{ name: "SENTRY_DSN", line: 12 }]);
    expect(jobOf("deploy")?.secrets.map((secret) => secret.name)).to.deep.equal(["KUBECONFIG"]);
  });

  it("tells a job that uses any secret, one that passes all on, and one that passes some", () => {
    expect(jobOf("everything")?.secrets).to.deep.equal([{ name: "*", line: 52 }]);
    expect(jobOf("call")?.inheritsSecrets).to.be.true;
    expect(jobOf("build")?.inheritsSecrets).to.be.false;
    expect(jobOf("pass")?.secrets.map((secret) => secret.name)).to.deep.equal(["PYPI_API_TOKEN"]);
  });

  it("tells environments and runners, also behind an anchor and an expression", () => {
    expect(jobOf("deploy")?.environment).to.deep.equal({ name: "production", line: 34 });
    expect(jobOf("preview")?.environment).to.deep.equal({ name: "${{ inputs.environment }}", line: 43 });
    expect(jobOf("deploy")?.runsOn).to.deep.equal(["self-hosted", "Linux", "X64"]);
    expect(jobOf("preview")).to.deep.include({ runsOn: ["large"], runnerGroup: "deployers" });
    expect(jobOf("build")?.runsOn).to.deep.equal(["ubuntu-24.04"]);
    expect(jobOf("call")?.runsOn).to.deep.equal([]);
  });

  it("has no facts of a text that is no workflow, and never throws", () => {
    expect(workflowFacts({ file: "a.yml", text: "- 1" }).jobs).to.deep.equal([]);
    const piece = fc.constantFrom("on:", "\n", "jobs:", "  a:", "  - ", "{", "}", "${{ secrets", "[", "}}", "*a", "&a ", "uses: ", "'");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        expect(workflowFacts({ file: "a.yml", text: pieces.join("") }).file).to.equal("a.yml");
      }),
    );
  });
});

describe("pipelines/uses: what a `uses:` means", () => {
  const sha = "0123456789abcdef0123456789abcdef01234567";
  const cases = [
    ["actions/checkout@v5", { kind: "action", repository: "actions/checkout", ref: "v5", pinned: false }],
    [`actions/checkout@${sha}`, { kind: "action", pinned: true }],
    [`actions/checkout@${sha.slice(0, 7)}`, { kind: "action", pinned: false }],
    [
      `github/codeql-action/upload-sarif@${sha}`,
      { kind: "action", repository: "github/codeql-action", path: "upload-sarif", pinned: true },
    ],
    [
      "acme/shared/.github/workflows/ci.yml@main",
      { kind: "workflow", repository: "acme/shared", path: ".github/workflows/ci.yml", pinned: false },
    ],
    ["./.github/workflows/ci.yml", { kind: "local", path: ".github/workflows/ci.yml", pinned: true }],
    ["./.github/actions/setup", { kind: "local", pinned: true }],
    ["docker://alpine:3.20", { kind: "docker", ref: "3.20", pinned: false }],
    ["docker://localhost:5000/alpine", { kind: "docker", pinned: false }],
    [`docker://alpine@sha256:${"a".repeat(64)}`, { kind: "docker", pinned: true }],
  ] as const;
  for (const [text, expected] of cases) {
    it(text, () => {
      expect(parseUses(text)).to.include({ text, ...expected });
    });
  }
});

describe("pipelines/references: members of a context", () => {
  for (const [text, expected] of [
    ["${{ secrets.A }}", ["A"]],
    ["${{ secrets['b'] || Secrets.C }} and ${{ secrets.a }}", ["B", "C", "A"]],
    ["${{ toJSON(secrets) }}", ["*"]],
    ["${{ secrets[format('{0}_KEY', vars.X)] }}", ["*"]],
    ["${{ !(secrets.A == '}}') && secrets.B }}", ["A", "B"]],
    ["${{ fromJSON(secrets.A).b[secrets.C] }}", ["A", "C"]],
    ["echo secrets.A", []],
    ["${{ github.secrets.A }}", []],
    ["${{ secrets. }}", ["*"]],
    ["${{ secrets.A", []],
  ] as const) {
    it(`${text} uses ${expected.length === 0 ? "none" : expected.join(", ")}`, () => {
      expect(membersUsed("secrets", text)).to.deep.equal([...expected]);
    });
  }

  it("a condition is an expression without braces too", () => {
    expect(membersUsed("vars", "vars.ENABLED == '1'", true)).to.deep.equal(["ENABLED"]);
    expect(membersUsed("vars", "vars.ENABLED == '1'")).to.deep.equal([]);
  });

  it("finds every expression of a text again, quotes and braces in it notwithstanding", () => {
    const inner = fc.constantFrom(" a ", " 'x}}y' ", " format('{0}', b) ", " 'it''s' ");
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom("", "text ", "} { "), inner)), (parts) => {
        expect(expressionsIn(parts.map(([before, text]) => `${before}\${{${text}}}`).join(""))).to.deep.equal(
          parts.map(([, text]) => text),
        );
      }),
    );
  });
});
