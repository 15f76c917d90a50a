import * as docker from "@pulumi/docker";
import { assert } from "chai";
import { ContainerPackage, type ContainerPackageArgs } from "../../components/container-package/index.ts";
import { GitOpsApplication, type GitOpsApplicationArgs } from "../../components/gitops-application/index.ts";
import { FaultsError } from "../../model/fault.ts";
import { Sensitive } from "../../model/sensitive.ts";
import type { Strategy } from "../../model/strategy.ts";
import type { GitOpsTarget } from "../../model/system.ts";
import { isSecret, openSecret, record, type Recording } from "../support/pulumi.ts";

const project = "kubernetes:argoproj.io/v1alpha1:AppProject";
const application = "kubernetes:argoproj.io/v1alpha1:Application";
const namespace = "kubernetes:core/v1:Namespace";
const secret = "kubernetes:core/v1:Secret";

const target: GitOpsTarget = {
  kind: "argocd",
  application: "dex",
  namespace: "dex",
  branch: "main",
  path: "infra/argocd/overlays/prod",
  kinds: ["/Service", "apps/Deployment"],
};
const url = "https://github.com/TheDataEngineX/DEX.git";

function declare(change: Partial<GitOpsApplicationArgs> = {}, declared: Partial<GitOpsTarget> = {}): Promise<Recording<GitOpsApplication>> {
  return record(
    () =>
      new GitOpsApplication("dex", {
        target: { ...target, ...declared },
        production: true,
        repositoryUrl: url,
        argocdNamespace: "argocd",
        signatureKeys: ["4aee18f83afdeb23"],
        ...change,
      }),
  );
}
const specOf = (recording: Recording<unknown>, type: string) => recording.one(type).inputs.spec as Record<string, unknown>;

describe("GitOpsApplication", () => {
  it("[DEX-8] is an Application in an AppProject that allows just that: one repository, one namespace, named kinds, nothing of the cluster", async () => {
    const recording = await declare({}, { signedCommits: null });
    assert.deepEqual(specOf(recording, project), {
      description: "Allows what Application dex needs, and nothing else",
      sourceRepos: [url],
      destinations: [{ server: "https://kubernetes.default.svc", namespace: "dex" }],
      namespaceResourceWhitelist: [
        { group: "", kind: "Service" },
        { group: "apps", kind: "Deployment" },
      ],
      orphanedResources: { warn: true, ignore: [{ kind: "Secret", name: "ghcr-pull" }] },
    });
    const spec = specOf(recording, application);
    assert.equal(spec.project, "dex");
    assert.deepEqual(spec.source, { repoURL: url, targetRevision: "main", path: "infra/argocd/overlays/prod" });
    assert.deepEqual(spec.destination, { server: "https://kubernetes.default.svc", namespace: "dex" });
    assert.deepEqual((spec.syncPolicy as Record<string, unknown>).automated, { enabled: true, prune: true, selfHeal: true });
  });

  it("[DEX-8] lives in Argo CD's namespace under its own name, after its project, its namespace and its credentials", async () => {
    const recording = await declare({ gitToken: new Sensitive("canary") });
    const { inputs, dependencies } = recording.one(application);
    assert.deepInclude(inputs.metadata as object, { name: "dex", namespace: "argocd" });
    const before = [project, namespace, secret].map((type) => recording.one(type).urn);
    assert.includeMembers([...dependencies], before);
  });

  it("binds the role of a stack that has no other right in the namespace, before the pull secret and only there", async () => {
    const binding = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding";
    const pullSecret = { host: "ghcr.io", username: "gatehouse", token: new Sensitive("canary") };
    const access = { role: "gatehouse-dev-namespace", user: "system:serviceaccount:argocd:gatehouse-dev" };
    const recording = await declare({ production: false, pullSecret, access });
    const { inputs, urn } = recording.one(binding);
    const apiGroup = "rbac.authorization.k8s.io";
    assert.deepInclude(inputs, {
      metadata: { name: access.role, namespace: "dex" },
      roleRef: { apiGroup, kind: "ClusterRole", name: access.role },
      subjects: [{ apiGroup, kind: "User", name: access.user }],
    });
    assert.include([...recording.one(secret).dependencies], urn);
    for (const none of [await declare({ pullSecret }), await declare({ access })]) assert.isEmpty(none.all(binding));
  });

  it("syncs by hand only where automation is deliberately off, and never writes an empty object, which Argo CD would remove", async () => {
    const policy = specOf(await declare({}, { automated: null }), application).syncPolicy as Record<string, unknown>;
    assert.notProperty(policy, "automated");
    const careful = specOf(await declare({}, { automated: { prune: false, selfHeal: true } }), application).syncPolicy as Record<
      string,
      unknown
    >;
    assert.deepEqual(careful.automated, { enabled: true, selfHeal: true });
    for (const recording of [await declare(), await declare({ production: false }, { automated: null })]) {
      for (const type of [project, application]) {
        // The core group is the empty text: there it is a value.
        const text = JSON.stringify(recording.one(type).inputs.spec).replaceAll('"group":""', "");
        assert.notMatch(text, /\{\}|\[\]|:false|:""|:null/);
      }
    }
  });

  it("[AF-5] leaves to Argo Rollouts what it changes, and applies Deployment and Rollout together where one workload waits for another", async () => {
    const canary: Strategy = { kind: "rolling", workload: "dex", replicas: 2 };
    const switched: Strategy = { kind: "blueGreen", workload: "web", replicas: 1, activeService: "web", previewService: "web-next" };
    const syncOptions = (spec: Record<string, unknown>) => (spec.syncPolicy as { syncOptions: string[] }).syncOptions;
    const spec = specOf(await declare({}, { strategies: [canary, switched] }), application);
    const selector = ["/spec/selector/rollouts-pod-template-hash"];
    assert.deepEqual(spec.ignoreDifferences, [
      { group: "apps", kind: "Deployment", name: "dex", jsonPointers: ["/spec/replicas"] },
      { group: "apps", kind: "Deployment", name: "web", jsonPointers: ["/spec/replicas"] },
      { kind: "Service", name: "web", jsonPointers: selector },
      { kind: "Service", name: "web-next", jsonPointers: selector },
    ]);
    assert.includeMembers(syncOptions(spec), ["RespectIgnoreDifferences=true", "ApplyOutOfSyncOnly=true"]);
    const ordered = specOf(await declare({}, { strategies: [canary, { ...switched, after: ["dex"] }] }), application);
    assert.notInclude(syncOptions(ordered), "ApplyOutOfSyncOnly=true");
    const plain = specOf(await declare(), application);
    assert.notProperty(plain, "ignoreDifferences");
    assert.notInclude(syncOptions(plain), "RespectIgnoreDifferences=true");
  });

  it("[DEX-9] keeps a manual sync, so a rollback, possible outside of the window, and lets a running sync end", async () => {
    const windows = { open: [{ days: ["Mon", "Tue", "Wed", "Thu", "Fri"], from: "09:00", to: "17:00" }] } as const;
    assert.deepEqual(specOf(await declare({ windows }), project).syncWindows, [
      {
        kind: "allow",
        schedule: "0 9 * * 1-5",
        duration: "8h",
        timeZone: "UTC",
        applications: ["dex"],
        syncOverrun: true,
        manualSync: true,
      },
    ]);
  });

  it("[DEX-9] takes in production only commits signed by the stack's keys, from that repository", async () => {
    const policies = [{ repos: [{ url }], gpg: { mode: "head", keys: ["4AEE18F83AFDEB23"] } }];
    assert.deepEqual(specOf(await declare(), project).sourceIntegrity, { git: { policies } });
    assert.notProperty(specOf(await declare({ production: false }), project), "sourceIntegrity");
    assert.property(specOf(await declare({ production: false }, { signedCommits: true }), project), "sourceIntegrity");
  });

  it("stays in the cluster when production leaves the stack; a lower tier takes what it deployed with it", async () => {
    const production = await declare();
    for (const type of [namespace, project, application]) {
      assert.isTrue(production.one(type).protect && production.one(type).retainOnDelete, type);
    }
    assert.notProperty(production.one(application).inputs.metadata, "finalizers");
    const lower = await declare({ production: false });
    for (const type of [namespace, project, application]) assert.isFalse(lower.one(type).protect || lower.one(type).retainOnDelete, type);
    assert.deepInclude(lower.one(application).inputs.metadata as object, {
      finalizers: ["resources-finalizer.argocd.argoproj.io/background"],
    });
  });

  it("protects the credentials of production, so that a run without them cannot take them away, and those of no other tier", async () => {
    const token = new Sensitive("canary-token");
    const credentials = { gitToken: token, pullSecret: { host: "ghcr.io", username: "puller", token } };
    for (const production of [true, false]) {
      const recording = await declare({ production, ...credentials });
      for (const name of ["dex-pull", "dex-repository"]) assert.equal(recording.one(secret, name).protect, production, name);
    }
  });

  it("[DEX-10] puts the pull secret into the namespace, as a secret", async () => {
    const pullSecret = { host: "ghcr.io", username: "puller", token: new Sensitive("canary-pull") };
    const recording = await declare({ pullSecret });
    const { inputs } = recording.one(secret, "dex-pull");
    assert.deepEqual(inputs.metadata, { name: "ghcr-pull", namespace: "dex" });
    assert.equal(inputs.type, "kubernetes.io/dockerconfigjson");
    const auth = Buffer.from("puller:canary-pull").toString("base64");
    assert.isTrue(isSecret(inputs.stringData));
    const data = openSecret(inputs.stringData) as Record<string, string>;
    assert.deepEqual(JSON.parse(data[".dockerconfigjson"]!), {
      auths: { "ghcr.io": { username: "puller", password: "canary-pull", auth } },
    });
    assertNoCanaryOutsideSecrets(recording);
  });

  it("gives Argo CD a credential that only this project can use, as a secret", async () => {
    const recording = await declare({ gitToken: new Sensitive("canary-git") });
    const { inputs } = recording.one(secret, "dex-repository");
    assert.deepEqual(inputs.metadata, {
      name: "repository-dex",
      namespace: "argocd",
      labels: { "argocd.argoproj.io/secret-type": "repository" },
    });
    assert.isTrue(isSecret(inputs.stringData));
    assert.deepInclude(openSecret(inputs.stringData) as object, { type: "git", url, project: "dex", password: "canary-git" });
    assertNoCanaryOutsideSecrets(recording);
  });

  it("needs no credential where everything is public", async () => {
    assert.isEmpty((await declare()).all(secret));
  });

  it("registers nothing when signed commits are wanted and no key is known, which Argo CD would take for no wish at all", async () => {
    let error: unknown;
    const { resources } = await record(() => {
      try {
        const args = { target, production: true, repositoryUrl: url, argocdNamespace: "argocd", signatureKeys: [] };
        new GitOpsApplication("x", args);
      } catch (thrown) {
        error = thrown;
      }
    });
    assert.deepEqual(resources, []);
    assert.deepEqual(
      (error as FaultsError).faults.map(({ path }) => path),
      ["signatureKeys"],
    );
  });
});

describe("ContainerPackage", () => {
  const declared = {
    name: "dex",
    visibility: "private",
    tags: { immutable: ["sha-*"], moving: ["latest"] },
    initialTag: "sha-00000000",
  } as const;
  const build = (more: Partial<ContainerPackageArgs> = {}) =>
    record(() => new ContainerPackage("dex", { declared, owner: "TheDataEngineX", repository: "DEX", host: "ghcr.io", ...more }));

  it("[DEX-10] records the image, its visibility and which of its tags never move, and asks nobody", async () => {
    const { one, calls, result } = await build();
    assert.equal(result.image, "ghcr.io/thedataenginex/dex");
    assert.deepEqual(one("gatehouse:registry:ContainerPackage").inputs, {
      image: "ghcr.io/thedataenginex/dex",
      repository: "TheDataEngineX/DEX",
      visibility: "private",
      immutableTags: ["sha-*"],
      movingTags: ["latest"],
      retentionDays: 90,
    });
    assert.isEmpty(calls);
  });

  it("looks a digest up where the stack names a tag", async () => {
    const { calls } = await record(() => {
      const registry = new docker.Provider("registry");
      return new ContainerPackage("dex", { declared, owner: "acme", repository: "dex", host: "127.0.0.1:5000", tag: "sha-1", registry });
    });
    assert.deepEqual(
      calls.map(({ token, inputs }) => [token, (inputs as { name: string }).name]),
      [["docker:index/getRegistryImage:getRegistryImage", "127.0.0.1:5000/acme/dex:sha-1"]],
    );
  });

  it("registers nothing when its arguments are wrong", async () => {
    let count = 0;
    const { resources } = await record(() => {
      try {
        new ContainerPackage("x", { declared: { ...declared, name: "DEX" }, owner: "-", repository: "DEX", host: "https://ghcr.io" });
      } catch (error) {
        count = (error as FaultsError).faults.length;
      }
    });
    assert.deepEqual(resources, []);
    assert.equal(count, 3);
  });
});

/** Canaries are sent inside secrets only. */
function assertNoCanaryOutsideSecrets(recording: Recording<unknown>): void {
  const plain = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null || isSecret(value)) return isSecret(value) ? "[secret]" : value;
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
  };
  for (const { name, inputs } of recording.resources) assert.notInclude(JSON.stringify(plain(inputs)), "canary", name);
}
