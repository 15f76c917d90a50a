/** The Kubernetes control plane as services, and kwok, which plays the nodes. */
import { join } from "node:path";
import type { Service } from "../supervisor/index.ts";
import type { Certificates } from "./certificates.ts";

export const KUBERNETES_PORTS = ["etcd", "etcd-peer", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"] as const;
export const KUBERNETES_BINARIES = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "kubectl"] as const;

export interface KubernetesOptions {
  readonly stateDir: string;
  /** Paths of the programs. */
  readonly binaries: Readonly<Record<(typeof KUBERNETES_BINARIES)[number], string>>;
  readonly ports: Readonly<Record<(typeof KUBERNETES_PORTS)[number], number>>;
  readonly certificates: Certificates;
  readonly kubeconfig: string;
  /** The API server's configuration for Secrets at rest. */
  readonly encryption: string;
  /** Files of kwok's stages. */
  readonly kwokStages: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Controllers that only serve machines, clouds and kubelets that want certificates. Each one costs watches and memory. */
const UNUSED_CONTROLLERS = [
  "certificatesigningrequest-approving-controller",
  "certificatesigningrequest-cleaner-controller",
  "certificatesigningrequest-signing-controller",
  "node-ipam-controller",
  "node-route-controller",
  "persistentvolume-attach-detach-controller",
  "persistentvolume-expander-controller",
  "service-lb-controller",
];

export function kubernetesServices(options: KubernetesOptions): Service[] {
  const { stateDir, binaries, ports, certificates, kubeconfig, environment } = options;
  const cwd = join(stateDir, "cluster");
  const common = { cwd, restart: "on-failure", stop: { signal: "SIGTERM", graceSeconds: 5 } } as const;
  const local = (port: number) => `http://127.0.0.1:${port}`;
  // The Go programs give memory back sooner than they would on a machine of their own.
  const go = (limitMiB: number) => ({ ...environment, GOGC: "50", GOMEMLIMIT: `${limitMiB}MiB` });
  return [
    {
      ...common,
      name: "etcd",
      command: binaries.etcd,
      args: [
        "--name=node0",
        `--data-dir=${join(cwd, "etcd")}`,
        `--listen-client-urls=${local(ports.etcd)}`,
        `--advertise-client-urls=${local(ports.etcd)}`,
        `--listen-peer-urls=${local(ports["etcd-peer"])}`,
        `--initial-advertise-peer-urls=${local(ports["etcd-peer"])}`,
        `--initial-cluster=node0=${local(ports["etcd-peer"])}`,
        "--auto-compaction-mode=periodic",
        "--auto-compaction-retention=10m",
        "--log-level=warn",
      ],
      env: go(128),
      ready: { kind: "http", url: `${local(ports.etcd)}/health` },
      dependsOn: [],
      port: ports.etcd,
    },
    {
      ...common,
      name: "kube-apiserver",
      command: binaries["kube-apiserver"],
      args: [
        `--etcd-servers=${local(ports.etcd)}`,
        "--etcd-prefix=/registry",
        "--allow-privileged=true",
        "--endpoint-reconciler-type=none",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        "--service-cluster-ip-range=10.0.0.0/24",
        `--secure-port=${ports["kube-apiserver"]}`,
        "--authorization-mode=Node,RBAC",
        `--tls-cert-file=${certificates.adminCertificate}`,
        `--tls-private-key-file=${certificates.adminKey}`,
        `--client-ca-file=${certificates.authority}`,
        `--service-account-key-file=${certificates.adminKey}`,
        `--service-account-signing-key-file=${certificates.adminKey}`,
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        `--encryption-provider-config=${options.encryption}`,
        "--profiling=false",
      ],
      // Collecting garbage as often as the others do would make the first start, with the large definitions of Argo CD and Argo Rollouts,
      // twice as long. It needs about half of this; without a limit it keeps what the first start took.
      env: { ...environment, GOMEMLIMIT: "448MiB" },
      ready: { kind: "http", url: `https://127.0.0.1:${ports["kube-apiserver"]}/readyz`, insecure: true },
      dependsOn: ["etcd"],
      port: ports["kube-apiserver"],
    },
    {
      ...common,
      name: "kube-controller-manager",
      command: binaries["kube-controller-manager"],
      args: [
        `--kubeconfig=${kubeconfig}`,
        `--authorization-kubeconfig=${kubeconfig}`,
        `--authentication-kubeconfig=${kubeconfig}`,
        "--bind-address=127.0.0.1",
        `--secure-port=${ports["kube-controller-manager"]}`,
        `--root-ca-file=${certificates.authority}`,
        `--service-account-private-key-file=${certificates.adminKey}`,
        `--controllers=*,${UNUSED_CONTROLLERS.map((name) => `-${name}`).join(",")}`,
        "--leader-elect=false",
        "--profiling=false",
        // The node is simulated: when the API server was away, a pod once marked not ready would stay so, since no kubelet says otherwise.
        "--node-monitor-grace-period=24h",
      ],
      env: go(160),
      ready: { kind: "http", url: `https://127.0.0.1:${ports["kube-controller-manager"]}/healthz`, insecure: true },
      dependsOn: ["kube-apiserver"],
      port: ports["kube-controller-manager"],
    },
    {
      ...common,
      name: "kube-scheduler",
      command: binaries["kube-scheduler"],
      args: [
        `--kubeconfig=${kubeconfig}`,
        "--bind-address=127.0.0.1",
        `--secure-port=${ports["kube-scheduler"]}`,
        "--leader-elect=false",
        "--profiling=false",
      ],
      env: go(96),
      ready: { kind: "http", url: `https://127.0.0.1:${ports["kube-scheduler"]}/healthz`, insecure: true },
      dependsOn: ["kube-apiserver"],
      port: ports["kube-scheduler"],
    },
    {
      ...common,
      name: "kwok",
      command: binaries.kwok,
      args: [
        `--kubeconfig=${kubeconfig}`,
        ...options.kwokStages.map((file) => `--config=${file}`),
        "--manage-all-nodes=true",
        "--node-lease-duration-seconds=40",
        `--server-address=127.0.0.1:${ports.kwok}`,
      ],
      env: { ...go(96), HOME: cwd },
      ready: { kind: "http", url: `http://127.0.0.1:${ports.kwok}/healthz` },
      dependsOn: ["kube-apiserver"],
      port: ports.kwok,
    },
  ];
}
