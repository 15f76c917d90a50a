import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Artifact, Patch } from "../../local/engine/builder/artifact.ts";
import { failing, HELLO, TinyModule } from "./tiny-module.ts";

const PATCH: Patch = { module: "example/greeting", file: "greeting.go", find: '"everybody"', replace: '"loopback"' };
const GREETER: Artifact = { ...HELLO, name: "greeter", package: "./cmd/greeter", sources: ["cmd/greeter"] };
const SOURCES = {
  "go/go.mod": "module example/tiny\n\ngo 1.22\n\nrequire example/greeting v0.0.0\n\nreplace example/greeting => ../greeting\n",
  "go/cmd/greeter/main.go": 'package main\n\nimport (\n\t"example/greeting"\n\t"fmt"\n)\n\nfunc main() { fmt.Println(greeting.Whom) }\n',
  "greeting/go.mod": "module example/greeting\n\ngo 1.22\n",
  "greeting/greeting.go": 'package greeting\n\nconst Whom = "everybody" // and "nobody"\n',
};

describe("The builder's patches of other modules", function () {
  this.timeout(120_000);
  let module: TinyModule;
  const build = (patches: readonly Patch[] | undefined) =>
    module.ensure(["greeter"], { table: [patches === undefined ? GREETER : { ...GREETER, patches }] });
  const says = async (patches: readonly Patch[] | undefined) => execFileSync((await build(patches))["greeter"] ?? "").toString();

  beforeEach(async () => {
    module = await TinyModule.create();
    for (const [name, text] of Object.entries(SOURCES)) await module.write(name, text);
  });
  afterEach(() => module.remove());

  it("are in the program and not in the module's own files", async () => {
    expect(await says([PATCH])).to.equal("loopback\n");
    expect(await readFile(join(module.path, "greeting/greeting.go"), "utf8")).to.equal(SOURCES["greeting/greeting.go"]);
  });

  it("of one file add up, in their order", async () => {
    expect(await says([PATCH, { ...PATCH, find: "loopback", replace: "itself" }])).to.equal("itself\n");
  });

  it("are part of the key: with others, or none, another program is built", async () => {
    const paths = [await build(undefined), await build([PATCH]), await build([{ ...PATCH, replace: '"us"' }])];
    expect(new Set(paths.map(({ greeter }) => greeter)).size).to.equal(3);
    expect(await says(undefined)).to.equal("everybody\n");
  });

  it("whose text is not there fail the build, which names the file and leaves nothing", async () => {
    const error = await failing(build([{ ...PATCH, find: '"anybody"' }]));
    expect(error.message).to.contain("greeting.go of example/greeting").and.to.contain("occurs 0 times and not 1");
    expect(await module.cached()).to.deep.equal([]);
  });

  it("whose text is there more or less often than they say fail the build", async () => {
    expect((await failing(build([{ ...PATCH, find: "body" }]))).message).to.contain("occurs 2 times and not 1");
    expect((await failing(build([{ ...PATCH, times: 2 }]))).message).to.contain("occurs 1 times and not 2");
    expect(await says([{ ...PATCH, find: "body", replace: "thing", times: 2 }])).to.equal("everything\n");
  });

  it("of a file or a module that is not there fail the build with the name", async () => {
    expect((await failing(build([{ ...PATCH, file: "farewell.go" }]))).message).to.contain("farewell.go of example/greeting: there is no");
    expect((await failing(build([{ ...PATCH, module: "example/absent" }]))).message).to.contain("example/absent, which it patches");
  });
});
