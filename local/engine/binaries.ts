/** Every program that the embedded default builds, in the order of building: what others share compiles first. */
import { homedir } from "node:os";
import { join } from "node:path";
import type { Artifact, Patch, Report } from "./builder/artifact.ts";
import { ensureArtifacts, type EnsureOptions } from "./builder/ensure.ts";

export type { BuildEvent } from "./builder/artifact.ts";

/** Version of the Pulumi CLI that is built, and the least that one on PATH must have. */
export const PULUMI_VERSION = "3.259.0";
export const KUBERNETES_VERSION = "1.36.1";

const STRIP = "-s -w";
const CLI = "local/engine/pulumi-cli";
const PLUGINS = "local/engine/plugins";
const CLUSTER = "local/cluster/go";
/** Apart from the cluster's: Argo Rollouts 1.10 compiles with older libraries of Kubernetes. */
const ROLLOUTS = "local/cluster/rollouts";

const kubernetes = [
  STRIP,
  `-X k8s.io/component-base/version.gitVersion=v${KUBERNETES_VERSION}`,
  ...KUBERNETES_VERSION.split(".", 2).map((part, i) => `-X k8s.io/component-base/version.git${i === 0 ? "Major" : "Minor"}=${part}`),
].join(" ");

const program = <Name extends string>(
  name: Name,
  module: string,
  packagePath: string,
  weight: number,
  gigabytes: number,
  more: Partial<Artifact> = {},
): Artifact & { readonly name: Name } => ({
  kind: "program",
  sources: [],
  ldflags: STRIP,
  ...more,
  name,
  module,
  package: packagePath,
  weight,
  gigabytes,
});

const plugin = <Name extends string>(name: Name, internal: string, weight: number, gigabytes: number, more: Partial<Artifact> = {}) =>
  program(name, PLUGINS, `./cmd/${name}`, weight, gigabytes, { sources: [`cmd/${name}`, `internal/${internal}`], ...more });

/** Two of Argo CD's controllers serve metrics on every address and have no flag for it, unlike its servers. */
const LOOPBACK_METRICS: readonly Patch[] = ["controller/appcontroller.go", "cmd/argocd-notification/commands/argocd_notification.go"].map(
  (file) => ({ module: "github.com/argoproj/argo-cd/v3", file, find: '"0.0.0.0:%d", metricsPort', replace: '"127.0.0.1:%d", metricsPort' }),
);

/**
 * Argo CD's client for webhooks writes the address of every request to its log, and the address of a webhook is the credential for it.
 * Upstream there is no switch for it: docs/decisions/0014-argocd-notifications.md.
 */
const SILENT_WEBHOOKS: Patch = {
  module: "github.com/argoproj/notifications-engine",
  file: "pkg/services/webhook.go",
  find: "client := retryablehttp.NewClient()",
  replace: "client := retryablehttp.NewClient()\n\tclient.Logger = nil",
};

/** Argo Rollouts serves health and metrics on every address and has no flag for it. */
const LOOPBACK_ROLLOUTS: readonly Patch[] = [
  { module: "github.com/argoproj/argo-rollouts", file: "controller/controller.go", find: '"0.0.0.0:%d"', replace: '"127.0.0.1:%d"' },
];

/** Weights and gigabytes: see `Artifact`. Measured on two cores from empty caches. */
const TABLE = [
  program("pulumi", CLI, "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", 150, 2.5, {
    ldflags: `${STRIP} -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${PULUMI_VERSION}`,
  }),
  program("github-schema.json", PLUGINS, "./cmd/github-schema", 48, 1.2, {
    kind: "data",
    sources: ["cmd/github-schema", "internal/github"],
  }),
  plugin("pulumi-resource-github", "github", 15, 0.4, {
    embeds: { artifact: "github-schema.json", file: "cmd/pulumi-resource-github/schema.json" },
  }),
  plugin("pulumi-resource-kubernetes", "kube", 15, 0.4),
  plugin("pulumi-resource-docker", "docker", 10, 0.3),
  plugin("pulumi-language-nodejs", "nodejs", 2, 0.1),
  program("kube-apiserver", CLUSTER, "k8s.io/kubernetes/cmd/kube-apiserver", 155, 3.5, { ldflags: kubernetes }),
  program("kube-controller-manager", CLUSTER, "k8s.io/kubernetes/cmd/kube-controller-manager", 37, 0.6, { ldflags: kubernetes }),
  program("kube-scheduler", CLUSTER, "k8s.io/kubernetes/cmd/kube-scheduler", 3, 0.2, { ldflags: kubernetes }),
  program("kubectl", CLUSTER, "k8s.io/kubernetes/cmd/kubectl", 3, 0.2, { ldflags: kubernetes }),
  program("etcd", CLUSTER, "go.etcd.io/etcd/server/v3", 6, 0.2),
  program("kwok", CLUSTER, "sigs.k8s.io/kwok/cmd/kwok", 5, 0.2),
  program("kustomize", CLUSTER, "sigs.k8s.io/kustomize/kustomize/v5", 1, 0.1),
  program("argocd", CLUSTER, "github.com/argoproj/argo-cd/v3/cmd", 85, 2, { patches: [...LOOPBACK_METRICS, SILENT_WEBHOOKS] }),
  program("rollouts-controller", ROLLOUTS, "github.com/argoproj/argo-rollouts/cmd/rollouts-controller", 103, 2.5, {
    patches: LOOPBACK_ROLLOUTS,
  }),
  program("registry", "local/registry/go", "./cmd/registry", 5, 0.2, { sources: ["cmd", "internal"] }),
  program("actionlint", "local/engine/actionlint", "github.com/rhysd/actionlint/cmd/actionlint", 6, 0.2),
] as const;

/** What may be asked for. `github-schema.json` is the schema of the GitHub plugin. */
export type BinaryName = (typeof TABLE)[number]["name"];

/** All of them, in building order. */
export const BINARY_NAMES: readonly BinaryName[] = TABLE.map(({ name }) => name);

export interface BinaryOptions extends Partial<EnsureOptions> {
  /** Read for GATEHOUSE_CACHE and XDG_CACHE_HOME. @default this process's */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** The folder for what can be made again: GATEHOUSE_CACHE, else `gatehouse` under XDG_CACHE_HOME or `~/.cache`. */
export function cacheFolder(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  return environment["GATEHOUSE_CACHE"] || join(environment["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "gatehouse");
}

/**
 * Paths of programs, after building those that are missing.
 *
 * @throws BuildError when something cannot be built, BuildInterrupted when the build was stopped.
 */
export function ensureBinaries<Name extends BinaryName>(
  names: readonly Name[],
  report: Report,
  options: BinaryOptions = {},
): Promise<Record<Name, string>> {
  const { environment, ...rest } = options;
  const projectDir = join(import.meta.dirname, "..", "..");
  return ensureArtifacts<BinaryName>(TABLE, names, report, { projectDir, cacheDir: cacheFolder(environment), ...rest });
}
