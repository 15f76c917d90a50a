/** How a program reaches the services that it works on, and what it keeps there. */
import { docker, github, kubernetes, UnknownValue, type Declaration } from "./declaration.ts";
import type { ResourceRule, StackRule } from "./rule.ts";

const NAMESPACE = kubernetes("core/v1", "Namespace");
const text = (resource: Declaration, path: string): string => resource.text(path) ?? "";

export const connectionRules: readonly (ResourceRule | StackRule)[] = [
  {
    id: "provider-github-safe",
    kind: "resource",
    types: ["pulumi:providers:github"],
    title: "GitHub is reached over checked TLS, with a token that is kept secret",
    why: "The token may change every gate, and stands in the state and on the wire as it was given.",
    severity: "critical",
    standards: {},
    fix: "Use an https `baseUrl`, leave `insecure` off, and hand `token` over as a secret.",
    config: {
      own: { type: "boolean", description: "Whether a token must be declared, so that none is taken from the shell.", default: false },
    },
    *judge(provider, { own }) {
      // On one's own machine nobody listens in between.
      if (/^http:\/\/(?!127\.0\.0\.1|localhost|\[::1\])/u.test(text(provider, "baseUrl")))
        yield { path: "baseUrl", message: "it is not https" };
      if (["true", true].includes(provider.get("insecure") as string | boolean))
        yield { path: "insecure", message: "the certificate is not checked" };
      if (provider.has("token") && !provider.isSecret("token")) yield { path: "token", message: "the token is no secret" };
      if (own === true && !provider.has("token") && !provider.has("appAuth"))
        yield { path: "token", message: "the token is whichever the shell has, also that of another stack" };
    },
  },
  {
    id: "provider-docker-safe",
    kind: "resource",
    types: ["pulumi:providers:docker"],
    title: "A Docker host is reached over SSH, over TLS, or on the same machine",
    why: "Whoever reaches an open daemon is root on its host.",
    severity: "critical",
    standards: {},
    fix: "Use ssh:// or unix://, or tcp:// with certificates.",
    *judge(provider) {
      const certified = ["certPath", "certMaterial", "caMaterial"].some((path) => provider.has(path));
      if (/^(tcp|http):\/\/(?!127\.0\.0\.1|localhost)/u.test(text(provider, "host")) && !certified)
        yield { path: "host", message: "the daemon is open to the network" };
    },
  },
  {
    id: "secret-in-declared-namespace",
    kind: "stack",
    types: [kubernetes("core/v1", "Secret")],
    title: "A Secret belongs to a namespace that the stack declares, and to no other of its name",
    why: "In another namespace it is read by whoever runs there.",
    severity: "high",
    standards: {},
    fix: "Name the namespace that needs it under `metadata.namespace`.",
    *judge(secret, stack) {
      const namespace = secret.text("metadata.namespace");
      const declared = stack.all(NAMESPACE).map((each) => each.text("metadata.name"));
      if (declared.length === 0) return;
      const isDeclared = namespace !== undefined && declared.includes(namespace);
      if (!isDeclared && stack.isPart) throw new UnknownValue("which namespaces other stacks declare");
      if (!isDeclared) yield { path: "metadata.namespace", message: `namespace ${namespace ?? "default"} is not declared` };
      const same = (other: Declaration): boolean =>
        other !== secret && other.text("metadata.namespace") === namespace && other.text("metadata.name") === secret.text("metadata.name");
      if (stack.all(secret.type).some(same)) yield { path: "metadata.namespace", message: "another Secret of this name is there already" };
    },
  },
  {
    id: "namespace-not-privileged",
    kind: "resource",
    types: [NAMESPACE],
    title: "A namespace does not allow privileged pods",
    why: "A privileged pod is root on its node.",
    severity: "high",
    standards: {},
    fix: 'Set the label pod-security.kubernetes.io/enforce to "baseline" or "restricted".',
    *judge(namespace) {
      const labels = namespace.get("metadata.labels");
      const level =
        typeof labels === "object" && labels !== null
          ? (labels as Record<string, unknown>)["pod-security.kubernetes.io/enforce"]
          : undefined;
      if (level === "privileged") yield { path: "metadata.labels", message: "privileged pods are allowed" };
    },
  },
  {
    id: "application-namespace-declared",
    kind: "stack",
    types: [kubernetes("argoproj.io/v1alpha1", "Application")],
    title: "An Application deploys into a namespace that the stack declares",
    why: "Otherwise somebody made it by hand, with rights and labels that nobody reviewed.",
    severity: "medium",
    standards: {},
    fix: "Declare the Namespace.",
    *judge(application, stack) {
      const declared = stack.all(NAMESPACE).map((each) => each.text("metadata.name"));
      const namespace = application.text("spec.destination.namespace");
      if (namespace !== undefined && !declared.includes(namespace))
        yield { path: "spec.destination.namespace", message: `namespace ${namespace} is not declared` };
    },
  },
  {
    id: "container-memory-limited",
    kind: "resource",
    types: [docker("Container")],
    title: "A container has a limit of memory",
    why: "One that leaks takes every other container of the host down.",
    severity: "low",
    standards: {},
    fix: "Set `memory`, in megabytes.",
    *judge(container) {
      if (container.count("memory") <= 0) yield { path: "memory", message: "it may take all memory" };
    },
  },
  {
    id: "container-no-host-namespaces",
    kind: "resource",
    types: [docker("Container")],
    title: "A container sees no other processes than its own",
    why: "It could read their memory and their environment, secrets included.",
    severity: "high",
    standards: {},
    fix: "Remove `pidMode`, `ipcMode` and `usernsMode`.",
    *judge(container) {
      for (const path of ["pidMode", "ipcMode", "usernsMode"]) {
        if (container.text(path) === "host") yield { path, message: "it shares the host's" };
      }
    },
  },
  {
    id: "container-not-root",
    kind: "resource",
    types: [docker("Container")],
    title: "A container is not told to run as root",
    why: "Root in a container is root on the host as soon as there is one hole.",
    severity: "medium",
    standards: {},
    fix: "Name another `user`, or leave it to the image.",
    *judge(container) {
      if (/^(root|0)(:.*)?$/u.test(container.text("user") ?? "")) yield { path: "user", message: "it runs as root" };
    },
  },
  {
    id: "oidc-subject-scoped",
    kind: "resource",
    types: [
      github("ActionsRepositoryOidcSubjectClaimCustomizationTemplate"),
      github("ActionsOrganizationOidcSubjectClaimCustomizationTemplate"),
    ],
    title: "The subject of an identity says which repository, and which environment or branch",
    why: "A cloud that trusts less than that trusts jobs of every branch, or of every repository.",
    severity: "high",
    standards: {},
    fix: 'Name "repository_id" or "repo", and "context" or "environment", under `includeClaimKeys`.',
    *judge(template) {
      if (template.flag("useDefault")) return;
      const claims = template.texts("includeClaimKeys");
      const some = (...names: readonly string[]): boolean => names.some((name) => claims.includes(name));
      if (!some("repo", "repository_id", "repository")) yield { path: "includeClaimKeys", message: "the subject names no repository" };
      if (!some("context", "environment", "ref", "job_workflow_ref"))
        yield { path: "includeClaimKeys", message: "the subject names neither environment nor branch" };
    },
  },
  {
    id: "oidc-subject-kept",
    kind: "stack",
    types: [github("Repository")],
    title: "What clouds compare of an identity stays as they were told",
    why: "With GitHub's own subject a repository that is made anew under the same name is trusted too.",
    severity: "medium",
    standards: {},
    fix: "Declare the template of the subject, with `useDefault` false.",
    config: {
      repositories: {
        type: "array",
        description: "Names of repositories whose subject is their own.",
        default: [],
        items: { type: "string" },
      },
    },
    *judge(repository, stack, { repositories }) {
      const name = repository.text("name") ?? repository.name;
      if (!(Array.isArray(repositories) && repositories.includes(name))) return;
      const templates = stack.all(github("ActionsRepositoryOidcSubjectClaimCustomizationTemplate"));
      if (!templates.some((each) => each.text("repository") === name && each.get("useDefault") === false && each.has("includeClaimKeys")))
        yield "its subject is GitHub's own";
    },
  },
];
