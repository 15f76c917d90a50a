import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const project = path.resolve(import.meta.dirname, "../..");

/** Runs a CommonJS script with the project's way of loading modules, and reads the JSON it prints. */
function run(script: string): unknown {
  const start = ["--import", "./bin/modules.mjs", "--input-type=commonjs", "-e", script];
  return JSON.parse(execFileSync(process.execPath, start, { cwd: project, encoding: "utf8", stdio: "pipe" }));
}

const count =
  "const loaded = () => Object.keys(require.cache).filter((file) => /arborist.lib.(?!index)|typescript.lib/.test(file)).length;";
const sdk = 'const pulumi = require("@pulumi/pulumi");';

describe("How modules are loaded", () => {
  it("the SDK comes without what only writing functions into the state needs", () => {
    const before = run(`${count} require("typescript").version; require("@npmcli/arborist").Arborist; console.log(loaded())`);
    expect(before, "modules that this counts").to.be.above(20);
    expect(run(`${sdk} ${count} console.log(loaded())`)).to.be.below(3);
  });

  it("a program that does write functions into its state gets them", () => {
    const script = `${sdk} const n = 41; pulumi.runtime.serializeFunction(() => n + 1).then(({ text }) => console.log(JSON.stringify(text)))`;
    expect(run(script)).to.contain("n: 41").and.to.contain("n + 1");
  });

  it("traces, automation and Helm are loaded when they are used", () => {
    const packages = 'const packages = require("@pulumi/pulumi"); const kubernetes = require("@pulumi/kubernetes");';
    const loadedOf = "const loaded = (part) => Object.keys(require.cache).filter((file) => file.includes(part)).length;";
    const parts = ["opentelemetry/sdk-trace-node/build/src/NodeTracer", "pulumi/automation/stack", "kubernetes/helm/v3"];
    const counts = `console.log(JSON.stringify(${JSON.stringify(parts)}.map(loaded)))`;
    expect(run(`${packages} require("@pulumi/pulumi/cmd/run/tracing"); ${loadedOf} ${counts}`)).to.deep.equal([0, 0, 0]);
    const use = `const tracing = require("@pulumi/pulumi/cmd/run/tracing"); tracing.start("http://127.0.0.1:9/spans");
      const span = tracing.newSpan("work"); packages.automation.LocalWorkspace.name; kubernetes.helm.v3.Chart.name;`;
    const used = run(
      `${packages} ${loadedOf} ${use} console.log(JSON.stringify([span.isRecording(), ...${JSON.stringify(parts)}.map(loaded)]))`,
    );
    expect(used).to.satisfy(([recording, ...counted]: [boolean, ...number[]]) => recording && counted.every((each) => each > 0));
  });

  it("types are taken out of a file once, and again when it is changed", () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), "gatehouse-types-")), "typed.ts");
    const read = `import(${JSON.stringify(file)}).then(({ value }) => console.log(JSON.stringify(value)))`;
    for (const value of ["first", "second"]) {
      writeFileSync(file, `export const value: string = "${value}";\n`);
      expect([run(read), run(read)]).to.deep.equal([value, value]);
    }
    writeFileSync(file, "export const value: = 1;\n");
    expect(() => run(read)).to.throw(/typed\.ts/);
    rmSync(path.dirname(file), { recursive: true });
  });

  it("the compiler that somebody else asks for is the real one", () => {
    expect(run(`${sdk} console.log(JSON.stringify(Object.keys(require("typescript")).includes("transpileModule")))`)).to.equal(true);
  });

  it("JSON files are modules for import without attributes, and values for require", () => {
    const file = JSON.stringify(path.join(project, "package.json"));
    const script = `import(${file}).then(({ default: data }) => console.log(JSON.stringify([data.name, require(${file}).name])))`;
    expect(run(script)).to.deep.equal(["gatehouse", "gatehouse"]);
  });
});
