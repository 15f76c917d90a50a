/** A Kubernetes API server for tests, with the controllers that delete things and no node. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ensureCertificates } from "../../local/cluster/certificates.ts";
import { ensureEncryption } from "../../local/cluster/encryption.ts";
import { kubectl } from "../../local/cluster/kubectl.ts";
import { writeKubeconfig } from "../../local/cluster/kubeconfig.ts";
import { KUBERNETES_BINARIES, KUBERNETES_PORTS, kubernetesServices } from "../../local/cluster/kubernetes.ts";
import { ensureBinaries } from "../../local/engine/binaries.ts";
import { choosePorts } from "../../local/ports.ts";
import { Supervisor } from "../../local/supervisor/index.ts";

export interface ApiServer {
  readonly kubeconfig: string;
  readonly address: string;
  /** Runs kubectl as the administrator and returns what it prints. */
  kubectl(...args: string[]): Promise<string>;
  /** The API server alone, as a crash or a repair would. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Ends everything and removes its data. */
  remove(): Promise<void>;
}

const NEEDED = new Set(["etcd", "kube-apiserver", "kube-controller-manager"]);

export async function startApiServer(): Promise<ApiServer> {
  const stateDir = mkdtempSync(join(tmpdir(), "gatehouse-api-server-"));
  const folder = join(stateDir, "cluster");
  mkdirSync(folder, { recursive: true });
  const binaries = await ensureBinaries(KUBERNETES_BINARIES, () => undefined);
  const { ports } = await choosePorts(stateDir, KUBERNETES_PORTS);
  const certificates = await ensureCertificates(folder);
  const kubeconfig = join(folder, "kubeconfig");
  writeKubeconfig(kubeconfig, ports["kube-apiserver"], certificates);
  const encryption = ensureEncryption(folder);
  const services = kubernetesServices({
    stateDir,
    binaries,
    ports,
    certificates,
    encryption,
    kubeconfig,
    kwokStages: [],
    environment: {},
  }).filter(({ name }) => NEEDED.has(name));
  const supervisor = new Supervisor(stateDir, () => undefined);
  await supervisor.apply(services);
  return {
    kubeconfig,
    address: `https://127.0.0.1:${ports["kube-apiserver"]}`,
    kubectl: (...args) => kubectl({ command: binaries.kubectl, kubeconfig }, args),
    stop: () => supervisor.apply(services.filter(({ name }) => name === "etcd")),
    start: () => supervisor.apply(services),
    remove: async () => {
      await supervisor.stop();
      rmSync(stateDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
