import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { assert } from "chai";
import ts from "typescript";

const root = join(import.meta.dirname, "..", "..");

/** What the compiler says about the program and the declared systems: it runs transpiled only, so nothing else would say it. */
function diagnose(more: readonly string[] = []): string[] {
  const config = ts.getParsedCommandLineOfConfigFile(
    join(root, "tsconfig.json"),
    { noEmit: true },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: fail },
  );
  assert.exists(config);
  const systems = readdirSync(join(root, "systems")).map((name) => join(root, "systems", name, "system.ts"));
  const program = ts.createProgram([join(root, "index.ts"), ...systems, ...more], config.options);
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const place = file === undefined ? "" : `${relative(root, file.fileName)}:${file.getLineAndCharacterOfPosition(start).line + 1} `;
    return `${place}${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
}

function fail(diagnostic: ts.Diagnostic): never {
  throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n"));
}

describe("the program's types", () => {
  it("are sound, for it runs without a check of its own", function () {
    this.timeout(120_000);
    assert.deepEqual(diagnose(), []);
  });

  it("would say so otherwise: a system with a wrong field is an error at its line", function () {
    this.timeout(120_000);
    const folder = mkdtempSync(join(tmpdir(), "gatehouse-types-"));
    try {
      const file = join(folder, "system.ts");
      const types = join(root, "model", "system.ts");
      writeFileSync(file, `import type { System } from ${JSON.stringify(types)};\nexport const name: System["name"] = 1;\n`);
      const said = diagnose([file]);
      assert.match(said.join("\n"), /system\.ts:2 Type 'number' is not assignable/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
