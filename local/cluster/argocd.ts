/** Argo CD as services: redis and the five roles of its one program. */
import { join } from "node:path";
import type { Service } from "../supervisor/index.ts";
import { socketFolder } from "../short-paths.ts";
import { ARGOCD_NAMESPACE } from "./kubeconfig.ts";

export const ARGOCD_PORTS = [
  "redis",
  "argocd-repo-server",
  "argocd-repo-server-metrics",
  "argocd-application-controller-metrics",
  "argocd-applicationset-controller-metrics",
  "argocd-applicationset-controller-probe",
  "argocd-applicationset-controller-webhook",
  "argocd-notifications-controller-metrics",
  "argocd-server",
  "argocd-server-metrics",
] as const;
export const ARGOCD_BINARIES = ["argocd", "kustomize"] as const;

/** Seconds between two looks of Argo CD at git. A real installation asks every two minutes and is told by webhooks. */
const RESYNC_SECONDS = 10;

/** Names of the services that make the cluster's first objects; see `setup.ts`. */
export const OBJECTS_SERVICE = "cluster-objects";

export interface ArgoCdOptions {
  readonly stateDir: string;
  /** Path of the `argocd` program. */
  readonly argocd: string;
  readonly redis: string;
  readonly ports: Readonly<Record<(typeof ARGOCD_PORTS)[number], number>>;
  readonly kubeconfig: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Where files lie that Argo CD's programs find in mounted volumes in a real installation. They exist. */
export function argoCdFolders(stateDir: string) {
  const home = join(stateDir, "cluster", "argocd");
  return {
    tls: join(home, "tls"),
    ssh: join(home, "ssh"),
    /** Public keys, one file each; repo-server watches it. */
    gpgKeys: join(home, "gpg-keys"),
    temporary: join(home, "tmp"),
    gnupg: socketFolder(stateDir, "cluster/argocd/gnupg"),
    /** Where git asks repo-server for credentials. */
    askPass: socketFolder(stateDir, "cluster/argocd/ask-pass"),
    plugins: socketFolder(stateDir, "cluster/argocd/plugins"),
  };
}

export function argoCdServices(options: ArgoCdOptions): Service[] {
  const { stateDir, argocd, redis, ports, kubeconfig, environment } = options;
  const folders = argoCdFolders(stateDir);
  const redisAddress = `127.0.0.1:${ports.redis}`;
  const repoServer = `127.0.0.1:${ports["argocd-repo-server"]}`;
  const cwd = join(stateDir, "cluster", "argocd");
  const common = { cwd, restart: "on-failure", stop: { signal: "SIGTERM", graceSeconds: 3 } } as const;
  const role = (binaryName: string, limitMiB: number) => ({
    command: argocd,
    env: {
      ...environment,
      KUBECONFIG: kubeconfig,
      HOME: cwd,
      TMPDIR: folders.temporary,
      HOSTNAME: "gatehouse-0",
      GOGC: "50",
      GOMEMLIMIT: `${limitMiB}MiB`,
      ARGOCD_BINARY_NAME: binaryName,
      ARGOCD_FAKE_IN_CLUSTER: "true",
      ARGOCD_TLS_DATA_PATH: folders.tls,
      ARGOCD_SSH_DATA_PATH: folders.ssh,
      ARGOCD_GNUPGHOME: folders.gnupg,
      ARGOCD_GPG_DATA_PATH: folders.gpgKeys,
      ARGOCD_GPG_ENABLED: "true",
      ARGOCD_PLUGINSOCKFILEPATH: folders.plugins,
      // The default is one path for the whole machine: two checkouts would take each other's credentials for git away.
      ARGOCD_ASK_PASS_SOCK: join(folders.askPass, "socket"),
    },
  });
  const health = (port: number, path = "/healthz") => ({ kind: "http", url: `http://127.0.0.1:${port}${path}` }) as const;
  const quiet = ["--loglevel", "warn", "--logformat", "text"];
  return [
    {
      ...common,
      name: "redis",
      command: redis,
      args: ["--save", "", "--appendonly", "no", "--bind", "127.0.0.1", "--port", String(ports.redis), "--maxmemory", "64mb"],
      env: environment,
      ready: { kind: "tcp", host: "127.0.0.1", port: ports.redis },
      dependsOn: [],
      port: ports.redis,
    },
    {
      ...common,
      ...role("argocd-repo-server", 192),
      name: "argocd-repo-server",
      command: "/bin/sh",
      args: [
        join(import.meta.dirname, "repo-server.sh"),
        argocd,
        ...quiet,
        ...["--address", "127.0.0.1", "--port", String(ports["argocd-repo-server"])],
        ...["--metrics-address", "127.0.0.1", "--metrics-port", String(ports["argocd-repo-server-metrics"])],
        ...["--redis", redisAddress, "--parallelismlimit", "4"],
        // How long a branch is taken to be at the commit where it was seen last: else a push is deployed minutes later.
        ...["--revision-cache-expiration", `${RESYNC_SECONDS / 2}s`],
      ],
      ready: health(ports["argocd-repo-server-metrics"]),
      dependsOn: ["redis"],
      port: ports["argocd-repo-server"],
    },
    {
      ...common,
      ...role("argocd-application-controller", 256),
      name: "argocd-application-controller",
      args: [
        ...quiet,
        ...["--namespace", ARGOCD_NAMESPACE, "--redis", redisAddress, "--repo-server", repoServer],
        ...["--app-resync", String(RESYNC_SECONDS), "--app-resync-jitter", "0"],
        ...["--metrics-port", String(ports["argocd-application-controller-metrics"])],
      ],
      ready: health(ports["argocd-application-controller-metrics"]),
      dependsOn: [OBJECTS_SERVICE, "redis", "argocd-repo-server"],
      port: ports["argocd-application-controller-metrics"],
    },
    {
      ...common,
      ...role("argocd-applicationset-controller", 96),
      name: "argocd-applicationset-controller",
      args: [
        ...quiet,
        ...["--namespace", ARGOCD_NAMESPACE, "--argocd-repo-server", repoServer],
        ...["--metrics-addr", `127.0.0.1:${ports["argocd-applicationset-controller-metrics"]}`],
        ...["--probe-addr", `127.0.0.1:${ports["argocd-applicationset-controller-probe"]}`],
        ...["--webhook-addr", `127.0.0.1:${ports["argocd-applicationset-controller-webhook"]}`],
      ],
      // Its probe address answers 404: no check is registered there.
      ready: health(ports["argocd-applicationset-controller-metrics"], "/metrics"),
      // argocd-server makes the key that it wants for its webhook.
      dependsOn: [OBJECTS_SERVICE, "argocd-repo-server", "argocd-server"],
      port: ports["argocd-applicationset-controller-webhook"],
    },
    {
      ...common,
      ...role("argocd-notifications", 96),
      name: "argocd-notifications-controller",
      args: [
        ...quiet,
        ...["--namespace", ARGOCD_NAMESPACE, "--argocd-repo-server", repoServer],
        ...["--metrics-port", String(ports["argocd-notifications-controller-metrics"])],
      ],
      ready: health(ports["argocd-notifications-controller-metrics"], "/metrics"),
      dependsOn: [OBJECTS_SERVICE, "argocd-repo-server"],
      port: ports["argocd-notifications-controller-metrics"],
    },
    {
      ...common,
      ...role("argocd-server", 160),
      name: "argocd-server",
      args: [
        ...quiet,
        ...["--namespace", ARGOCD_NAMESPACE, "--redis", redisAddress, "--repo-server", repoServer],
        ...["--address", "127.0.0.1", "--port", String(ports["argocd-server"])],
        ...["--metrics-address", "127.0.0.1", "--metrics-port", String(ports["argocd-server-metrics"])],
        ...["--insecure", "--disable-auth=true"],
      ],
      ready: health(ports["argocd-server"]),
      dependsOn: [OBJECTS_SERVICE, "redis", "argocd-repo-server"],
      port: ports["argocd-server"],
    },
  ];
}
