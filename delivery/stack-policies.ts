/**
 * Admission policies (CEL, Kubernetes 1.30) that hold what one user writes to what its stack owns. They are asked for this user's requests
 * only, and an error in one refuses the request.
 */
import { accessName, inCluster, namespaceRoleName, pullSecretName, repositorySecretName } from "./argocd-names.ts";
import type { KubernetesObject, OwnApplication } from "./stack-access.ts";

interface Holder {
  readonly stack: string;
  readonly user: string;
  readonly argocdNamespace: string;
}

interface Validation {
  readonly expression: string;
  readonly message: string;
}

interface Subject {
  /** Plural, without its group. */
  readonly resource: string;
  readonly group: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly validations: readonly Validation[];
}

const admission = "admissionregistration.k8s.io";

/** A policy and its binding for each kind that the stack may write. */
export function admissionPolicies(own: readonly OwnApplication[], holder: Holder): KubernetesObject[] {
  const { argocdNamespace } = holder;
  const subjects = [
    applications(own, argocdNamespace),
    projects(own, argocdNamespace),
    namespaces(own),
    secrets(own, argocdNamespace),
    bindings(own, holder),
  ];
  return subjects.flatMap((subject) => policy(subject, holder));
}

function policy({ resource, group, variables, validations }: Subject, { stack, user }: Holder): KubernetesObject[] {
  const name = `${accessName(stack)}-${resource}`;
  const apiVersion = `${admission}/v1`;
  return [
    {
      apiVersion,
      kind: "ValidatingAdmissionPolicy",
      metadata: { name },
      spec: {
        failurePolicy: "Fail",
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: [group],
              apiVersions: ["*"],
              operations: ["CREATE", "UPDATE"],
              resources: [resource, `${resource}/*`],
              scope: "*",
            },
          ],
        },
        matchConditions: [{ name: "user", expression: `request.userInfo.username == ${text(user)}` }],
        variables: Object.entries(variables).map(([variable, expression]) => ({ name: variable, expression })),
        validations: validations.map(({ expression, message }) => ({
          expression,
          message: `stack ${stack} may not do this: ${message}`,
          reason: "Forbidden",
        })),
      },
    },
    {
      apiVersion,
      kind: "ValidatingAdmissionPolicyBinding",
      metadata: { name },
      spec: { policyName: name, validationActions: ["Deny"] },
    },
  ];
}

/** JSON is a subset of CEL's literals. */
const text = (value: unknown): string => JSON.stringify(value);

const byApplication = (own: readonly OwnApplication[], value: (application: OwnApplication) => unknown): string =>
  text(Object.fromEntries(own.map((application) => [application.target.application, value(application)])));

const mapOf = (object: string, field: "labels" | "annotations"): string =>
  `(${object} != null && has(${object}.metadata.${field}) ? ${object}.metadata.${field} : {})`;

/** Labels say which selectors of an administrator's find an object. One that is made has none but what the API server sets. */
const labelsUnchanged =
  `oldObject == null ? ${mapOf("object", "labels")}.all(k, k == "kubernetes.io/metadata.name") : ` +
  `${mapOf("object", "labels")} == ${mapOf("oldObject", "labels")}`;

const isOwn = "object.metadata.name in variables.namespaces";
/** Guards what looks the object up by its name. */
const ofOwn = (expression: string): string => `${isOwn} && ${expression}`;

const places = (own: readonly OwnApplication[]): Record<string, string> => ({
  namespaces: byApplication(own, ({ target }) => target.namespace),
  repositories: byApplication(own, ({ repositoryUrl }) => repositoryUrl),
});

/** A destination may name its cluster by `name` too, and Argo CD then takes that. */
const ownDestination = (destination: string): string =>
  `has(${destination}.server) && ${destination}.server == ${text(inCluster)} && !has(${destination}.name) && ` +
  `has(${destination}.namespace) && ${destination}.namespace == variables.namespaces[object.metadata.name]`;

function applications(own: readonly OwnApplication[], argocdNamespace: string): Subject {
  // The CustomResourceDefinition has no subresource `status`: who writes the object writes all of it.
  const unchanged = (field: string): string =>
    `(has(object.${field}) ? object.${field} : null) == (oldObject != null && has(oldObject.${field}) ? oldObject.${field} : null)`;
  const sync = "object.operation.sync";
  return {
    group: "argoproj.io",
    resource: "applications",
    variables: places(own),
    validations: [
      { expression: `object.metadata.namespace == ${text(argocdNamespace)} && ${isOwn}`, message: "it owns no Application of this name" },
      {
        expression: "has(object.spec.project) && object.spec.project == object.metadata.name",
        message: "an Application belongs to the AppProject of its own name",
      },
      {
        expression: ofOwn(`has(object.spec.destination) && ${ownDestination("object.spec.destination")}`),
        message: "an Application deploys into its own namespace of the cluster that Argo CD runs in, named by server",
      },
      {
        expression: ofOwn("has(object.spec.source) && object.spec.source.repoURL == variables.repositories[object.metadata.name]"),
        message: "an Application is read from its system's repository",
      },
      {
        expression: "!has(object.spec.sources) && !has(object.spec.sourceHydrator)",
        message: "an Application has one source, and no hydrator, which pushes",
      },
      {
        expression: ["plugin", "helm", "directory", "chart", "ref"].map((field) => `!has(object.spec.source.${field})`).join(" && "),
        message: "an Application is a Kustomize overlay: no plugin and no other tool runs for it beside those of all others",
      },
      {
        // Argo CD would set what the policy of namespaces leaves to an administrator.
        expression: "!has(object.spec.syncPolicy) || !has(object.spec.syncPolicy.managedNamespaceMetadata)",
        message: "an Application sets no labels of its namespace",
      },
      {
        expression: `!has(object.operation) || ${unchanged("operation")} || (has(${sync}) && !has(${sync}.source) && !has(${sync}.sources) && !has(${sync}.manifests))`,
        message: "an operation syncs what the Application names, and nothing else",
      },
      { expression: unchanged("status"), message: "the status is Argo CD's" },
    ],
  };
}

function projects(own: readonly OwnApplication[], argocdNamespace: string): Subject {
  const none = (field: string): string => `(!has(object.spec.${field}) || size(object.spec.${field}) == 0)`;
  const kinds = "object.spec.namespaceResourceWhitelist";
  return {
    group: "argoproj.io",
    resource: "appprojects",
    variables: { ...places(own), kinds: byApplication(own, ({ target }) => target.kinds) },
    validations: [
      { expression: `object.metadata.namespace == ${text(argocdNamespace)} && ${isOwn}`, message: "it owns no AppProject of this name" },
      {
        expression: ofOwn(`(!has(object.spec.destinations) || object.spec.destinations.all(d, ${ownDestination("d")}))`),
        message: "an AppProject allows its own namespace of the cluster that Argo CD runs in, and no other",
      },
      {
        expression: ofOwn(
          "(!has(object.spec.sourceRepos) || object.spec.sourceRepos.all(r, r == variables.repositories[object.metadata.name]))",
        ),
        message: "an AppProject allows its system's repository, and no other",
      },
      { expression: none("clusterResourceWhitelist"), message: "an AppProject allows nothing of the cluster" },
      {
        // Without a list Argo CD allows every kind.
        expression: ofOwn(
          `has(${kinds}) && size(${kinds}) > 0 && ${kinds}.all(k, (k.group + "/" + k.kind) in variables.kinds[object.metadata.name])`,
        ),
        message: "an AppProject allows the kinds that the system declares, and no other",
      },
      // Global projects of Argo CD's give their permissions to those that a selector finds.
      { expression: labelsUnchanged, message: "labels of an AppProject are set by an administrator" },
      { expression: none("sourceNamespaces"), message: "an AppProject takes Applications of Argo CD's own namespace only" },
      {
        expression: `${none("roles")} && ${none("destinationServiceAccounts")}`,
        message: "an AppProject gives nobody a role in Argo CD, and names no ServiceAccount to deploy as",
      },
    ],
  };
}

/** Labels decide what pod security, network policies and quotas hold a namespace to, annotations on which nodes its pods run. */
function namespaces(own: readonly OwnApplication[]): Subject {
  const kept = (one: string, other: string): string =>
    `${mapOf(one, "annotations")}.all(k, k.startsWith("pulumi.com/") || ` +
    `(k in ${mapOf(other, "annotations")} && ${mapOf(one, "annotations")}[k] == ${mapOf(other, "annotations")}[k]))`;
  return {
    group: "",
    resource: "namespaces",
    variables: { own: text(own.map(({ target }) => target.namespace)) },
    validations: [
      { expression: "object.metadata.name in variables.own", message: "it owns no namespace of this name" },
      { expression: labelsUnchanged, message: "labels of a namespace are set by an administrator" },
      {
        expression: `${kept("object", "oldObject")} && ${kept("oldObject", "object")}`,
        message: "annotations of a namespace, but Pulumi's, are set by an administrator",
      },
    ],
  };
}

/** A Secret's type can make it a ServiceAccount's token, and its labels credentials of a cluster or of all repositories. */
function secrets(own: readonly OwnApplication[], argocdNamespace: string): Subject {
  const base64 = (value: string): string => Buffer.from(value).toString("base64");
  const named = (value: (application: OwnApplication) => string): string =>
    text(Object.fromEntries(own.map((one) => [repositorySecretName(one.target.application), base64(value(one))])));
  const inArgoCd = `object.metadata.namespace == ${text(argocdNamespace)}`;
  const pull = `(object.metadata.namespace in variables.own && object.metadata.name == ${text(pullSecretName)})`;
  const repository = `(${inArgoCd} && object.metadata.name in variables.projects)`;
  return {
    group: "",
    resource: "secrets",
    variables: {
      own: text(own.map(({ target }) => target.namespace)),
      projects: named(({ target }) => target.application),
      repositories: named(({ repositoryUrl }) => repositoryUrl),
    },
    validations: [
      { expression: `${pull} || ${repository}`, message: "it owns no Secret of this name here" },
      {
        expression: `object.type == (${inArgoCd} ? "Opaque" : "kubernetes.io/dockerconfigjson")`,
        message: "a repository's Secret is Opaque, a pull secret of type kubernetes.io/dockerconfigjson",
      },
      {
        expression: `!(${inArgoCd}) || (has(object.metadata.labels) && object.metadata.labels == {"argocd.argoproj.io/secret-type": "repository"})`,
        message: "a Secret in Argo CD's namespace is a repository's, by its label argocd.argoproj.io/secret-type and no other",
      },
      {
        expression:
          `!(${inArgoCd}) || (object.metadata.name in variables.projects && has(object.data) && ` +
          'object.data.all(k, k in ["type", "url", "project", "username", "password"]) && ' +
          '"project" in object.data && object.data["project"] == variables.projects[object.metadata.name] && ' +
          '"url" in object.data && object.data["url"] == variables.repositories[object.metadata.name])',
        message: "a repository's Secret is for the system's repository and the AppProject of its Application, with user name and password",
      },
    ],
  };
}

/** What may be bound is held by the verb `bind`; where and to whom, only here. */
function bindings(own: readonly OwnApplication[], { stack, user }: Holder): Subject {
  const role = text(namespaceRoleName(stack));
  return {
    group: "rbac.authorization.k8s.io",
    resource: "rolebindings",
    variables: { own: text(own.map(({ target }) => target.namespace)) },
    validations: [
      {
        expression: `object.metadata.namespace in variables.own && object.metadata.name == ${role}`,
        message: "it binds its role in its own namespaces",
      },
      {
        expression:
          `object.roleRef.kind == "ClusterRole" && object.roleRef.name == ${role} && has(object.subjects) && ` +
          `object.subjects.all(s, s.kind == "User" && s.name == ${text(user)})`,
        message: "it binds its own role, to itself",
      },
    ],
  };
}
