/**
 * What a stack before production may do in a cluster that it shares with production: the rights that its own tiers need, and nothing else.
 *
 * Two things together do it. Roles name each object, since Kubernetes' rights end at a name. And because a right over an Application is a
 * right over all that stands in it, admission policies hold its content: a project, a namespace, a repository of the stack's own.
 */
import { refuse } from "../model/fault.ts";
import type { StackShare } from "../model/ownership.ts";
import type { GitOpsTarget, System } from "../model/system.ts";
import { argocdTarget } from "../model/target.ts";
import { accessName, namespaceRoleName, pullSecretName, repositorySecretName, serviceAccountUser } from "./argocd-names.ts";
import { admissionPolicies } from "./stack-policies.ts";

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Readonly<Record<string, string>> };
  readonly [field: string]: unknown;
}

export interface StackAccessOptions {
  readonly argocdNamespace: string;
  /** A user of the cluster who gets the rights. @default the stack's ServiceAccount, which is then among the objects */
  readonly user?: string;
  /** Address that Argo CD clones a system's repository from. */
  readonly repositoryUrl: (system: System) => string;
}

/** An Application that a stack owns. */
export interface OwnApplication {
  readonly target: GitOpsTarget;
  readonly repositoryUrl: string;
}

type Rule = Readonly<Record<"apiGroups" | "resources" | "verbs", readonly string[]>> & { readonly resourceNames: readonly string[] };

/** What Pulumi does with an object that it manages. A list or a watch is of the one object, when its deletion is waited for. */
const manage = ["create", "delete", "get", "list", "patch", "update", "watch"] as const;
const rbac = "rbac.authorization.k8s.io";

/**
 * The objects that give a stack its rights, in the order in which they are applied: the policies hold before the first right is there.
 *
 * @param share The stack, which must not be the foundation.
 * @throws FaultsError when the stack is the foundation, or its name can be no object's.
 */
export function stackAccess(
  systems: readonly System[],
  share: StackShare,
  { argocdNamespace, repositoryUrl, user = serviceAccountUser(share.stack, argocdNamespace) }: StackAccessOptions,
): readonly KubernetesObject[] {
  judge(share);
  const { stack } = share;
  const name = accessName(stack);
  const accountUser = serviceAccountUser(stack, argocdNamespace);
  const account: KubernetesObject = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace: argocdNamespace } };
  const own = ownApplications(systems, share, repositoryUrl);
  const subjects = [{ kind: "User", apiGroup: rbac, name: user }];
  const apiVersion = `${rbac}/v1`;
  const bound = (kind: "Role" | "ClusterRole", rules: readonly Rule[]): KubernetesObject[] => {
    const metadata = kind === "Role" ? { name, namespace: argocdNamespace } : { name };
    return [
      // A rule without names would be one for all names. A role without rules takes away what the stack had before.
      { apiVersion, kind, metadata, rules: rules.filter(({ resourceNames }) => resourceNames.length > 0) },
      { apiVersion, kind: `${kind}Binding`, metadata, roleRef: { apiGroup: rbac, kind, name }, subjects },
    ];
  };
  return [
    ...(user === accountUser ? [account] : []),
    ...admissionPolicies(own, { stack, user, argocdNamespace }),
    { apiVersion, kind: "ClusterRole", metadata: { name: namespaceRoleName(stack) }, rules: inNamespace },
    ...bound("ClusterRole", ofCluster(stack, own)),
    ...bound("Role", inArgoCd(own)),
  ];
}

/** What Argo CD clones a system's repository from: what it puts before, and who owns instead of the declared owner. */
export const repositoryUrls =
  (base: string, owners: Readonly<Record<string, string>> = {}) =>
  ({ repository: { owner, name } }: System): string =>
    `${base}/${owners[owner.login] ?? owner.login}/${name}.git`;

/** The Applications of the tiers that a stack owns. */
export function ownApplications(
  systems: readonly System[],
  share: Pick<StackShare, "tiers">,
  repositoryUrl: (system: System) => string,
): OwnApplication[] {
  return systems.flatMap((system) =>
    system.tiers.flatMap((tier) => {
      const target = argocdTarget(tier.target);
      const owns = share.tiers[system.name]?.includes(tier.name) === true;
      return owns && target !== undefined ? [{ target, repositoryUrl: repositoryUrl(system) }] : [];
    }),
  );
}

/** The namespaces themselves, and taking the rights of {@link inNamespace} in them: a namespace that is made anew has no RoleBinding. */
function ofCluster(stack: string, own: readonly OwnApplication[]): Rule[] {
  const binding = namespaceRoleName(stack);
  if (own.length === 0) return [];
  return [
    { apiGroups: [""], resources: ["namespaces"], resourceNames: own.map(({ target }) => target.namespace), verbs: manage },
    { apiGroups: [rbac], resources: ["rolebindings"], resourceNames: [binding], verbs: manage },
    { apiGroups: [rbac], resources: ["clusterroles"], resourceNames: [binding], verbs: ["bind"] },
  ];
}

const inNamespace: readonly Rule[] = [{ apiGroups: [""], resources: ["secrets"], resourceNames: [pullSecretName], verbs: manage }];

function inArgoCd(own: readonly OwnApplication[]): Rule[] {
  const names = own.map(({ target }) => target.application);
  return [
    { apiGroups: ["argoproj.io"], resources: ["applications", "appprojects"], resourceNames: names, verbs: manage },
    { apiGroups: [""], resources: ["secrets"], resourceNames: names.map(repositorySecretName), verbs: manage },
  ];
}

function judge({ stack, foundation }: StackShare): void {
  if (stack === foundation) {
    const rule = "is the foundation: it owns production, and what it may do in the cluster is not held to less";
    refuse(`The rights of stack ${stack}`, [{ path: "stack", value: stack, rule, fix: "name a stack before production" }]);
  }
  if (!/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/.test(stack)) {
    const rule = "must be at most 32 lower-case letters, digits and hyphens, to be a part of names in Kubernetes";
    refuse(`The rights of stack ${stack}`, [
      { path: "stack", value: stack, rule, fix: "rename the stack, or give it a cluster of its own" },
    ]);
  }
}
