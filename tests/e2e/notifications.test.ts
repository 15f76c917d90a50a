import path from "node:path";

import { expect } from "chai";
import { execa } from "execa";

import { apply } from "../../local/cluster/kubectl.ts";
import { settings } from "../../local/cluster/objects.ts";
import { knownPorts } from "../../local/index.ts";
import type { SinkMessage } from "../../local/sink/messages.ts";
import { eventually } from "./support/eventually.ts";
import { applied, type Applied } from "./support/rig.ts";

interface Application {
  readonly status: {
    readonly sync: { readonly status: string; readonly revision: string };
    readonly health: { readonly status: string };
    readonly operationState: { readonly phase: string; readonly message?: string };
  };
}
interface Entries {
  readonly data: Readonly<Record<string, string>>;
}

const NAME = "airflow-etl";
const staging = "airflow-etl-staging";
const at = { owner: NAME, repo: NAME };
const branch = "staging";
const overlay = "deploy/overlays/staging/kustomization.yaml";

describe("notifications of Applications, from the real controller to the sink of this machine", function () {
  this.timeout(900_000);
  let world: Applied;
  let sink: string;
  before(async () => {
    world = await applied();
    sink = world.summary.addresses["notifications"] ?? "";
  });

  const application = (): Promise<Application> => world.rig.kubectl<Application>("get", "application", staging, "-n", "argocd");
  const entries = (kind: string, name: string): Promise<Entries> => world.rig.kubectl<Entries>("get", kind, name, "-n", "argocd");
  const received = async (): Promise<SinkMessage[]> => (await (await fetch(`${sink}/messages`)).json()) as SinkMessage[];

  it("[AF-6] a crash of staging makes it Degraded, the on-call hears of it once, and the version before makes it Healthy", async () => {
    const before = await read();
    const broken = before.replace(/newTag: .*/, "newTag: broken-00000001");
    const alerts = async (): Promise<SinkMessage[]> =>
      (await received()).filter(({ body }) => (body as { dedup_key?: string }).dedup_key === `${NAME}/staging/${staging}/Degraded`);
    const earlier = (await alerts()).length;

    const bad = await write(`${broken}${patience(5)}`, "deploy: broken-00000001 to staging");
    await eventually("the Application is degraded", async () => (await application()).status.health.status === "Degraded");
    await eventually("the on-call is alerted", async () => (await alerts()).length > earlier);
    const [alert, ...more] = (await alerts()).slice(earlier);
    expect(more).to.deep.equal([]);
    expect(alert).to.include({ kind: "pagerduty", to: "enqueue" });
    expect(alert!.body).to.have.property("event_action", "trigger");
    const { payload, links } = alert!.body as { payload: { custom_details: Record<string, string> }; links: { href: string }[] };
    expect(payload).to.include({ summary: "Airflow ETL: staging is degraded", severity: "error", source: staging, component: "staging" });
    expect(payload.custom_details).to.include({ Health: "Degraded", Commit: bad.slice(0, 8) });
    expect(links[0]!.href).to.equal(`${world.github.url}/${NAME}/${NAME}/commit/${bad}`);

    const good = await write(before, "fix(staging): roll back to the version before");
    // A sync that failed is tried again after 5, 10, 20, 40 and 80 s, each try with the latest commit: what is new waits for its turn.
    await eventually("the Application is healthy again", () => isDeployed(good), 400);
    expect((await alerts()).length, "no second alert").to.equal(earlier + 1);
  });

  it("[AF-6] a commit that takes another one back is known as a rollback once it is deployed, and no other is", async () => {
    const before = await read();
    const next = await write(`${before}${patience(601)}`, "deploy: another patience to staging");
    await eventually("the next version is deployed", () => isDeployed(next));
    expect(await isRollback(next)).to.be.a("string");
    const back = await write(before, "fix(staging): roll back to the version before");
    await eventually("the version before is deployed", () => isDeployed(back));
    await eventually("what was deployed last is known as a rollback", () => isRollback(back));
  });

  it("[AF-6] [DK-4] [DEX-13] every system's part is in the objects that all share, each credential in the Secret only", async () => {
    const { data: config } = await entries("configmap", "argocd-notifications-cm");
    const { data: secret } = await entries("secret", "argocd-notifications-secret");
    expect(Object.keys(config)).to.include.members([
      "service.webhook.airflow-etl_pagerduty",
      "trigger.airflow-etl_production_degraded",
      "service.webhook.dataknobs_ci-cd",
      "trigger.dataknobs_production_sync-failed",
      "service.webhook.dataenginex_deployments",
      "trigger.dataenginex_prod_degraded",
    ]);
    const text = JSON.stringify(config);
    for (const [name, value] of Object.entries(secret))
      expect(text.includes(Buffer.from(value, "base64").toString()), name).to.equal(false);
  });

  it("what a start of the services writes leaves what was declared as it is", async () => {
    const both = async () => [
      await entries("configmap", "argocd-notifications-cm"),
      await entries("secret", "argocd-notifications-secret"),
    ];
    const before = (await both()).map(({ data }) => data);
    expect(Object.keys(before[0] ?? {})).to.not.be.empty;
    const kubeconfig = world.summary.addresses["kubeconfig"] ?? "";
    await apply({ command: path.join(world.rig.home, "bin/kubectl"), kubeconfig }, settings);
    // Compared, never printed: a failure must not show a secret.
    expect(JSON.stringify((await both()).map(({ data }) => data)) === JSON.stringify(before)).to.equal(true);
  });

  async function read(): Promise<string> {
    const { data } = await world.github.octokit.rest.repos.getContent({ ...at, path: overlay, ref: branch });
    if (!("content" in data)) throw new Error(`${overlay} is no file`);
    return Buffer.from(data.content, "base64").toString("utf8");
  }

  /** Commits the overlay to staging's branch. What happens after a merge is the subject here, not the gate before it: the ruleset rests meanwhile. */
  async function write(text: string, message: string): Promise<string> {
    const { rest } = world.github.octokit;
    const { data: rulesets } = await rest.repos.getRepoRulesets({ ...at, includes_parents: false });
    const gate = rulesets.find(({ name, target }) => target === "branch" && name.includes(branch));
    const enforce = (enforcement: "active" | "disabled") => rest.repos.updateRepoRuleset({ ...at, ruleset_id: gate?.id ?? 0, enforcement });
    await enforce("disabled");
    try {
      const { data: current } = await rest.repos.getContent({ ...at, path: overlay, ref: branch });
      const content = Buffer.from(text).toString("base64");
      const sha = "sha" in current ? current.sha : "";
      const { data } = await rest.repos.createOrUpdateFileContents({ ...at, path: overlay, branch, message, content, sha });
      return data.commit.sha ?? "";
    } finally {
      await enforce("active");
    }
  }

  /** As declared, Deployments may take ten minutes to make progress. */
  function patience(seconds: number): string {
    const patch = JSON.stringify([{ op: "replace", path: "/spec/progressDeadlineSeconds", value: seconds }]);
    return `patches:\n  - target: { kind: Deployment }\n    patch: '${patch}'\n`;
  }

  async function isDeployed(commit: string): Promise<boolean | string> {
    const { sync, health, operationState } = (await application()).status;
    const ended =
      operationState.phase === "Succeeded" && sync.revision === commit && sync.status === "Synced" && health.status === "Healthy";
    return ended || JSON.stringify({ sync, health, operationState: { ...operationState, syncResult: undefined } });
  }

  /** Asks Argo CD's own program whether production's condition holds of the commit that is deployed; repo-server reads it. */
  async function isRollback(commit: string): Promise<boolean | string> {
    const kubeconfig = world.summary.addresses["kubeconfig"] ?? "";
    const repoServer = `127.0.0.1:${knownPorts(world.rig.home)["argocd-repo-server"] ?? 0}`;
    const what = ["admin", "notifications", "trigger", "run", `${NAME}_production_rolled-back`, staging];
    const where = ["--kubeconfig", kubeconfig, "--namespace", "argocd", "--argocd-repo-server", repoServer];
    const argocd = path.join(world.rig.home, "bin/argocd");
    const { stdout, stderr } = await execa(argocd, [...what, ...where], { env: { HOME: world.rig.home } });
    const holds = stdout.split("\n").some((line) => line.includes("GetCommitMetadata") && line.trimEnd().endsWith("true"));
    return holds || `${JSON.stringify((await application()).status.operationState)} is to be of ${commit}\n${stdout}\n${stderr}`;
  }
});
