import { specify, UNKNOWN, type Example } from "./examples.ts";

type Properties = Readonly<Record<string, unknown>>;
const PROJECT = "kubernetes:argoproj.io/v1alpha1:AppProject";
const APPLICATION = "kubernetes:argoproj.io/v1alpha1:Application";
const server = "https://kubernetes.default.svc";
const repoURL = "https://github.com/acme/shop.git";
const of = (type: string, name: string, spec: unknown, metadata: Properties = {}, parent = "") => ({
  ...{ type, name, parent },
  properties: { metadata: { name, namespace: "argocd", ...metadata }, spec },
});
const whole = {
  sourceRepos: [repoURL],
  destinations: [{ server, namespace: "shop" }],
  namespaceResourceWhitelist: [{ group: "apps", kind: "Deployment" }],
  orphanedResources: { warn: true, ignore: [{ kind: "Secret", name: "pull" }] },
};
const project = (spec: Properties = {}, name = "shop") => of(PROJECT, name, { ...whole, ...spec });
const one = (spec: Properties): Example => ({ given: [project(spec)] });

specify("project-kinds-named", {
  pass: { "named kinds": one({}), "the core group": one({ namespaceResourceWhitelist: [{ group: "", kind: "Service" }] }) },
  fail: {
    "no list": { ...one({ namespaceResourceWhitelist: undefined }), says: /every kind is allowed/ },
    "every kind": { ...one({ namespaceResourceWhitelist: [{ group: "apps", kind: "*" }] }), says: /kind is not named/ },
    "every group": { ...one({ namespaceResourceWhitelist: [{ group: "*", kind: "Deployment" }] }), says: /group is not named/ },
    "half a kind": { ...one({ namespaceResourceWhitelist: [{ kind: "Deployment" }] }), says: /group is not named/ },
  },
  unknown: { "a computed list": one({ namespaceResourceWhitelist: UNKNOWN }) },
});

const roles = { namespaceResourceWhitelist: [{ group: "rbac.authorization.k8s.io", kind: "RoleBinding" }] };
specify("project-gives-no-rights", {
  pass: { "a Deployment": one({}), "a project that may": { ...one(roles), parameters: { allowed: ["shop"] } } },
  fail: {
    "a RoleBinding": { ...one(roles), says: /RoleBinding gives rights/ },
    "a ClusterRole": { ...one({ clusterResourceWhitelist: [{ group: "x", kind: "ClusterRole" }] }), says: /ClusterRole gives rights/ },
  },
  unknown: { "a computed list": one({ namespaceResourceWhitelist: UNKNOWN }) },
});

specify("project-places-named", {
  pass: { "names in full": one({}), "a cluster by name": one({ destinations: [{ name: "prod", namespace: "shop" }] }) },
  fail: {
    "a pattern of repositories": { ...one({ sourceRepos: ["https://github.com/acme/*"] }), says: /is a pattern/ },
    "no repository": { ...one({ sourceRepos: [] }), says: /no repository is named/ },
    "no place": { ...one({ destinations: [] }), says: /no place is named/ },
    "a pattern of namespaces": { ...one({ destinations: [{ server, namespace: "shop-*" }] }), says: /namespace is not named/ },
    "no cluster": { ...one({ destinations: [{ namespace: "shop" }] }), says: /cluster is not named/ },
    "Argo CD's own namespace": { ...one({ destinations: [{ server, namespace: "argocd" }] }), says: /argocd is the cluster's own/ },
    "Applications of every namespace": { ...one({ sourceNamespaces: ["*"] }), says: /belong to it/ },
  },
  unknown: { "computed repositories": one({ sourceRepos: [UNKNOWN] }) },
});

specify("project-orphans-told", {
  pass: { "a warning": one({}) },
  fail: {
    nothing: { ...one({ orphanedResources: undefined }), says: /nobody is told/ },
    "a warning that is off": { ...one({ orphanedResources: { warn: false } }), says: /nobody is told/ },
    "every Secret ignored": {
      ...one({ orphanedResources: { warn: true, ignore: [{ kind: "Secret", name: "*" }] } }),
      says: /more than one/,
    },
  },
  unknown: { "a computed setting": one({ orphanedResources: UNKNOWN }) },
});

const signed = (gpg: unknown, url = repoURL) => ({ sourceIntegrity: { git: { policies: [{ gpg, repos: [{ url }] }] } } });
const keys = { keys: ["4AEE18F83AFDEB23"], mode: "head" };
const prod = (spec: Properties): Example => ({ given: [project(spec, "shop-prod")] });
specify("project-production-signed", {
  pass: {
    "keys for its repository": prod(signed(keys)),
    "keys of the older kind": prod({ signatureKeys: [{ keyID: "4AEE18F83AFDEB23" }] }),
    "a project before production": one({}),
  },
  fail: {
    "no keys": { ...prod({}), says: /unsigned commits of .*shop.git/ },
    "an empty list": { ...prod(signed({ keys: [], mode: "head" })), says: /unsigned/ },
    "a mode that checks nothing": { ...prod(signed({ ...keys, mode: "none" })), says: /unsigned/ },
    "keys for another repository": { ...prod(signed(keys, "https://github.com/acme/other.git")), says: /unsigned/ },
    "a key that nobody knows": {
      ...prod(signed({ ...keys, keys: ["B5690EEEBB952194"] })),
      parameters: { keys: keys.keys },
      says: /not known/,
    },
    "a project whose component says so": {
      given: [
        { ...project({}), parent: "urn:pulumi:prod::acme::gatehouse:argocd:GitOpsApplication::shop-1" },
        { type: "gatehouse:argocd:GitOpsApplication", name: "shop", properties: { production: true } },
      ],
      says: /unsigned/,
    },
  },
  unknown: { "computed keys": prod({ sourceIntegrity: UNKNOWN }) },
});

const hours = { kind: "allow", schedule: "0 9 * * 1-5", duration: "8h", timeZone: "UTC", applications: ["shop"], manualSync: true };
const window = (more: Properties) => one({ syncWindows: [{ ...hours, ...more }] });
specify("project-windows-whole", {
  pass: { "a whole one": window({}), none: one({}), "one that is asked for": { ...window({}), parameters: { required: ["shop"] } } },
  fail: {
    "none where one is asked for": { ...one({}), parameters: { required: ["shop"] }, says: /at any time/ },
    "neither allow nor deny": { ...window({ kind: "*" }), says: /neither/ },
    "no schedule": { ...window({ schedule: undefined }), says: /no schedule/ },
    "every minute": { ...window({ schedule: "* * * * *" }), says: /every minute/ },
    "no length": { ...window({ duration: undefined }), says: /no length/ },
    "hours of nobody": { ...window({ timeZone: undefined }), says: /whose hours/ },
    "about nothing": { ...window({ applications: [] }), says: /about nothing/ },
    "nobody may act": { ...window({ manualSync: false }), says: /roll back/ },
  },
  unknown: { "computed windows": one({ syncWindows: UNKNOWN }) },
});

const app = (spec: Properties = {}, name = "shop", metadata: Properties = {}) =>
  of(
    APPLICATION,
    name,
    {
      ...{ project: "shop", source: { repoURL, path: `deploy/${name}`, targetRevision: "main" }, destination: { server, namespace: name } },
      ...spec,
    },
    metadata,
  );
const application = (spec: Properties): Example => ({ given: [app(spec)] });

specify("application-within-project", {
  pass: { "one that does": { given: [app(), project()] }, "projects of somebody else": { given: [app({ project: "other" })] } },
  fail: {
    "another project": { given: [app({ project: "other" }), project()], says: /no project other/ },
    "another namespace": { given: [app({}, "shop", { namespace: "x" }), project()], says: /in namespace x/ },
    "another repository": { given: [app({ source: { repoURL: "https://x" } }), project()], says: /no repository of project shop/ },
    "another place": { given: [app({ destination: { server, namespace: "x" } }), project()], says: /no place of project shop/ },
  },
  unknown: { "a computed project": { given: [app({ project: UNKNOWN }), project()] } },
});

specify("application-own-place", {
  pass: { "one of two": { given: [app(), app({}, "cart")] } },
  fail: {
    "a namespace of two": { given: [app(), app({ destination: { server, namespace: "shop" } }, "cart")], says: /has namespace shop/ },
    "a folder of two": { given: [app(), app({ source: { repoURL, path: "deploy/shop" } }, "cart")], says: /has folder deploy\/shop/ },
  },
  unknown: { "a computed place": { given: [app({ destination: { server, namespace: UNKNOWN } }), app({}, "cart")] } },
});

specify("application-place-named", {
  pass: { "all of it": application({}), "a chart": application({ source: { repoURL, chart: "shop" } }) },
  fail: {
    "no source": { ...application({ source: undefined }), says: /no source/ },
    "no repository": { ...application({ source: { path: "x" } }), says: /no repository/ },
    "no folder": { ...application({ source: { repoURL } }), says: /whole repository/ },
    "no cluster": { ...application({ destination: { namespace: "shop" } }), says: /cluster is not named/ },
    "every namespace": { ...application({ destination: { server, namespace: "*" } }), says: /namespace is not named/ },
  },
  unknown: { "a computed namespace": application({ destination: { server, namespace: UNKNOWN } }) },
});

const source = (more: Properties) => application({ source: { repoURL, path: "x", ...more } });
specify("application-as-in-git", {
  pass: { "what Git says": application({}), "values that are files": source({ helm: { valueFiles: ["prod.yaml"] } }) },
  fail: {
    "another image": { ...source({ kustomize: { images: ["x:1"] } }), says: /changes what Git says/ },
    "values of its own": { ...source({ helm: { parameters: [{ name: "a", value: "b" }] } }), says: /changes what Git says/ },
  },
  unknown: { "a computed source": application({ source: UNKNOWN }) },
});

specify("application-one-source", {
  pass: { one: application({}), several: application({ source: undefined, sources: [{ repoURL }, { repoURL }] }) },
  fail: { both: { ...application({ sources: [{ repoURL }] }), says: /both/ } },
  unknown: { "computed sources": application({ sources: UNKNOWN }) },
});

const options = (...syncOptions: unknown[]) => application({ syncPolicy: { syncOptions } });
specify("application-options-safe", {
  pass: { "safe ones": options("FailOnSharedResource=true", "PruneLast=true") },
  fail: {
    "objects that are none": { ...options("FailOnSharedResource=true", "Validate=false"), says: /Validate=false is set/ },
    "objects of another": { ...options("PruneLast=true"), says: /another Application/ },
    "labels of its namespace": {
      ...application({ syncPolicy: { syncOptions: ["FailOnSharedResource=true"], managedNamespaceMetadata: {} } }),
      says: /namespace/,
    },
  },
  unknown: { "computed options": options(UNKNOWN) },
});

const ignores = (more: Properties) =>
  application({ ignoreDifferences: [{ group: "apps", kind: "Deployment", name: "web", jsonPointers: ["/spec/replicas"], ...more }] });
specify("application-sees-drift", {
  pass: { "one field of one object": ignores({}), nothing: application({}) },
  fail: {
    "every kind": { ...ignores({ kind: "*" }), says: /kind is not named/ },
    "every object": { ...ignores({ name: undefined }), says: /object is not named/ },
    "the whole spec": { ...ignores({ jsonPointers: ["/spec"] }), says: /field is not named/ },
    "no field": { ...ignores({ jsonPointers: undefined }), says: /field is not named/ },
  },
  unknown: { "computed ones": application({ ignoreDifferences: UNKNOWN }) },
});

const automated = (value: unknown) => application({ syncPolicy: { automated: value } });
specify("application-follows-git", {
  pass: { "one that does": automated({ prune: true, selfHeal: true }) },
  fail: {
    "a person": { ...automated(undefined), says: /a person/ },
    "switched off": { ...automated({ enabled: false, prune: true }), says: /a person/ },
    "what was removed stays": { ...automated({ selfHeal: true }), says: /stays/ },
  },
  unknown: { "a computed setting": automated({ prune: UNKNOWN }) },
});

specify("application-history-kept", {
  pass: { "ten of them": application({ revisionHistoryLimit: 10 }), "Argo CD's own": application({}) },
  fail: { none: { ...application({ revisionHistoryLimit: 0 }), says: /remembers 0/ } },
  unknown: { "a computed limit": application({ revisionHistoryLimit: UNKNOWN }) },
});
