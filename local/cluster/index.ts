/**
 * A Kubernetes API and Argo CD on this machine, as services: real programs, no containers. kwok plays the node, so pods become Ready
 * without anything being run.
 */
import { chmodSync, copyFileSync, existsSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Service } from "../supervisor/index.ts";
import { ARGOCD_BINARIES, ARGOCD_PORTS, argoCdFolders, argoCdServices, OBJECTS_SERVICE } from "./argocd.ts";
import { ensureCertificates } from "./certificates.ts";
import { ensureEncryption } from "./encryption.ts";
import { KUBERNETES_BINARIES, KUBERNETES_PORTS, kubernetesServices } from "./kubernetes.ts";
import { writeKubeconfig } from "./kubeconfig.ts";
import { ensureManifests } from "./manifests.ts";
import { ROLLOUTS_BINARIES, ROLLOUTS_PORTS, rolloutsServices } from "./rollouts.ts";

export { argoCdFolders } from "./argocd.ts";
export { ARGOCD_NAMESPACE, CONTEXT } from "./kubeconfig.ts";

/** Programs built from Go modules that the cluster runs. */
export const CLUSTER_BINARIES = [...KUBERNETES_BINARIES, ...ARGOCD_BINARIES, ...ROLLOUTS_BINARIES] as const;
export const CLUSTER_PORTS = [...KUBERNETES_PORTS, ...ARGOCD_PORTS, ...ROLLOUTS_PORTS] as const;

export interface ClusterOptions {
  /** Absolute. */
  readonly stateDir: string;
  /** Folder for what can be made again. */
  readonly cacheDir: string;
  readonly binaries: Readonly<Record<(typeof CLUSTER_BINARIES)[number], string>>;
  /** Path of redis-server. */
  readonly redis: string;
  readonly ports: Readonly<Record<(typeof CLUSTER_PORTS)[number], number>>;
  /** A service among whose URLs one answers the public key that commits are signed with. Absent: no key is known. */
  readonly signingKey?: { readonly service: string; readonly url: string };
  readonly report: (text: string) => void;
}

export interface Cluster {
  readonly services: readonly Service[];
  readonly kubeconfig: string;
  /** Where the services' programs are, for PATH. */
  readonly binDir: string;
  /** Holds one file for each key that commits may be signed with, named by the key's id. */
  readonly signingKeysDir: string;
}

export const kubeconfigPath = (stateDir: string) => join(stateDir, "cluster", "kubeconfig");

/** Prepares certificates, kubeconfig and folders in the state folder, and says what to run. Starts nothing. */
export async function prepareCluster(options: ClusterOptions): Promise<Cluster> {
  const { stateDir, binaries, ports } = options;
  const manifests = await ensureManifests(options.cacheDir, options.report);
  const certificates = await ensureCertificates(join(stateDir, "cluster", "pki"));
  const kubeconfig = kubeconfigPath(stateDir);
  writeKubeconfig(kubeconfig, ports["kube-apiserver"], certificates);
  const folders = argoCdFolders(stateDir);
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
  chmodSync(folders.gnupg, 0o700);
  const binDir = ensureBinDir(stateDir, binaries);

  const environment = { PATH: `${binDir}:${process.env["PATH"] ?? ""}`, LANG: "C.UTF-8", TZ: "UTC" };
  const common = { stateDir, ports, kubeconfig, environment };
  const once = { cwd: stateDir, ready: { kind: "completed" }, stop: { signal: "SIGTERM", graceSeconds: 2 }, restart: "never" } as const;
  const program = (file: string, ...args: string[]) => ({
    command: process.execPath,
    args: ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, file), binaries.kubectl, kubeconfig, ...args],
    env: { ...environment, HOME: join(stateDir, "cluster") },
  });
  const setup: Service[] = [
    {
      ...once,
      ...program("objects-service.ts", manifests.argoCdDefinitions, manifests.rolloutsDefinitions),
      name: OBJECTS_SERVICE,
      dependsOn: ["kube-apiserver"],
    },
  ];
  if (options.signingKey) {
    const { service, url } = options.signingKey;
    const keys = program("signing-keys-service.ts", folders.gpgKeys, url);
    setup.push({ ...once, ...keys, name: "signing-keys", dependsOn: [OBJECTS_SERVICE, service] });
  }
  return {
    services: [
      ...kubernetesServices({
        ...common,
        binaries,
        certificates,
        encryption: ensureEncryption(join(stateDir, "cluster", "pki")),
        kwokStages: [manifests.kwokStages, join(import.meta.dirname, "failing-pods.yaml")],
      }),
      ...setup,
      ...argoCdServices({ ...common, argocd: binaries.argocd, redis: options.redis }),
      ...rolloutsServices({ ...common, controller: binaries["rollouts-controller"], certificates }),
    ],
    kubeconfig,
    binDir,
    signingKeysDir: folders.gpgKeys,
  };
}

/** Links to the programs, and the scripts that repo-server runs from its PATH. */
function ensureBinDir(stateDir: string, binaries: ClusterOptions["binaries"]): string {
  const folder = join(stateDir, "bin");
  mkdirSync(folder, { recursive: true });
  for (const name of CLUSTER_BINARIES) {
    const link = join(folder, name);
    if (linkTarget(link) === binaries[name]) continue;
    rmSync(link, { force: true });
    symlinkSync(binaries[name], link);
  }
  for (const script of ["git-verify-wrapper.sh", "gpg-wrapper.sh"]) {
    copyFileSync(join(import.meta.dirname, script), join(folder, script));
    chmodSync(join(folder, script), 0o755);
  }
  return folder;
}

function linkTarget(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return existsSync(link) ? "" : undefined;
  }
}
