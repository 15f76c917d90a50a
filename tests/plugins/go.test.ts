import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ensureBinaries } from "../../local/engine/binaries.ts";
import { skip } from "../support/skip.ts";
import { findGoTests, GoRun } from "./go-suite.ts";

const MODULE = join(import.meta.dirname, "..", "..", "local", "engine", "plugins");

/** "TestPreviewChangesNothing" reads "preview changes nothing". */
function sentence(name: string): string {
  const words = name
    .slice("Test".length)
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replaceAll(/([A-Z])([A-Z][a-z])/g, "$1 $2");
  return words.replaceAll(/\b[A-Z](?![A-Z])/g, (letter) => letter.toLowerCase());
}

describe("the Kubernetes and Docker plugins, by their Go tests", function () {
  // Binaries may have to be built first, and then one run serves all tests; `go test` has a limit of its own.
  this.timeout(0);
  const tests = findGoTests(MODULE);
  let folder: string;
  let run: GoRun | undefined;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "gatehouse-kube-bin-"));
    const binaries = await ensureBinaries(["etcd", "kube-apiserver", "kube-controller-manager"], () => undefined);
    for (const [name, path] of Object.entries(binaries)) symlinkSync(path, join(folder, name));
    run = new GoRun(MODULE, tests, { GATEHOUSE_KUBE_BIN: folder });
  });

  after(() => {
    run?.stop();
    rmSync(folder, { recursive: true });
  });

  for (const test of tests) {
    it(`${test.package.replace("./internal/", "")}: ${sentence(test.name)}`, async function () {
      const verdict = await run?.verdict(test);
      if (verdict?.action === "skip") skip(this, verdict.output.trim());
      if (verdict?.action !== "pass") throw new Error(`${test.package} ${test.name} failed:\n${verdict?.output ?? ""}`);
    });
  }
});
