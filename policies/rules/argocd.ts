/** What Argo CD may deploy, from where, and whereto. */
import { kubernetes } from "./declaration.ts";
import { textAt } from "./fields.ts";
import type { Parameter, ResourceRule } from "./rule.ts";

const projects = [kubernetes("argoproj.io/v1alpha1", "AppProject")];
const applications = [kubernetes("argoproj.io/v1alpha1", "Application")];
const system: Readonly<Record<string, Parameter>> = {
  namespaces: {
    type: "array",
    description: "Namespaces of the cluster itself.",
    default: ["kube-system", "kube-public", "kube-node-lease", "argocd"],
    items: { type: "string" },
  },
};

export const argocdRules: readonly ResourceRule[] = [
  {
    id: "project-sources-named",
    kind: "resource",
    types: projects,
    title: "A project deploys from named repositories",
    why: "With `*` whoever may write an Application deploys from anywhere.",
    severity: "critical",
    standards: {},
    fix: "Name the repositories under `spec.sourceRepos`.",
    *judge(project) {
      if (project.texts("spec.sourceRepos").includes("*")) yield { path: "spec.sourceRepos", message: "every repository may be deployed" };
    },
  },
  {
    id: "project-destinations-named",
    kind: "resource",
    types: projects,
    title: "A project deploys to named namespaces of named clusters",
    why: "An Application of one tier could replace what runs in another.",
    severity: "critical",
    standards: {},
    fix: "Name server and namespace of each of `spec.destinations`.",
    *judge(project) {
      for (const [index, destination] of project.list("spec.destinations").entries()) {
        const path = `spec.destinations[${index}]`;
        if (textAt(destination, "namespace") === "*") yield { path, message: "every namespace may be deployed to" };
        if (textAt(destination, "server") === "*" || textAt(destination, "name") === "*")
          yield { path, message: "every cluster may be deployed to" };
      }
    },
  },
  {
    id: "project-cluster-resources-named",
    kind: "resource",
    types: projects,
    title: "A project makes no cluster-wide objects but named kinds",
    why: "A ClusterRoleBinding is a way from a namespace to the whole cluster.",
    severity: "high",
    standards: {},
    fix: "Leave `spec.clusterResourceWhitelist` empty, or name group and kind.",
    *judge(project) {
      for (const allowed of project.list("spec.clusterResourceWhitelist")) {
        if (textAt(allowed, "kind") === "*")
          yield { path: "spec.clusterResourceWhitelist", message: "every kind of cluster-wide object may be made" };
      }
    },
  },
  {
    id: "project-roles-limited",
    kind: "resource",
    types: projects,
    title: "A role of a project has no right to everything",
    why: "Its tokens do not expire by themselves, and are copied.",
    severity: "medium",
    standards: {},
    fix: "Name resource, action and object in each policy.",
    *judge(project) {
      for (const [index, role] of project.list("spec.roles").entries()) {
        const policies = (role as { policies?: unknown }).policies;
        for (const policy of Array.isArray(policies) ? policies : []) {
          if (typeof policy === "string" && /^\s*p\s*,[^,]*,[^,]*,\s*\*\s*,/.test(policy))
            yield { path: `spec.roles[${index}].policies`, message: "a policy allows every action" };
        }
      }
    },
  },
  {
    id: "application-project-own",
    kind: "resource",
    types: applications,
    title: "An Application belongs to a project that limits it",
    why: "The project `default` allows every repository, every namespace and every kind.",
    severity: "critical",
    standards: {},
    fix: "Make an AppProject for it, and name it under `spec.project`.",
    *judge(application) {
      if ((application.text("spec.project") ?? "default") === "default")
        yield { path: "spec.project", message: "it belongs to the project default" };
    },
  },
  {
    id: "application-revision-named",
    kind: "resource",
    types: applications,
    title: "An Application follows a named branch, tag or commit",
    why: "HEAD is whatever the default branch is called today.",
    severity: "medium",
    standards: {},
    fix: "Name the branch whose gates the system declares under `targetRevision`.",
    *judge(application) {
      const sources = application.has("spec.sources") ? application.list("spec.sources") : [application.get("spec.source")];
      for (const source of sources) {
        const revision = textAt(source, "targetRevision") ?? "";
        if (revision === "" || revision === "HEAD") yield { path: "spec.source.targetRevision", message: "it follows HEAD" };
      }
    },
  },
  {
    id: "application-not-into-system",
    kind: "resource",
    types: applications,
    title: "An Application does not deploy into the cluster's own namespaces",
    why: "What runs there may do everything in the cluster.",
    severity: "high",
    standards: {},
    fix: "Give it a namespace of its own.",
    config: system,
    *judge(application, { namespaces }) {
      const namespace = application.text("spec.destination.namespace");
      if (namespace !== undefined && Array.isArray(namespaces) && namespaces.includes(namespace))
        yield { path: "spec.destination.namespace", message: `it deploys into ${namespace}` };
    },
  },
  {
    id: "application-heals",
    kind: "resource",
    types: applications,
    title: "An automated Application puts back what was changed by hand",
    why: "The cluster differs from what was reviewed otherwise, and nobody sees it.",
    severity: "medium",
    standards: {},
    fix: "Set `syncPolicy.automated.selfHeal`.",
    *judge(application) {
      const path = "spec.syncPolicy.automated";
      if (application.has(path) && !application.flag(`${path}.selfHeal`))
        yield { path: `${path}.selfHeal`, message: "a manual change stays" };
    },
  },
  {
    id: "application-never-empty",
    kind: "resource",
    types: applications,
    title: "An automated Application does not delete everything",
    why: "A folder that was renamed looks like a wish for nothing.",
    severity: "high",
    standards: {},
    fix: "Leave `syncPolicy.automated.allowEmpty` off.",
    *judge(application) {
      const path = "spec.syncPolicy.automated.allowEmpty";
      if (application.flag(path)) yield { path, message: "an empty folder deletes all it deployed" };
    },
  },
];
