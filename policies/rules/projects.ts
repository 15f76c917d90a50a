/** How far an AppProject of Argo CD goes, and what an Application does within it. */
import { kubernetes, type Declaration, type Stack } from "./declaration.ts";
import type { Parameter, ResourceRule, StackRule } from "./rule.ts";

const PROJECT = kubernetes("argoproj.io/v1alpha1", "AppProject");
const APPLICATION = kubernetes("argoproj.io/v1alpha1", "Application");
const projects = [PROJECT];
const applications = [APPLICATION];
const at = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
const textAt = (value: unknown, key: string): string | undefined => {
  const found = at(value, key);
  return typeof found === "string" ? found : undefined;
};
const listAt = (value: unknown, key: string): readonly unknown[] => {
  const found = at(value, key);
  return Array.isArray(found) ? found : [];
};
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
const sourcesOf = (application: Declaration): readonly unknown[] => [
  ...(application.has("spec.source") ? [application.get("spec.source")] : []),
  ...application.list("spec.sources"),
];

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
  {
    id: "application-within-project",
    kind: "stack",
    types: applications,
    title: "An Application stays within its project",
    why: "Argo CD refuses to deploy it otherwise, or a project of another tier lets it go where it should not.",
    severity: "critical",
    standards: {},
    fix: "Name a declared AppProject that has its repository and its place.",
    *judge(application, stack) {
      const all = stack.all(PROJECT);
      // Somebody else declares the projects then.
      if (all.length === 0) return;
      const [name, namespace] = [application.text("spec.project"), application.text("metadata.namespace")];
      const project = all.find((each) => each.text("metadata.name") === name && each.text("metadata.namespace") === namespace);
      if (project === undefined) {
        yield { path: "spec.project", message: `there is no project ${name ?? ""} in namespace ${namespace ?? "default"}` };
        return;
      }
      const sources = sourcesOf(application).map((source) => textAt(source, "repoURL") ?? "");
      for (const source of sources) {
        if (!project.texts("spec.sourceRepos").some((allowed) => matches(allowed, source)))
          yield { path: "spec.source.repoURL", message: `${source} is no repository of project ${project.name}` };
      }
      const destination = application.get("spec.destination");
      const allowed = project
        .list("spec.destinations")
        .some((each) => ["server", "namespace"].every((part) => matches(textAt(each, part) ?? "", textAt(destination, part) ?? "")));
      if (!allowed) yield { path: "spec.destination", message: `it is no place of project ${project.name}` };
    },
  },
  {
    id: "application-own-place",
    kind: "stack",
    types: applications,
    title: "Two Applications share neither a namespace nor a folder",
    why: "They take each other's objects away, and what is meant for one tier changes another.",
    severity: "high",
    standards: {},
    fix: "Give each its own namespace, and its own overlay.",
    *judge(application, stack) {
      const places = (each: Declaration): readonly string[] => {
        const server = each.text("spec.destination.server") ?? each.text("spec.destination.name") ?? "";
        return [
          ...(each.has("spec.destination.namespace") ? [`namespace ${each.text("spec.destination.namespace") ?? ""} of ${server}`] : []),
          ...sourcesOf(each).map((source) => `folder ${textAt(source, "path") ?? "."} of ${textAt(source, "repoURL") ?? ""}`),
        ];
      };
      const own = places(application);
      for (const other of stack.all(APPLICATION)) {
        if (other === application) continue;
        for (const place of places(other)) if (own.includes(place)) yield `${other.name} has ${place} too`;
      }
    },
  },
  {
    id: "application-place-named",
    kind: "resource",
    types: applications,
    title: "An Application names its repository, its folder and its place",
    why: "What is left out is the root of a repository, or whichever namespace its objects name.",
    severity: "high",
    standards: {},
    fix: "Write `repoURL` and `path` (or `chart`), and server and namespace of the destination.",
    *judge(application) {
      const sources = sourcesOf(application);
      if (sources.length === 0) yield { path: "spec.source", message: "it has no source" };
      for (const source of sources) {
        if (textAt(source, "repoURL") === undefined) yield { path: "spec.source.repoURL", message: "no repository is named" };
        if (textAt(source, "path") === undefined && textAt(source, "chart") === undefined)
          yield { path: "spec.source.path", message: "the whole repository is deployed" };
      }
      const cluster = application.text("spec.destination.server") ?? application.text("spec.destination.name");
      if (cluster === undefined || cluster === "*") yield { path: "spec.destination", message: "the cluster is not named" };
      const namespace = application.text("spec.destination.namespace");
      if (namespace === undefined || namespace === "*") yield { path: "spec.destination.namespace", message: "the namespace is not named" };
    },
  },
  {
    id: "application-as-in-git",
    kind: "resource",
    types: applications,
    title: "What an Application deploys stands in Git alone",
    why: "An image or a value that the Application sets passed no review, and hides what Git says.",
    severity: "high",
    standards: {},
    fix: "Write it into the overlay, and remove `kustomize`, `helm.parameters`, `helm.values` and `plugin` from the source.",
    *judge(application) {
      for (const source of sourcesOf(application)) {
        for (const part of ["kustomize", "plugin"]) {
          if (at(source, part) !== undefined) yield { path: `spec.source.${part}`, message: "it changes what Git says" };
        }
        for (const part of ["parameters", "values", "valuesObject"]) {
          if (at(at(source, "helm"), part) !== undefined) yield { path: `spec.source.helm.${part}`, message: "it changes what Git says" };
        }
      }
    },
  },
  {
    id: "application-one-source",
    kind: "resource",
    types: applications,
    title: "An Application has one source",
    why: "With `sources` Argo CD ignores `source`, and what is reviewed is not what is deployed.",
    severity: "high",
    standards: {},
    fix: "Remove `spec.source`, or `spec.sources`.",
    *judge(application) {
      if (application.has("spec.source") && application.list("spec.sources").length > 0)
        yield { path: "spec.sources", message: "it has both" };
    },
  },
  {
    id: "application-options-safe",
    kind: "resource",
    types: applications,
    title: "An Application checks what it applies, and takes nothing from another",
    why: "`Validate=false` applies what is no object, `Force` and `Replace` delete what runs, and without `FailOnSharedResource` two tiers fight over an object.",
    severity: "medium",
    standards: {},
    fix: "Remove the option, and write `FailOnSharedResource=true`.",
    *judge(application) {
      const path = "spec.syncPolicy.syncOptions";
      const options = application.texts(path);
      for (const option of options) {
        if (["Validate=false", "Force=true", "Replace=true", "CreateNamespace=true", "SkipDryRunOnMissingResource=true"].includes(option))
          yield { path, message: `${option} is set` };
      }
      if (!options.includes("FailOnSharedResource=true")) yield { path, message: "it takes objects of another Application" };
      if (application.has("spec.syncPolicy.managedNamespaceMetadata"))
        yield { path: "spec.syncPolicy.managedNamespaceMetadata", message: "it changes what its namespace may do" };
    },
  },
  {
    id: "application-sees-drift",
    kind: "resource",
    types: applications,
    title: "What an Application does not compare is named",
    why: "A change by hand of what is ignored stays for ever.",
    severity: "medium",
    standards: {},
    fix: "Name group, kind and name of each of `spec.ignoreDifferences`, and the field.",
    *judge(application) {
      for (const [index, ignored] of application.list("spec.ignoreDifferences").entries()) {
        const path = `spec.ignoreDifferences[${index}]`;
        const [kind, name] = [textAt(ignored, "kind"), textAt(ignored, "name")];
        if (kind === undefined || kind.includes("*") || textAt(ignored, "group")?.includes("*") === true)
          yield { path, message: "the kind is not named" };
        if (name === undefined) yield { path, message: "the object is not named" };
        const fields = ["jsonPointers", "jqPathExpressions", "managedFieldsManagers"].flatMap((part) => listAt(ignored, part));
        if (fields.length === 0 || fields.some((field) => ["", "/", "*", "/spec", "."].includes(String(field))))
          yield { path, message: "the field is not named" };
      }
    },
  },
  {
    id: "application-follows-git",
    kind: "resource",
    types: applications,
    title: "An Application does by itself what Git says, also where something was removed",
    why: "What was removed in Git goes on running, with the hole that it was removed for.",
    severity: "low",
    standards: {},
    fix: "Set `syncPolicy.automated` with `prune`, and leave `enabled` on.",
    *judge(application) {
      const path = "spec.syncPolicy.automated";
      if (!application.has(path) || application.get(`${path}.enabled`) === false) yield { path, message: "a person has to sync it" };
      else if (!application.flag(`${path}.prune`)) yield { path: `${path}.prune`, message: "what was removed stays" };
    },
  },
  {
    id: "application-history-kept",
    kind: "resource",
    types: applications,
    title: "An Application remembers what it deployed before",
    why: "Without a history there is nothing to roll back to.",
    severity: "medium",
    standards: {},
    fix: "Remove `spec.revisionHistoryLimit`, or set it to 3 at least.",
    *judge(application) {
      const limit = application.get("spec.revisionHistoryLimit");
      if (typeof limit === "number" && limit < 3) yield { path: "spec.revisionHistoryLimit", message: `it remembers ${limit}` };
    },
  },
];

/** Argo CD's own comparison: `*` stands for anything. */
const matches = (pattern: string, text: string): boolean =>
  pattern === text || (pattern.includes("*") && new RegExp(`^${pattern.split("*").map(escaped).join(".*")}$`, "u").test(text));
const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/gu, "\\$&");
