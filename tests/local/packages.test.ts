import { expect } from "chai";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensurePrograms } from "../../local/packages.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** A machine with nothing on its PATH but a stand-in for apt-get, which notes how it is called and then runs the shell text `does`. */
class Machine {
  readonly folder = temporaryFolder("gatehouse-packages-");
  readonly path = join(this.folder, "bin");
  readonly policyFile = join(this.folder, "policy-rc.d");
  readonly reports: string[] = [];

  constructor(does: string) {
    mkdirSync(this.path);
    const note = `echo "$DEBIAN_FRONTEND $*$([ -x ${this.policyFile} ] && echo ' (no services)')" >> ${this.folder}/calls`;
    const provide = `provide() { echo '#!/bin/sh' > ${this.path}/$1; /bin/chmod +x ${this.path}/$1; }`;
    writeFileSync(join(this.path, "apt-get"), `#!/bin/sh\n${note}\n${provide}\n${does}\n`, { mode: 0o755 });
  }

  ensure(...names: ("redis-server" | "git" | "gpg")[]): Promise<Record<string, string>> {
    const { path, policyFile } = this;
    return ensurePrograms(names, (text) => this.reports.push(text), { path, policyFile, mayInstall: true });
  }

  get calls(): string[] {
    return existsSync(join(this.folder, "calls")) ? readFileSync(join(this.folder, "calls"), "utf8").trimEnd().split("\n") : [];
  }
}

const INSTALL = "noninteractive -q install -y --no-install-recommends";
const failure = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "no failure",
    (error: unknown) => (error as Error).message,
  );

describe("system programs that are missing on Debian", () => {
  it("are installed in one go, said beforehand, with no service started, and the machine's policy is as it was", async () => {
    const machine = new Machine("provide redis-server; provide git; provide gpg");
    const found = await machine.ensure("redis-server", "git", "gpg");
    expect(found).to.deep.equal({
      "redis-server": join(machine.path, "redis-server"),
      git: join(machine.path, "git"),
      gpg: join(machine.path, "gpg"),
    });
    expect(machine.calls).to.deep.equal([`${INSTALL} redis-server git gnupg (no services)`]);
    expect(machine.reports).to.deep.equal(["installing redis-server, git, gnupg with apt-get (no system service is started)"]);
    expect(existsSync(machine.policyFile)).to.equal(false);
  });

  it("are not asked for again once they are there", async () => {
    const machine = new Machine("provide git");
    await machine.ensure("git");
    await machine.ensure("git");
    expect(machine.calls).to.have.lengthOf(1);
    expect(machine.reports).to.have.lengthOf(1);
  });

  it("are installed after the package lists were fetched, when there are none", async () => {
    const machine = new Machine(
      `[ $2 = update ] && : > lists; [ $2 = update ] || { [ -e lists ] && provide git || exit 100; }`.replaceAll("lists", "$0.lists"),
    );
    await machine.ensure("git");
    expect(machine.calls.map((call) => call.split(" ")[2])).to.deep.equal(["install", "update", "install"]);
  });

  it("that cannot be installed are an error with the command and what it said; no policy is left behind", async () => {
    const machine = new Machine("echo 'E: Unable to locate package redis-server' >&2; exit 100");
    const message = await failure(machine.ensure("redis-server"));
    expect(message).to.contain("`apt-get install -y --no-install-recommends redis-server` failed: E: Unable to locate package");
    expect(existsSync(machine.policyFile)).to.equal(false);
  });

  it("that are still missing after an installation are an error", async () => {
    expect(await failure(new Machine("exit 0").ensure("gpg"))).to.equal("Installed gnupg, but gpg is still not on PATH");
  });

  it("leave a policy alone that the machine has, and remove one that a killed run of ours left", async () => {
    const machine = new Machine("provide git");
    writeFileSync(machine.policyFile, "#!/bin/sh\nexit 0\n", { mode: 0o755 });
    await machine.ensure("git");
    expect(readFileSync(machine.policyFile, "utf8")).to.equal("#!/bin/sh\nexit 0\n");

    // The text that ours has is seen while it is there.
    const seen = new Machine('/bin/cp "${0%/bin/apt-get}/policy-rc.d" "$0.policy"; provide git');
    await seen.ensure("git");
    const killed = new Machine("provide git");
    writeFileSync(killed.policyFile, readFileSync(join(seen.path, "apt-get.policy")), { mode: 0o755 });
    await killed.ensure("git");
    expect(existsSync(killed.policyFile)).to.equal(false);
  });
});
