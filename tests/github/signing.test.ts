import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { endKeyAgents } from "../../local/key-agents.ts";
import { removeStandIn } from "../../local/short-paths.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { startGitHub, type TestGitHub } from "./harness.ts";

const run = promisify(execFile);

/** Command lines of the gpg-agents for a home folder, by its own path or by the link that stands for it. */
async function agentsOf(home: string): Promise<string[]> {
  const lines = readdirSync("/proc").flatMap((pid) => {
    try {
      return /^\d+$/.test(pid) ? readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ") : [];
    } catch {
      return [];
    }
  });
  const running = lines.filter((line) => line.startsWith("gpg-agent --homedir "));
  const homes = await Promise.all(running.map((line) => run("readlink", ["-f", line.split(" ")[2] ?? ""]).catch(() => ({ stdout: "" }))));
  return running.filter((_, index) => homes[index]?.stdout.trim() === home);
}

describe("local GitHub: the key that it signs with", () => {
  for (const [length, parts] of [
    ["short", ["data"]],
    ["longer than a socket's path may be", ["a-folder-with-a-long-name".repeat(4), "data"]],
  ] as const) {
    describe(`in a folder whose path is ${length}`, () => {
      let dataDir: string;
      let home: string;
      beforeEach(() => {
        dataDir = join(temporaryFolder("gatehouse-signing-"), ...parts);
        mkdirSync(dataDir, { recursive: true });
        home = join(dataDir, "web-flow", "home");
      });
      afterEach(() => {
        removeStandIn(home);
      });

      const signs = async (github: TestGitHub, name: string): Promise<void> => {
        await github.octokit.rest.repos.createInOrg({ org: "acme", name, auto_init: true });
        const { data } = await github.octokit.rest.repos.getCommit({ owner: "acme", repo: name, ref: "main" });
        expect(data.commit.verification).to.include({ verified: true, reason: "valid" });
      };

      it("signs commits that verify, and its agent goes with the server", async () => {
        const github = await startGitHub({ dataDir });
        await signs(github, "signed");
        expect(await agentsOf(home)).to.have.lengthOf(1);
        await github.stop();
        expect(await agentsOf(home)).to.deep.equal([]);
      });

      it("signs after the server was killed, with one agent still; ending agents ends that of a killed server too", async () => {
        const killed = await startGitHub({ dataDir, process: true });
        await signs(killed, "before");
        await killed.kill();
        const again = await startGitHub({ dataDir, process: true });
        await signs(again, "after");
        expect(await agentsOf(home)).to.have.lengthOf(1);
        await again.kill();
        await endKeyAgents([home]);
        expect(await agentsOf(home)).to.deep.equal([]);
      });
    });
  }
});
