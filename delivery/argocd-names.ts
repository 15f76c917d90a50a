/** Names that what a stack declares in its cluster, and the rights that it gets there, must agree on. */

/** Name of the pull secret in every namespace; overlays refer to it. */
export const pullSecretName = "ghcr-pull";
/** The cluster that Argo CD runs in, as Argo CD calls it. */
export const inCluster = "https://kubernetes.default.svc";

/** The Secret that Argo CD clones an Application's repository with. */
export const repositorySecretName = (application: string): string => `repository-${application}`;

/** ServiceAccount, ClusterRole and policies of a stack. */
export const accessName = (stack: string): string => `gatehouse-${stack}`;

/** The ClusterRole that a stack may bind in its own namespaces, and its RoleBinding there: all that it needs in a namespace. */
export const namespaceRoleName = (stack: string): string => `${accessName(stack)}-namespace`;

/** The user that a ServiceAccount of a stack is to the API server. */
export const serviceAccountUser = (stack: string, argocdNamespace: string): string =>
  `system:serviceaccount:${argocdNamespace}:${accessName(stack)}`;
