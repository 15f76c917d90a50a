/** What the credentials of the stack before production may do in the cluster that it shares with production: tried on the real API server. */
import { stat } from "node:fs/promises";
import path from "node:path";

import { expect } from "chai";

import { loadProject } from "../../cli/project.ts";
import { argocdTarget } from "../../model/target.ts";
import type { GitOpsTarget } from "../../model/system.ts";
import { ClusterClient, type ClusterAnswer } from "./support/cluster.ts";
import { copyProject } from "./support/project-copy.ts";
import { applied, type Applied } from "./support/rig.ts";

const SYSTEMS = ["airflow-etl", "data-platform-aks", "dataenginex", "dataknobs"] as const;
const user = "system:serviceaccount:argocd:gatehouse-dev";
const server = "https://kubernetes.default.svc";
const argoproj = "/apis/argoproj.io/v1alpha1/namespaces/argocd";
const rbac = "/apis/rbac.authorization.k8s.io/v1";
const applicationAt = (name: string): string => `${argoproj}/applications/${name}`;
const projectAt = (name: string): string => `${argoproj}/appprojects/${name}`;
const secretAt = (namespace: string, name: string): string => `/api/v1/namespaces/${namespace}/secrets/${name}`;
const bindingAt = (namespace: string, name = "gatehouse-dev-namespace"): string => `${rbac}/namespaces/${namespace}/rolebindings/${name}`;

/** What would let a namespace run anything. */
const labels = { "pod-security.kubernetes.io/enforce": "privileged" };
const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** What is sent to an own object, and what the policy must say to it. */
type Attack = readonly [what: string, patch: object, says: string];

describe("what the credentials of the stack before production may do in the cluster", function () {
  this.timeout(600_000);
  let world: Applied;
  let dev: ClusterClient;
  const targets = new Map<string, { readonly own: GitOpsTarget; readonly production: GitOpsTarget }>();

  before(async () => {
    world = await applied();
    dev = await ClusterClient.open(path.join(world.rig.home, "cluster", "kubeconfig-dev"));
    const { systems, stacks } = await loadProject();
    for (const name of SYSTEMS) {
      const system = systems.find((one) => one.system.name === name)!.system;
      const of = (stack: string): GitOpsTarget[] => {
        const { tiers } = stacks.find((share) => share.stack === stack)!;
        return system.tiers.flatMap((tier) => (tiers[name]?.includes(tier.name) === true ? (argocdTarget(tier.target) ?? []) : []));
      };
      targets.set(name, { own: of("dev")[0]!, production: of("prod")[0]! });
    }
  });

  /** No role gives the right. */
  function expectNoRight(what: string, { code, message }: ClusterAnswer): void {
    expect(code, `${what}: ${message}`).to.equal(403);
    expect(message, what).to.include(`User "${user}" cannot`);
  }

  /** A role gives the right, and a policy refuses what would be done with it. */
  function expectRefused(what: string, { code, message }: ClusterAnswer, says: string): void {
    expect(code, `${what}: ${message}`).to.equal(403);
    expect(message, what).to.match(/ValidatingAdmissionPolicy 'gatehouse-dev-\w+'/);
    expect(message, what).to.include(says);
  }

  async function expectAllRefused(at: string, attacks: readonly Attack[]): Promise<void> {
    const harmless = { metadata: { annotations: { "pulumi.com/harmless": "yes" } } };
    const allowed = await dev.ask("PATCH", at, { body: harmless });
    expect(allowed.code, `a harmless change of ${at}, or nothing is shown: ${allowed.message}`).to.equal(200);
    for (const [what, body, says] of attacks) expectRefused(what, await dev.ask("PATCH", at, { body }), says);
  }

  for (const name of SYSTEMS) {
    describe(name, () => {
      let own: GitOpsTarget;
      let production: GitOpsTarget;

      before(() => {
        ({ own, production } = targets.get(name)!);
      });

      it("production's objects can be neither read nor changed nor deleted, nor made anew, whatever the verb", async () => {
        const annotation = { metadata: { annotations: { "gatehouse.example/attack": "yes" } } };
        const things = [
          [applicationAt(production.application), { apiVersion: "argoproj.io/v1alpha1", kind: "Application" }],
          [projectAt(production.application), { apiVersion: "argoproj.io/v1alpha1", kind: "AppProject" }],
          [secretAt("argocd", `repository-${production.application}`), { apiVersion: "v1", kind: "Secret" }],
          [secretAt(production.namespace, "ghcr-pull"), { apiVersion: "v1", kind: "Secret" }],
          [`/api/v1/namespaces/${production.namespace}`, { apiVersion: "v1", kind: "Namespace" }],
        ] as const;
        for (const [at, kind] of things) {
          expectNoRight(`GET ${at}`, await dev.ask("GET", at));
          expectNoRight(`PATCH ${at}`, await dev.ask("PATCH", at, { body: annotation }));
          expectNoRight(`apply ${at}`, await dev.apply(at, { ...kind, ...annotation }));
          expectNoRight(`PUT ${at}`, await dev.ask("PUT", at, { body: { ...kind, ...annotation }, type: "application/json" }));
          expectNoRight(`DELETE ${at}`, await dev.ask("DELETE", at));
        }
        for (const part of ["status", "finalizers"]) {
          const at = `${applicationAt(production.application)}/${part}`;
          expectNoRight(at, await dev.ask("PATCH", at, { body: annotation }));
        }
      });

      it("an own Application can be given nothing of production's, and made to run nothing of its own", async () => {
        const repoURL = "https://github.com/somebody/else.git";
        const source = { repoURL, targetRevision: "main", path: production.path };
        const syncSource = { targetBranch: "main", path: "hydrated" };
        const attacks: Attack[] = [
          ["production's project", { spec: { project: production.application } }, "the AppProject of its own name"],
          ["the default project", { spec: { project: "default" } }, "the AppProject of its own name"],
          ["production's namespace", { spec: { destination: { namespace: production.namespace } } }, "into its own namespace"],
          ["Argo CD's namespace", { spec: { destination: { namespace: "argocd" } } }, "into its own namespace"],
          ["no namespace", { spec: { destination: { namespace: null } } }, "into its own namespace"],
          ["another cluster", { spec: { destination: { server: "https://10.0.0.1" } } }, "into its own namespace"],
          ["a cluster by name", { spec: { destination: { server: null, name: "in-cluster" } } }, "into its own namespace"],
          ["a cluster by both", { spec: { destination: { name: "production" } } }, "into its own namespace"],
          ["another repository", { spec: { source: { repoURL } } }, "read from its system's repository"],
          ["a second source", { spec: { sources: [source] } }, "one source, and no hydrator"],
          ["a hydrator", { spec: { sourceHydrator: { drySource: source, syncSource } } }, "one source, and no hydrator"],
          ["a plugin", { spec: { source: { plugin: { name: "any" } } } }, "no plugin"],
          ["values from anywhere", { spec: { source: { helm: { valueFiles: ["http://10.0.0.1/"] } } } }, "no other tool"],
          [
            "labels of its namespace",
            { spec: { syncPolicy: { managedNamespaceMetadata: { labels } } } },
            "sets no labels of its namespace",
          ],
          ["manifests of its own", { operation: { sync: { manifests: ["{}"] } } }, "an operation syncs what the Application names"],
          ["a sync of another source", { operation: { sync: { source } } }, "an operation syncs what the Application names"],
          ["a false status", { status: { reconciledAt: "2020-01-01T00:00:00Z" } }, "the status is Argo CD's"],
        ];
        await expectAllRefused(applicationAt(own.application), attacks);
      });

      it("an own AppProject can be widened in no way", async () => {
        const destination = (change: object) => ({
          spec: {
            destinations: [
              { server, namespace: own.namespace },
              { server, ...change },
            ],
          },
        });
        const kinds = (...namespaceResourceWhitelist: object[]) => ({ spec: { namespaceResourceWhitelist } });
        const account = { server, namespace: own.namespace, defaultServiceAccount: "argocd:argocd-application-controller" };
        const role = { name: "all", policies: [`p, proj:${own.application}:all, applications, *, ${own.application}/*, allow`] };
        const attacks: Attack[] = [
          ["production's namespace", destination({ namespace: production.namespace }), "allows its own namespace"],
          ["every namespace", destination({ namespace: "*" }), "allows its own namespace"],
          ["every cluster", destination({ server: "*", namespace: own.namespace }), "allows its own namespace"],
          ["a cluster by name", destination({ name: "*", namespace: own.namespace }), "allows its own namespace"],
          ["every repository", { spec: { sourceRepos: ["*"] } }, "allows its system's repository"],
          ["kinds of the cluster", { spec: { clusterResourceWhitelist: [{ group: "*", kind: "*" }] } }, "nothing of the cluster"],
          ["every kind, by no list", { spec: { namespaceResourceWhitelist: null } }, "the kinds that the system declares"],
          ["every kind, by an asterisk", kinds({ group: "*", kind: "*" }), "the kinds that the system declares"],
          ["roles", kinds({ group: "rbac.authorization.k8s.io", kind: "RoleBinding" }), "the kinds that the system declares"],
          ["what a global project gives", { metadata: { labels: { global: "yes" } } }, "labels of an AppProject"],
          ["Applications elsewhere", { spec: { sourceNamespaces: ["*"] } }, "Argo CD's own namespace only"],
          ["a role in Argo CD", { spec: { roles: [role] } }, "gives nobody a role"],
          ["another's ServiceAccount", { spec: { destinationServiceAccounts: [account] } }, "names no ServiceAccount"],
        ];
        await expectAllRefused(projectAt(own.application), attacks);
      });

      it("an own repository's Secret can be neither a cluster, nor anybody else's credentials, and a namespace keeps its labels", async () => {
        const type = (value: string) => ({ metadata: { labels: { "argocd.argoproj.io/secret-type": value } } });
        const attacks: Attack[] = [
          ["a cluster", type("cluster"), "is a repository's, by its label"],
          ["credentials for all repositories", type("repo-creds"), "is a repository's, by its label"],
          ["another label", { metadata: { labels: { "app.kubernetes.io/part-of": "argocd" } } }, "is a repository's, by its label"],
          ["production's project", { data: { project: base64(production.application) } }, "the AppProject of its Application"],
          ["every project", { data: { project: null } }, "the AppProject of its Application"],
          ["another repository", { data: { url: base64("https://github.com/somebody/else.git") } }, "for the system's repository"],
          ["a proxy that reads along", { stringData: { proxy: "http://10.0.0.1:3128" } }, "with user name and password"],
        ];
        await expectAllRefused(secretAt("argocd", `repository-${own.application}`), attacks);
        await expectAllRefused(`/api/v1/namespaces/${own.namespace}`, [
          ["weaker pod security", { metadata: { labels } }, "labels of a namespace"],
          [
            "nodes of production's",
            { metadata: { annotations: { "scheduler.alpha.kubernetes.io/node-selector": "tier=prod" } } },
            "annotations of a namespace",
          ],
        ]);
      });

      it("its role can be bound in no namespace of production's, and nowhere to anybody else", async () => {
        const apiGroup = "rbac.authorization.k8s.io";
        const binding = (name: string, who: string) => ({
          apiVersion: `${apiGroup}/v1`,
          kind: "RoleBinding",
          roleRef: { apiGroup, kind: "ClusterRole", name },
          subjects: [{ apiGroup, kind: "User", name: who }],
        });
        for (const namespace of [production.namespace, "argocd", "kube-system"]) {
          const answer = await dev.apply(bindingAt(namespace), binding("gatehouse-dev-namespace", user));
          expectRefused(namespace, answer, "in its own namespaces");
        }
        expectRefused(
          "to another",
          await dev.apply(bindingAt(own.namespace), binding("gatehouse-dev-namespace", "somebody-else")),
          "to itself",
        );
        expectNoRight("under another name", await dev.apply(bindingAt(own.namespace, "mine"), binding("gatehouse-dev-namespace", user)));
        const admin = await dev.apply(bindingAt(production.namespace), binding("cluster-admin", user));
        expect(admin.code, admin.message).to.equal(403);
      });
    });
  }

  it("nothing can be made under another name, and no list be had", async () => {
    const { own, production } = targets.get("dataenginex")!;
    const spec = (await world.rig.kubectl<{ spec: object }>("get", "application", own.application, "-n", "argocd")).spec;
    const application = (name: string) => ({
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: { name, namespace: "argocd" },
      spec,
    });
    const type = "application/json";
    expectNoRight("apply", await dev.apply(applicationAt("mine"), application("mine")));
    for (const name of ["mine", own.application, production.application])
      expectNoRight(`POST ${name}`, await dev.ask("POST", `${argoproj}/applications`, { body: application(name), type }));
    for (const at of [
      `${argoproj}/applications`,
      `${argoproj}/appprojects`,
      `${argoproj}/applicationsets`,
      "/api/v1/secrets",
      "/api/v1/namespaces",
      "/api/v1/namespaces/argocd/secrets",
      "/api/v1/namespaces/argocd/configmaps",
      `/api/v1/namespaces/${own.namespace}/secrets`,
      `/api/v1/namespaces/${own.namespace}/pods`,
    ]) {
      expectNoRight(`GET ${at}`, await dev.ask("GET", at));
      expectNoRight(`DELETE ${at}`, await dev.ask("DELETE", at));
    }
  });

  it("Argo CD's own secrets, programs, tokens of others, other users and the rights themselves are out of reach", async () => {
    const { own, production } = targets.get("dataenginex")!;
    for (const name of ["argocd-secret", "argocd-notifications-secret"])
      expectNoRight(name, await dev.ask("GET", secretAt("argocd", name)));
    const policies = "/apis/admissionregistration.k8s.io/v1";
    const body = { metadata: { annotations: { "gatehouse.example/attack": "yes" } } };
    for (const at of [
      `${policies}/validatingadmissionpolicies/gatehouse-dev-applications`,
      `${policies}/validatingadmissionpolicybindings/gatehouse-dev-applications`,
      `${rbac}/clusterroles/gatehouse-dev`,
      `${rbac}/clusterroles/gatehouse-dev-namespace`,
      `${rbac}/clusterrolebindings/gatehouse-dev`,
      `${rbac}/namespaces/argocd/roles/gatehouse-dev`,
      `${rbac}/namespaces/argocd/rolebindings/gatehouse-dev`,
      "/api/v1/namespaces/argocd/configmaps/argocd-cm",
      "/api/v1/namespaces/argocd/configmaps/argocd-rbac-cm",
      "/api/v1/namespaces/argocd/serviceaccounts/gatehouse-dev",
    ]) {
      expectNoRight(`PATCH ${at}`, await dev.ask("PATCH", at, { body }));
      expectNoRight(`DELETE ${at}`, await dev.ask("DELETE", at));
    }
    const type = "application/json";
    for (const namespace of [own.namespace, production.namespace, "argocd"]) {
      const at = `/api/v1/namespaces/${namespace}`;
      expectNoRight("a token", await dev.ask("POST", `${at}/serviceaccounts/default/token`, { body: {}, type }));
      expectNoRight("a shell", await dev.ask("POST", `${at}/pods/any/exec?command=sh`, { body: {}, type }));
      expectNoRight("a pod", await dev.ask("POST", `${at}/pods`, { body: {}, type }));
    }
    for (const who of ["gatehouse-admin", "system:serviceaccount:argocd:argocd-application-controller"]) {
      const headers = { "impersonate-user": who, "impersonate-group": "system:masters" };
      expectNoRight(`as ${who}`, await dev.ask("GET", applicationAt(production.application), { headers }));
    }
  });

  it("a Secret under an own name, made while it is not there, can be no ServiceAccount's token", async () => {
    const { application, namespace } = targets.get("dataenginex")!.own;
    const token = (account: string) => ({
      apiVersion: "v1",
      kind: "Secret",
      type: "kubernetes.io/service-account-token",
      metadata: { annotations: { "kubernetes.io/service-account.name": account } },
    });
    const secrets = [
      ["argocd", `repository-${application}`, "argocd-application-controller"],
      [namespace, "ghcr-pull", "default"],
    ] as const;
    try {
      for (const [where, name, account] of secrets) {
        const { code, stderr } = await world.rig.run(["kubectl", "--", "delete", "secret", name, "-n", where]);
        expect(code, stderr).to.equal(0);
        expectRefused(name, await dev.apply(secretAt(where, name), token(account)), "a repository's Secret is Opaque");
      }
    } finally {
      await world.rig.up("--stack", "dev", "--", "--refresh");
    }
    for (const [where, name] of secrets) expect((await dev.ask("GET", secretAt(where, name))).code, name).to.equal(200);
  });

  it("they are enough for the stack: for a preview that finds nothing to do, for a change and its way back, and only the user can read them", async () => {
    const { rig } = world;
    const file = path.join(rig.home, "cluster", "kubeconfig-dev");
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    const { mtimeMs } = await stat(file);
    const nothing = async (): Promise<void> => {
      const { code, stdout, stderr } = await rig.run(["preview", "--stack", "dev", "--", "--expect-no-changes"]);
      expect(code, `${stdout}\n${stderr}`).to.equal(0);
    };
    await nothing();
    expect((await stat(file)).mtimeMs, "nothing changed, so the cluster was not asked for a new token").to.equal(mtimeMs);

    const project = await copyProject({
      file: "systems/dataenginex/system.ts",
      change: (text) =>
        text
          .replace('const kinds = ["/Service"', 'const kinds = ["/ConfigMap", "/Service"')
          .replace('path: "infra/argocd/overlays/dev",\n        kinds,\n        automated: { prune: true, selfHeal: true }', (found) =>
            found.replace("selfHeal: true", "selfHeal: false"),
          ),
    });
    const read = async () => {
      const [declared, application] = await Promise.all([
        rig.kubectl<{ spec: { namespaceResourceWhitelist: object[] } }>("get", "appproject", "dex-dev", "-n", "argocd"),
        rig.kubectl<{ spec: { syncPolicy: { automated: object } } }>("get", "application", "dex-dev", "-n", "argocd"),
      ]);
      return [declared.spec.namespaceResourceWhitelist.length, application.spec.syncPolicy.automated];
    };
    const before = await read();
    try {
      // Another kind is allowed to the AppProject, so the administrator's part is done anew too.
      const { code, stdout, stderr } = await rig.run(["up", "--yes", "--stack", "dev"], { project });
      expect(code, `${stdout}\n${stderr}`).to.equal(0);
      expect(await read()).to.deep.equal([4, { enabled: true, prune: true }]);
    } finally {
      await rig.up("--stack", "dev");
    }
    expect(await read()).to.deep.equal(before);
    await nothing();
  });
});
