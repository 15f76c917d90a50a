/**
 * Weakens registered resources. Each operator goes by the type and the shape of what it finds, so that a setting that is new tomorrow is
 * weakened tomorrow; what such a change means is for the judges to say.
 */
import { Declaration, type DeclarationInput } from "../../policies/rules/index.ts";
import type { Mutant } from "./mutant.ts";
import { changed, pathText, sitesOf, valueText, type Path, type Site } from "./sites.ts";

/** What an operator puts in the place of a value. */
interface Alternative {
  readonly path: Path;
  readonly to: unknown;
  readonly says: string;
}

interface SiteOperator {
  readonly name: string;
  readonly alternatives: (site: Site, resource: Declaration, others: readonly Declaration[]) => Iterable<Alternative>;
}

interface ResourceOperator {
  readonly name: string;
  readonly alternatives: (resource: Declaration) => Iterable<{ readonly says: string; readonly to: DeclarationInput | undefined }>;
}

/** Texts that open a gate, by the name of the property that takes them; the values are GitHub's, Argo CD's and Docker's own. */
const openings: Readonly<Record<string, readonly unknown[]>> = {
  enforcement: ["evaluate", "disabled"],
  target: ["push"],
  visibility: ["public", "private"],
  permission: ["admin"],
  status: ["disabled"],
  allowedActions: ["all"],
  enabledRepositories: ["all"],
  defaultWorkflowPermissions: ["write"],
  targetRevision: ["HEAD", "attacker"],
  repoURL: ["https://github.com/attacker/attacker.git"],
  namespace: ["kube-system"],
  project: ["default"],
  mode: ["none"],
  type: ["Opaque"],
  owner: ["attacker"],
  baseUrl: ["http://api.github.com/"],
  restart: ["no"],
  networkMode: ["host"],
  user: ["root"],
  ip: ["0.0.0.0"],
};

/** Members that let somebody in, by the name of the list that takes them. */
const admissions: Readonly<Record<string, readonly unknown[]>> = {
  bypassActors: ["always", "pull_request"].flatMap((bypassMode) => [
    { actorId: 5, actorType: "RepositoryRole", bypassMode },
    { actorId: 0, actorType: "OrganizationAdmin", bypassMode },
    { actorId: 15368, actorType: "Integration", bypassMode },
    { actorId: 1, actorType: "Team", bypassMode },
    { actorId: 0, actorType: "DeployKey", bypassMode },
  ]),
  excludes: ["~ALL", "refs/heads/*", "refs/tags/*"],
  patternsAlloweds: ["*", "*/*", "attacker/*"],
  allowedMergeMethods: ["rebase", "merge"],
  sourceRepos: ["*", "https://github.com/attacker/*"],
  destinations: [
    { namespace: "*", server: "https://kubernetes.default.svc" },
    { namespace: "argocd", server: "https://kubernetes.default.svc" },
    { namespace: "*", server: "*" },
  ],
  namespaceResourceWhitelist: [
    { group: "*", kind: "*" },
    { group: "rbac.authorization.k8s.io", kind: "RoleBinding" },
    { group: "", kind: "Secret" },
  ],
  ignore: [{ kind: "*", name: "*" }],
  syncOptions: ["Validate=false", "Force=true", "Replace=true", "CreateNamespace=true"],
  volumes: [{ hostPath: "/var/run/docker.sock", containerPath: "/var/run/docker.sock" }],
};

/** Settings that are not there, and open something when they are, by kind of resource. */
const additions: Readonly<Record<string, readonly (readonly [path: Path, value: unknown])[]>> = {
  AppProject: [
    [["spec", "clusterResourceWhitelist"], [{ group: "*", kind: "*" }]],
    [["spec", "clusterResourceWhitelist"], [{ group: "rbac.authorization.k8s.io", kind: "ClusterRoleBinding" }]],
    [["spec", "roles"], [{ name: "ci", policies: ["p, proj:it:ci, applications, *, it/*, allow"] }]],
    [["spec", "sourceNamespaces"], ["*"]],
    [["spec", "syncWindows"], [{ kind: "allow", schedule: "* * * * *", duration: "1m", applications: ["*"] }]],
    [["spec", "syncWindows"], [{ kind: "deny", schedule: "* * * * *", duration: "24h", applications: ["*"] }]],
  ],
  Application: [
    [["spec", "syncPolicy", "automated", "allowEmpty"], true],
    [["spec", "syncPolicy", "managedNamespaceMetadata"], { labels: { "pod-security.kubernetes.io/enforce": "privileged" } }],
    [["spec", "ignoreDifferences"], [{ group: "*", kind: "*", jsonPointers: ["/spec"] }]],
    [["spec", "source", "kustomize"], { images: ["ghcr.io/attacker/image:latest"] }],
    [["spec", "sources"], [{ repoURL: "https://github.com/attacker/attacker.git", targetRevision: "main", path: "." }]],
  ],
  Repository: [
    [["archived"], true],
    [["allowForking"], true],
    [["isTemplate"], true],
  ],
  Container: [
    [["privileged"], true],
    [["capabilities"], { adds: ["SYS_ADMIN"] }],
    [["networkMode"], "host"],
    [["pidMode"], "host"],
  ],
  Namespace: [[["metadata", "labels"], { "pod-security.kubernetes.io/enforce": "privileged" }]],
};

/** Texts that say how much something covers, by their property or by the list that they stand in. */
const scopes: ReadonlySet<string> = new Set([
  ...["namespace", "server", "group", "kind", "url", "branchPattern", "tagPattern"],
  ...["includes", "sourceRepos", "patternsAlloweds", "applications", "jsonPointers"],
]);

const last = ({ path }: Site): string | number | undefined => path.at(-1);
const to = (site: Site, value: unknown): Alternative => ({
  path: site.path,
  to: value,
  says: `${valueText(site.value)} → ${valueText(value)}`,
});

const siteOperators: readonly SiteOperator[] = [
  {
    name: "drop",
    *alternatives(site) {
      if (typeof last(site) === "string") yield { path: site.path, to: undefined, says: `${valueText(site.value)} left out` };
    },
  },
  {
    name: "flip",
    *alternatives(site) {
      if (typeof site.value === "boolean") yield to(site, !site.value);
    },
  },
  {
    name: "lower",
    *alternatives(site) {
      if (typeof site.value !== "number" || site.value <= 0) return;
      for (const value of new Set([site.value - 1, 0])) yield to(site, value);
    },
  },
  {
    name: "shorten",
    *alternatives(site) {
      if (typeof last(site) === "number") yield { path: site.path, to: undefined, says: `${valueText(site.value)} removed` };
    },
  },
  {
    name: "empty",
    *alternatives(site) {
      if (Array.isArray(site.value) && site.value.length > 1) yield to(site, []);
    },
  },
  {
    name: "widen",
    *alternatives(site) {
      const name = typeof last(site) === "number" ? site.path.at(-2) : last(site);
      if (typeof site.value === "string" && site.value !== "*" && scopes.has(String(name))) yield to(site, "*");
    },
  },
  {
    name: "open",
    *alternatives(site) {
      if (typeof site.value !== "string") return;
      for (const value of openings[String(last(site))] ?? []) if (value !== site.value) yield to(site, value);
    },
  },
  {
    name: "admit",
    *alternatives(site) {
      if (!Array.isArray(site.value)) return;
      const members: readonly unknown[] = site.value;
      const there = new Set(members.map((member) => JSON.stringify(member)));
      for (const member of admissions[String(last(site))] ?? []) {
        if (!there.has(JSON.stringify(member))) yield { path: site.path, to: [...members, member], says: `${valueText(member)} added` };
      }
    },
  },
  {
    name: "swap",
    // What stands at the same place of another resource of the type: one tier's settings in the place of another's.
    *alternatives(site, resource, others) {
      if (typeof site.value !== "string") return;
      const values = new Set<unknown>();
      for (const other of others) {
        if (other.type !== resource.type || other === resource) continue;
        for (const twin of sitesOf(other.input.properties)) {
          if (typeof twin.value === "string" && twin.pattern === site.pattern && twin.value !== site.value) values.add(twin.value);
        }
      }
      for (const value of values) yield to(site, value);
    },
  },
];

const resourceOperators: readonly ResourceOperator[] = [
  {
    name: "leave-out",
    *alternatives() {
      yield { says: "the resource is not declared", to: undefined };
    },
  },
  {
    name: "unprotect",
    *alternatives({ input }) {
      if (input.protect === true) yield { says: "protect is off", to: { ...input, protect: false } };
    },
  },
  {
    name: "unretain",
    *alternatives({ input }) {
      if (input.retainOnDelete === true) yield { says: "retainOnDelete is off", to: { ...input, retainOnDelete: false } };
    },
  },
  {
    name: "ignore",
    *alternatives({ input }) {
      yield { says: "changes at the service are ignored", to: { ...input, ignoreChanges: Object.keys(input.properties) } };
    },
  },
  {
    name: "move-secret",
    *alternatives({ input }) {
      if (!input.type.endsWith(":ActionsEnvironmentSecret")) return;
      const properties = changed(input.properties, ["environment"], undefined);
      yield { says: "it is the repository's", to: { ...input, type: "github:index/actionsSecret:ActionsSecret", properties } };
    },
  },
];

/** Names of all operators over resources. */
export const resourceOperatorNames: readonly string[] = ["add", ...[...siteOperators, ...resourceOperators].map(({ name }) => name)];

export const kindOf = ({ type }: Declaration): string => type.slice(type.lastIndexOf(":") + 1);

/** Every mutant of every resource. */
export function* resourceMutants(resources: readonly Declaration[]): Iterable<Mutant> {
  for (const resource of resources) {
    const kind = kindOf(resource);
    const put = (input: DeclarationInput | undefined) => () => ({
      resources: resources.flatMap((other) => (other === resource ? (input === undefined ? [] : [new Declaration(input)]) : [other])),
    });
    for (const { name: operator, alternatives } of resourceOperators) {
      for (const { says, to: input } of alternatives(resource)) {
        yield { operator, setting: kind, subject: resource.name, change: says, make: put(input) };
      }
    }
    const { properties } = resource.input;
    for (const [path, value] of additions[kind] ?? []) {
      yield {
        operator: "add",
        setting: `${kind} ${pathText(path)}`,
        subject: resource.name,
        change: `${pathText(path)}: ${valueText(value)}`,
        make: put({ ...resource.input, properties: changed(properties, path, value) }),
      };
    }
    for (const site of sitesOf(properties)) {
      for (const { name: operator, alternatives } of siteOperators) {
        for (const { path, to: value, says } of alternatives(site, resource, resources)) {
          yield {
            operator,
            setting: `${kind} ${site.pattern}`,
            subject: resource.name,
            change: `${pathText(site.path)}: ${says}`,
            make: put({ ...resource.input, properties: changed(properties, path, value) }),
          };
        }
      }
    }
  }
}
