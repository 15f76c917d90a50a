import { expect } from "chai";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { localDown, localLogs, localStatus } from "../../local/index.ts";
import { keyFolders } from "../../local/services.ts";
import { shortLink } from "../../local/short-paths.ts";
import type { ServiceStatus } from "../../local/supervisor/index.ts";
import { DeployedRepository } from "./gitops.ts";
import { isLoopback, listenersOf } from "./listeners.ts";
import { IMAGES, LocalServices } from "./local.ts";

describe("the local services", function () {
  this.timeout(120_000);
  const local = new LocalServices();
  const status = async (name: string): Promise<ServiceStatus> =>
    (await localStatus(local.stateDir))!.services.find((one) => one.name === name)!;

  before(async function () {
    // Building the programs on a machine that never did takes minutes.
    this.timeout(30 * 60_000);
    await local.up();
  });
  after(() => local.remove());

  describe("once up", () => {
    it("all run, in less than 2 GB together", async () => {
      const { services } = (await localStatus(local.stateDir))!;
      expect(services.filter(({ state }) => state !== "ready" && state !== "completed")).to.deep.equal([]);
      expect(services.map(({ name }) => name)).to.include.members(["github", "registry", "kube-apiserver", "argocd-server", "kwok"]);
      const memory = services.reduce((sum, { memoryBytes = 0 }) => sum + memoryBytes, 0);
      expect(memory).to.be.lessThan(2e9);
    });

    it("listen on loopback addresses only", async () => {
      const listeners = listenersOf((await localStatus(local.stateDir))!.pid);
      expect(listeners.length).to.be.greaterThan(15);
      expect(listeners.filter((listener) => !isLoopback(listener))).to.deep.equal([]);
    });

    it("are left alone by a second start, which takes less than a second", async () => {
      const before = await localStatus(local.stateDir);
      const started = Date.now();
      const events = await local.up();
      expect(Date.now() - started).to.be.lessThan(1000);
      expect(events).to.deep.equal([]);
      const pids = (all: typeof before) => all!.services.map(({ name, pid }) => [name, pid]);
      expect(pids(await localStatus(local.stateDir))).to.deep.equal(pids(before));
    });

    it("keep keys, tokens and kubeconfig for the user alone", () => {
      for (const file of ["cluster/kubeconfig", "cluster/pki/admin.key", "github/world.json", "local.json"]) {
        expect(statSync(join(local.stateDir, file)).mode & 0o077, file).to.equal(0);
      }
    });

    it("show the lines of a log, and name the logs there are when asked for another", async () => {
      const lines: string[] = [];
      const read = { lines: 5, follow: false, write: (line: string) => lines.push(line) };
      await localLogs(local.stateDir, "github", read);
      expect(lines.join("\n")).to.contain('"ready":true');
      const failure = await localLogs(local.stateDir, "gihub", read).catch((error: unknown) => error as Error);
      expect((failure as Error).message).to.match(/There is no log of "gihub"; there are .*github/);
    });

    it("allow nothing in Argo CD's default project", async () => {
      const { spec } = JSON.parse(await local.kubectl(["get", "appproject", "default", "-o", "json"])) as {
        spec: Record<string, unknown[]>;
      };
      expect([...(spec["sourceRepos"] ?? []), ...(spec["destinations"] ?? [])]).to.deep.equal([]);
    });
  });

  describe("the registry", () => {
    const digest = async (tag: string) => {
      const accept = "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json";
      const response = await fetch(`http://${local.endpoints.registry.host}/v2/${IMAGES[0]!.repository}/manifests/${tag}`, {
        headers: { accept },
      });
      expect(response.status, tag).to.equal(200);
      await response.arrayBuffer();
      return response.headers.get("docker-content-digest");
    };

    it("holds the images under their tags; images of one repository differ", async () => {
      expect(await digest("dev")).to.equal(await digest("sha-00000001"));
      expect(await digest("latest")).to.equal(await digest("sha-00000002"));
      expect(await digest("dev"))
        .to.match(/^sha256:[0-9a-f]{64}$/)
        .and.to.not.equal(await digest("latest"));
    });

    it("keeps its images, with their digests, when it is killed", async () => {
      const before = await digest("dev");
      await killAndAwaitReturn(local, "registry", () => status("registry"));
      expect(await digest("dev")).to.equal(before);
    });
  });

  describe("Argo CD", () => {
    it("deploys from the local GitHub with credentials: Synced, Healthy, pods Running", async () => {
      const repository = new DeployedRepository(local, "deployed");
      await repository.create();
      const commit = await repository.push("sha-00000001");
      await repository.deploy();
      await repository.reaches(".status.sync.status", "Synced");
      await repository.reaches(".status.health.status", "Healthy");
      expect((await repository.application()).status.sync.revision).to.equal(commit);
      const pods = await local.kubectl([
        "get",
        "pods",
        "-n",
        "deployed",
        "-o",
        "jsonpath={.items[*].status.phase} {.items[*].spec.containers[0].image}",
      ]);
      expect(pods).to.equal("Running Running registry.invalid/app:sha-00000001 registry.invalid/app:sha-00000001");
    });

    it("puts back what was changed by hand in the cluster", async () => {
      await local.kubectl(["scale", "deployment/app", "-n", "deployed", "--replicas=5"]);
      await local.kubectl(["wait", "deployment/app", "-n", "deployed", "--for=jsonpath={.spec.replicas}=2", "--timeout=60s"]);
    });

    it("deploys a pushed change without being told", async () => {
      const repository = new DeployedRepository(local, "moving");
      await repository.create();
      await repository.push("sha-00000001");
      await repository.deploy();
      await repository.reaches(".status.health.status", "Healthy");
      const commit = await repository.push("sha-00000002");
      await repository.reaches(".status.sync.revision", commit);
      const image = "jsonpath={.spec.template.spec.containers[0].image}=registry.invalid/app:sha-00000002";
      await local.kubectl(["wait", "deployment/app", "-n", "moving", `--for=${image}`, "--timeout=60s"]);
    });

    it("refuses an unsigned commit in a project that asks for the signing key, and syncs one that the local GitHub signed", async () => {
      const repository = new DeployedRepository(local, "signed");
      await repository.create();
      await repository.push("sha-00000001");
      const gpg = { mode: "head", keys: [local.endpoints.github.signingKey] };
      await repository.deploy({ sourceIntegrity: { git: { policies: [{ repos: [{ url: repository.url }], gpg }] } } });
      await repository.reaches(".status.conditions[0].type", "ComparisonError");
      const { conditions = [], sync } = (await repository.application()).status;
      expect(conditions[0]!.message).to.match(/GIT\/GPG.*unsigned/);
      expect(sync.status).to.not.equal("Synced");
      expect(await local.kubectl(["get", "deployments", "-n", "signed", "-o", "name"])).to.equal("");

      const path = "overlay/kustomization.yaml";
      const { sha } = await local.github<{ sha: string }>("GET", `repos/delivery-tests/signed/contents/${path}`);
      const content = Buffer.from(repository.files("sha-00000002")[path]!).toString("base64");
      const put = await local.github<{ commit: { sha: string } }>("PUT", `repos/delivery-tests/signed/contents/${path}`, {
        message: "deploy",
        content,
        sha,
      });
      await repository.reaches(".status.sync.revision", put.commit.sha);
      await repository.reaches(".status.sync.status", "Synced");
      await repository.reaches(".status.health.status", "Healthy");
    });
  });

  describe("killed", () => {
    for (const name of ["kube-apiserver", "github", "argocd-repo-server"]) {
      it(`${name} comes back by itself within seconds, and the next start tells of its death`, async () => {
        const started = Date.now();
        await killAndAwaitReturn(local, name, () => status(name));
        expect(Date.now() - started).to.be.lessThan(30_000);
        const notes = (await local.up()).flatMap((event) => (event.kind === "note" ? [event.text] : []));
        expect(notes.join("\n")).to.match(new RegExp(`${name} ended unexpectedly at .* \\(SIGKILL\\); it is ready now, after 1 restarts`));
      });
    }
  });

  describe("down", () => {
    it("stops all, keeps the state, and is no error when nothing runs", async () => {
      const services = (await localStatus(local.stateDir))!.services;
      await localDown(local.stateDir, () => undefined);
      expect(await localStatus(local.stateDir)).to.equal(undefined);
      const alive = services.filter(({ pid }) => pid !== undefined && isAlive(pid)).map(({ name }) => name);
      expect(alive).to.deep.equal([]);
      expect(processesThatName(local.stateDir, ...keyFolders(local.stateDir).map(shortLink))).to.deep.equal([]);
      await localDown(local.stateDir, () => undefined);
      expect(readdirSync(local.stateDir)).to.include.members(["github", "registry", "cluster", "local.json"]);
    });

    it("is undone by a start that brings back the same addresses and the same Applications", async () => {
      const before = { ...local.endpoints };
      const ports = readFileSync(join(local.stateDir, "local.json"), "utf8");
      await local.up();
      expect(local.endpoints).to.deep.equal(before);
      expect(readFileSync(join(local.stateDir, "local.json"), "utf8")).to.equal(ports);
      await new DeployedRepository(local, "deployed").reaches(".status.health.status", "Healthy");
    });
  });
});

async function killAndAwaitReturn(local: LocalServices, name: string, status: () => Promise<ServiceStatus>): Promise<void> {
  const before = await status();
  process.kill(before.pid!, "SIGKILL");
  const until = Date.now() + 60_000;
  for (;;) {
    const now = await status();
    if (now.state === "ready" && now.pid !== before.pid) return;
    if (now.state === "failed" || Date.now() > until)
      throw new Error(`${name} did not come back in ${local.stateDir}: ${JSON.stringify(now)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Command lines of all processes that name one of the folders. */
function processesThatName(...folders: readonly string[]): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      } catch {
        return [];
      }
    })
    .filter((line) => folders.some((folder) => line.includes(folder)));
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
