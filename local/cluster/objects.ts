/** What is in the cluster before anything is declared: Argo CD's settings, its locked default project, and the node that pods run on. */
import { ARGOCD_NAMESPACE, ROLLOUTS_NAMESPACE } from "./kubeconfig.ts";

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** Kinds that change all the time and that nobody deploys from git; Argo CD's own defaults, for the groups that are here. */
const EXCLUSIONS = [
  { apiGroups: ["", "discovery.k8s.io"], kinds: ["Endpoints", "EndpointSlice"] },
  { apiGroups: ["coordination.k8s.io"], kinds: ["Lease"] },
  {
    apiGroups: ["authentication.k8s.io", "authorization.k8s.io"],
    kinds: [
      "SelfSubjectReview",
      "TokenReview",
      "LocalSubjectAccessReview",
      "SelfSubjectAccessReview",
      "SelfSubjectRulesReview",
      "SubjectAccessReview",
    ],
  },
  { apiGroups: ["certificates.k8s.io"], kinds: ["CertificateSigningRequest"] },
];

const metadata = (name: string, part = name) => ({
  name,
  namespace: ARGOCD_NAMESPACE,
  labels: { "app.kubernetes.io/name": part, "app.kubernetes.io/part-of": "argocd" },
});

const configMap = (name: string, data: Readonly<Record<string, string>> = {}): KubernetesObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: metadata(name),
  data,
});

export const namespace: KubernetesObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: ARGOCD_NAMESPACE } };

/** Objects of kinds that every cluster knows. */
export const settings: readonly KubernetesObject[] = [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: ROLLOUTS_NAMESPACE } },
  configMap("argocd-cm", {
    "application.resourceTrackingMethod": "annotation",
    "resource.exclusions": JSON.stringify(EXCLUSIONS),
    "timeout.reconciliation": "10s",
    "exec.enabled": "false",
  }),
  configMap("argocd-cmd-params-cm"),
  configMap("argocd-rbac-cm"),
  configMap("argocd-notifications-cm"),
  configMap("argocd-tls-certs-cm"),
  configMap("argocd-ssh-known-hosts-cm", { ssh_known_hosts: "" }),
  { apiVersion: "v1", kind: "Secret", metadata: metadata("argocd-secret"), type: "Opaque" },
  { apiVersion: "v1", kind: "Secret", metadata: metadata("argocd-notifications-secret"), type: "Opaque" },
  {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: "gatehouse-node",
      annotations: { "kwok.x-k8s.io/node": "fake", "node.alpha.kubernetes.io/ttl": "0" },
      labels: {
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/os": "linux",
        "kubernetes.io/hostname": "gatehouse-node",
        type: "kwok",
      },
    },
  },
];

/** Objects of Argo CD's own kinds. */
export const argoCdObjects: readonly KubernetesObject[] = [
  {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name: "default", namespace: ARGOCD_NAMESPACE },
    // Argo CD makes a default project that allows everything unless there is one. This one allows nothing.
    spec: { description: "Allows nothing: every Application has a project of its own.", sourceRepos: [], destinations: [] },
  },
];

/** The public keys that repo-server may verify commits with: key id → armoured key. */
export const signingKeys = (keys: Readonly<Record<string, string>>): KubernetesObject => configMap("argocd-gpg-keys-cm", keys);
