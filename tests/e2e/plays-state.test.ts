import { readFile } from "node:fs/promises";
import path from "node:path";

import { expect } from "chai";
import { execa } from "execa";

import { ensureEngine, type Engine } from "../../local/engine/index.ts";
import { applied, projectDir, type Applied } from "./support/rig.ts";

interface State {
  readonly deployment: { readonly resources: readonly { readonly type: string }[] };
}

describe("plays on the state, with what the stack before production has", function () {
  this.timeout(600_000);
  let world: Applied;
  let engine: Engine;
  before(async () => {
    world = await applied();
    engine = await ensureEngine({ stateDir: world.rig.home, report: () => undefined });
  });

  const inStacks = (file: string): string => path.join(world.rig.home, "pulumi/stacks", file);

  /** Pulumi itself on production's stack, with the passphrase of another stack. */
  const withPassphraseOf = (stack: string, ...parameters: readonly string[]) =>
    execa(engine.pulumi, [...parameters, "--stack", "prod", "--non-interactive"], {
      cwd: projectDir,
      env: {
        ...engine.environment,
        PULUMI_OPTION_CONFIG_FILE: inStacks("Pulumi.prod.yaml"),
        PULUMI_CONFIG_PASSPHRASE_FILE: inStacks(`${stack}.passphrase`),
      },
      extendEnv: false,
      reject: false,
      all: true,
    });

  it("the passphrase of a lower stack changes nothing that production's stack keeps, and reads none of its secrets", async () => {
    const file = path.join(engine.backendDir, ".pulumi/stacks/gatehouse/prod.json");
    const before = await readFile(file, "utf8");
    for (const command of [
      ["up", "--yes", "--skip-preview"],
      ["preview"],
      ["refresh", "--yes", "--skip-preview"],
      ["destroy", "--yes", "--skip-preview"],
      ["state", "unprotect", "--all", "--yes"],
      ["stack", "export", "--show-secrets"],
      ["config", "--show-secrets"],
    ]) {
      const { exitCode, all } = await withPassphraseOf("dev", ...command);
      expect(exitCode, command.join(" ")).to.not.equal(0);
      expect(all, command.join(" ")).to.include("incorrect passphrase");
    }
    expect((await readFile(file, "utf8")) === before, "production's state is as it was").to.equal(true);
    expect((await withPassphraseOf("prod", "config")).exitCode, "with its own").to.equal(0);
  });

  it("a lower stack has no token for GitHub, keeps nothing that is there, and holds no environment's secret", async () => {
    const { stdout } = await world.rig.pulumi("dev", "stack", "export");
    const types = (JSON.parse(stdout) as State).deployment.resources.map(({ type }) => type);
    expect(types).to.include("kubernetes:argoproj.io/v1alpha1:Application");
    expect(types.filter((type) => type.includes("github"))).to.deep.equal([]);
    const shown = await world.rig.pulumi("dev", "config", "--show-secrets", "--json");
    const config = JSON.parse(shown.stdout) as Record<string, { readonly value?: string }>;
    expect(config).to.include.keys("gatehouse:registryToken");
    expect(config).to.not.have.any.keys("gatehouse:githubToken", "gatehouse:githubTokens");
    expect(config["gatehouse:secrets"]?.value).to.equal("{}");
  });
});
