/**
 * Argo Rollouts as services: its controller, and what answers the requests of analyses. Pods run nothing here, so the controller asks
 * through a proxy, which answers for the pods behind a service by what the cluster says of them.
 */
import { join } from "node:path";
import type { Service } from "../supervisor/index.ts";
import { OBJECTS_SERVICE } from "./argocd.ts";
import type { Certificates } from "./certificates.ts";
import { ROLLOUTS_NAMESPACE } from "./kubeconfig.ts";

export const ROLLOUTS_PORTS = ["argo-rollouts", "argo-rollouts-metrics", "pod-answers"] as const;
export const ROLLOUTS_BINARIES = ["rollouts-controller"] as const;

export interface RolloutsOptions {
  readonly stateDir: string;
  /** Path of the controller's program. */
  readonly controller: string;
  readonly ports: Readonly<Record<(typeof ROLLOUTS_PORTS)[number] | "kube-apiserver", number>>;
  readonly kubeconfig: string;
  readonly certificates: Certificates;
  readonly environment: Readonly<Record<string, string>>;
}

export function rolloutsServices(options: RolloutsOptions): Service[] {
  const { stateDir, ports, certificates, environment } = options;
  const cwd = join(stateDir, "cluster");
  const common = { cwd, restart: "on-failure", stop: { signal: "SIGTERM", graceSeconds: 3 } } as const;
  const answers = `http://127.0.0.1:${ports["pod-answers"]}`;
  return [
    {
      ...common,
      name: "pod-answers",
      command: process.execPath,
      args: [
        "--disable-warning=ExperimentalWarning",
        "--max-semi-space-size=1",
        join(import.meta.dirname, "pod-answers.ts"),
        ...[String(ports["pod-answers"]), `https://127.0.0.1:${ports["kube-apiserver"]}`],
        ...[certificates.authority, certificates.adminCertificate, certificates.adminKey],
      ],
      env: { ...environment, HOME: cwd },
      ready: { kind: "http", url: `${answers}/healthz` },
      dependsOn: ["kube-apiserver"],
      port: ports["pod-answers"],
    },
    {
      ...common,
      name: "argo-rollouts",
      command: options.controller,
      args: [
        ...["--kubeconfig", options.kubeconfig, "--namespace", ROLLOUTS_NAMESPACE],
        ...["--healthzPort", String(ports["argo-rollouts"]), "--metricsPort", String(ports["argo-rollouts-metrics"])],
        ...["--leader-elect=false", "--loglevel", "warn", "--logformat", "text"],
      ],
      // Go asks no proxy for loopback addresses, so the API server is spoken to directly.
      env: { ...environment, HOME: cwd, HTTP_PROXY: answers, GOGC: "50", GOMEMLIMIT: "96MiB" },
      ready: { kind: "http", url: `http://127.0.0.1:${ports["argo-rollouts"]}/healthz` },
      dependsOn: [OBJECTS_SERVICE, "pod-answers"],
      port: ports["argo-rollouts"],
    },
  ];
}
