/** How far an AppProject of Argo CD goes. */
import { kubernetes, type Declaration, type Stack } from "./declaration.ts";
import { at, listAt, textAt } from "./fields.ts";
import type { Parameter, ResourceRule, StackRule } from "./rule.ts";

const projects = [kubernetes("argoproj.io/v1alpha1", "AppProject")];
const strings = (description: string, ...values: readonly string[]): Parameter => ({
  type: "array",
  description,
  default: values,
  items: { type: "string" },
});
const has = (list: unknown, text: string): boolean => Array.isArray(list) && list.includes(text);

/** Whether it is production's: its component says so, or its name does. */
function isProduction(resource: Declaration, stack: Stack, names: unknown): boolean {
  return stack.parentOf(resource)?.flag("production") === true || new RegExp(String(names), "i").test(resource.text("metadata.name") ?? "");
}
const production: Readonly<Record<string, Parameter>> = {
  names: {
    type: "string",
    description: "Regular expression of the names of production's projects and applications.",
    default: "(^|[-_])(prod|production|live)$",
  },
};

export const projectRules: readonly (ResourceRule | StackRule)[] = [
  {
    id: "project-kinds-named",
    kind: "resource",
    types: projects,
    title: "A project makes objects of named kinds only",
    why: "Without a list every kind is allowed, also a Role, a Secret, and what somebody installs tomorrow.",
    severity: "high",
    standards: {},
    fix: "Name group and kind of each of `spec.namespaceResourceWhitelist`.",
    *judge(project) {
      const path = "spec.namespaceResourceWhitelist";
      if (!project.has(path)) yield { path, message: "every kind is allowed" };
      for (const [index, kind] of project.list(path).entries()) {
        for (const part of ["group", "kind"]) {
          const text = textAt(kind, part);
          if (text === undefined || text.includes("*")) yield { path: `${path}[${index}].${part}`, message: `${part} is not named` };
        }
      }
    },
  },
  {
    id: "project-gives-no-rights",
    kind: "resource",
    types: projects,
    title: "A project makes no objects that give rights, and no secrets",
    why: "Whoever may write the repository gives himself the rest of the namespace, or of the cluster.",
    severity: "high",
    standards: {},
    fix: "Leave the kind out, or list it under `allowed`.",
    config: {
      kinds: strings(
        "Kinds that give rights.",
        ...["Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding", "Secret", "CustomResourceDefinition", "APIService"],
        ...["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "AppProject", "Application", "Namespace"],
      ),
      allowed: strings("Projects that may, by the name of the resource."),
    },
    *judge(project, { kinds, allowed }) {
      if (has(allowed, project.name)) return;
      for (const path of ["spec.namespaceResourceWhitelist", "spec.clusterResourceWhitelist"]) {
        for (const [index, entry] of project.list(path).entries()) {
          const kind = textAt(entry, "kind") ?? "";
          if (has(kinds, kind)) yield { path: `${path}[${index}]`, message: `${kind} gives rights` };
        }
      }
    },
  },
  {
    id: "project-places-named",
    kind: "resource",
    types: projects,
    title: "A project names repositories, clusters and namespaces in full",
    why: "A pattern covers what somebody will make tomorrow, and a part that is left out covers everything.",
    severity: "high",
    standards: {},
    fix: "Write each of `spec.sourceRepos` and `spec.destinations` without `*`, and at least one of each.",
    config: {
      namespaces: strings("Namespaces of the cluster itself.", "kube-system", "kube-public", "kube-node-lease", "argocd", "default"),
    },
    *judge(project, { namespaces }) {
      const sources = project.texts("spec.sourceRepos");
      if (sources.length === 0) yield { path: "spec.sourceRepos", message: "no repository is named" };
      for (const source of sources) if (source.includes("*")) yield { path: "spec.sourceRepos", message: `${source} is a pattern` };
      const destinations = project.list("spec.destinations");
      if (destinations.length === 0) yield { path: "spec.destinations", message: "no place is named" };
      for (const [index, destination] of destinations.entries()) {
        const path = `spec.destinations[${index}]`;
        const namespace = textAt(destination, "namespace");
        const cluster = textAt(destination, "server") ?? textAt(destination, "name");
        if (namespace === undefined || namespace.includes("*")) yield { path, message: "the namespace is not named" };
        else if (has(namespaces, namespace)) yield { path, message: `${namespace} is the cluster's own` };
        if (cluster === undefined || cluster.includes("*")) yield { path, message: "the cluster is not named" };
      }
      for (const namespace of project.texts("spec.sourceNamespaces")) {
        if (namespace.includes("*"))
          yield { path: "spec.sourceNamespaces", message: `Applications of namespaces ${namespace} belong to it` };
      }
    },
  },
  {
    id: "project-orphans-told",
    kind: "resource",
    types: projects,
    title: "A project tells of objects that nobody declared",
    why: "What somebody put into the namespace by hand stays there unseen.",
    severity: "low",
    standards: {},
    fix: "Set `spec.orphanedResources.warn`, and ignore named objects only.",
    *judge(project) {
      const path = "spec.orphanedResources";
      if (!project.has(path) || project.get(`${path}.warn`) === false) yield { path, message: "nobody is told" };
      for (const [index, ignored] of project.list(`${path}.ignore`).entries()) {
        const [kind, name] = [textAt(ignored, "kind"), textAt(ignored, "name")];
        if (kind === undefined || kind.includes("*") || name === undefined || name.includes("*"))
          yield { path: `${path}.ignore[${index}]`, message: "it ignores more than one object" };
      }
    },
  },
  {
    id: "project-production-signed",
    kind: "stack",
    types: projects,
    title: "Production deploys signed commits only",
    why: "A commit that somebody slipped past GitHub, or past its rules, is deployed otherwise.",
    severity: "high",
    standards: { slsa: ["L3 provenance"] },
    fix: "Name keys under `spec.sourceIntegrity` for each repository, or under `spec.signatureKeys`.",
    config: { ...production, keys: strings("Keys that may be named; any where the list is empty.") },
    *judge(project, stack, { names, keys }) {
      if (!isProduction(project, stack, names)) return;
      const legacy = project.list("spec.signatureKeys").map((key) => textAt(key, "keyID") ?? "");
      const policies = project.list("spec.sourceIntegrity.git.policies");
      const binding = policies.filter((policy) => {
        const gpg = at(policy, "gpg");
        return listAt(gpg, "keys").length > 0 && ["head", "strict"].includes(textAt(gpg, "mode") ?? "");
      });
      const covers = (source: string): boolean =>
        binding.some((policy) => listAt(policy, "repos").some((repo) => textAt(repo, "url") === source || textAt(repo, "url") === "*"));
      for (const source of legacy.length > 0 ? [] : project.texts("spec.sourceRepos")) {
        if (!covers(source)) yield { path: "spec.sourceIntegrity", message: `unsigned commits of ${source} are deployed` };
      }
      // A preview may be of a target with keys of its own, such as the services of one machine: the list is about what is committed.
      if (stack.isPart) return;
      const known = [...legacy, ...policies.flatMap((policy) => listAt(at(policy, "gpg"), "keys"))];
      for (const key of Array.isArray(keys) && keys.length > 0 ? known : []) {
        if (typeof key === "string" && !has(keys, key)) yield { path: "spec.sourceIntegrity", message: `key ${key} is not known` };
      }
    },
  },
  {
    id: "project-windows-whole",
    kind: "resource",
    types: projects,
    title: "A window says when, how long, for what, and lets people act",
    why: "A window without a part is refused or covers nothing; one that stops people too stops the rollback.",
    severity: "medium",
    standards: {},
    fix: "Write kind, schedule, duration, `manualSync`, and applications, namespaces or clusters of each window.",
    config: { required: strings("Names of projects that must have one.") },
    *judge(project, { required }) {
      const windows = project.list("spec.syncWindows");
      if (windows.length === 0 && has(required, project.name))
        yield { path: "spec.syncWindows", message: "it may be deployed to at any time" };
      for (const [index, window] of windows.entries()) {
        const path = `spec.syncWindows[${index}]`;
        if (!["allow", "deny"].includes(textAt(window, "kind") ?? ""))
          yield { path: `${path}.kind`, message: "it neither allows nor denies" };
        if (textAt(window, "schedule")?.trim().split(/\s+/u).length !== 5) yield { path: `${path}.schedule`, message: "it is no schedule" };
        if (textAt(window, "schedule")?.trim() === "* * * * *") yield { path: `${path}.schedule`, message: "it is open at every minute" };
        if (!/^\d+[smh]/u.test(textAt(window, "duration") ?? "")) yield { path: `${path}.duration`, message: "it has no length" };
        if (textAt(window, "timeZone") === undefined) yield { path: `${path}.timeZone`, message: "nobody knows whose hours these are" };
        if (["applications", "namespaces", "clusters"].every((part) => listAt(window, part).length === 0))
          yield { path, message: "it is about nothing" };
        if (at(window, "manualSync") !== true) yield { path: `${path}.manualSync`, message: "nobody can roll back outside of it" };
      }
    },
  },
];
