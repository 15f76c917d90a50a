/** What an Application of Argo CD does, and whether it stays within its project. */
import { kubernetes, type Declaration } from "./declaration.ts";
import { at, listAt, textAt } from "./fields.ts";
import type { ResourceRule, StackRule } from "./rule.ts";

const PROJECT = kubernetes("argoproj.io/v1alpha1", "AppProject");
const APPLICATION = kubernetes("argoproj.io/v1alpha1", "Application");
const applications = [APPLICATION];
const sourcesOf = (application: Declaration): readonly unknown[] => [
  ...(application.has("spec.source") ? [application.get("spec.source")] : []),
  ...application.list("spec.sources"),
];

export const applicationRules: readonly (ResourceRule | StackRule)[] = [
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
