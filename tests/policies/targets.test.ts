import { specify, UNKNOWN, type Example } from "./examples.ts";

const of =
  (type: string) =>
  (properties: Readonly<Record<string, unknown>>): Example => ({ given: [{ type, name: "it", properties }] });
const project = (spec: unknown) => of("kubernetes:argoproj.io/v1alpha1:AppProject")({ spec });
const application = (spec: unknown) => of("kubernetes:argoproj.io/v1alpha1:Application")({ spec });
const container = of("docker:index/container:Container");

specify("project-sources-named", {
  pass: { "one repository": project({ sourceRepos: ["https://github.com/acme/shop.git"] }) },
  fail: { "every repository": { ...project({ sourceRepos: ["*"] }), says: /every repository/ } },
  unknown: { "a computed list": project({ sourceRepos: UNKNOWN }) },
});

specify("project-destinations-named", {
  pass: { "one namespace": project({ destinations: [{ server: "https://kubernetes.default.svc", namespace: "shop" }] }) },
  fail: {
    "every namespace": { ...project({ destinations: [{ server: "x", namespace: "*" }] }), says: /every namespace/ },
    "every cluster": { ...project({ destinations: [{ server: "*", namespace: "shop" }] }), says: /every cluster/ },
    "every cluster by name": { ...project({ destinations: [{ name: "*", namespace: "shop" }] }), says: /every cluster/ },
  },
  unknown: { "a computed namespace": project({ destinations: [{ namespace: UNKNOWN }] }) },
});

specify("project-cluster-resources-named", {
  pass: { none: project({}), "a named kind": project({ clusterResourceWhitelist: [{ group: "", kind: "Namespace" }] }) },
  fail: { "every kind": { ...project({ clusterResourceWhitelist: [{ group: "*", kind: "*" }] }), says: /every kind/ } },
  unknown: { "a computed list": project({ clusterResourceWhitelist: UNKNOWN }) },
});

specify("project-roles-limited", {
  pass: { "one action": project({ roles: [{ name: "ci", policies: ["p, proj:shop:ci, applications, sync, shop/*, allow"] }] }) },
  fail: {
    "every action": {
      ...project({ roles: [{ name: "ci", policies: ["p, proj:shop:ci, applications, *, shop/*, allow"] }] }),
      says: /every action/,
    },
  },
  unknown: { "computed policies": project({ roles: [{ policies: UNKNOWN }] }) },
});

specify("application-project-own", {
  pass: { "its own": application({ project: "shop" }) },
  fail: {
    default: { ...application({ project: "default" }), says: /project default/ },
    "nothing said": { ...application({}), says: /project default/ },
  },
  unknown: { "a computed one": application({ project: UNKNOWN }) },
});

specify("application-revision-named", {
  pass: {
    "a branch": application({ source: { targetRevision: "main" } }),
    "each of several": application({ sources: [{ targetRevision: "v1" }, { targetRevision: "main" }] }),
  },
  fail: {
    HEAD: { ...application({ source: { targetRevision: "HEAD" } }), says: /HEAD/ },
    "nothing said": { ...application({ source: {} }), says: /HEAD/ },
    "one of several": { ...application({ sources: [{ targetRevision: "main" }, {}] }), says: /HEAD/ },
  },
  unknown: { "a computed one": application({ source: { targetRevision: UNKNOWN } }) },
});

specify("application-not-into-system", {
  pass: { "its own": application({ destination: { namespace: "shop" } }) },
  fail: {
    "the cluster's": { ...application({ destination: { namespace: "kube-system" } }), says: /kube-system/ },
    "a configured one": { ...application({ destination: { namespace: "vault" } }), parameters: { namespaces: ["vault"] }, says: /vault/ },
  },
  unknown: { "a computed one": application({ destination: { namespace: UNKNOWN } }) },
});

specify("application-heals", {
  pass: {
    "one that does": application({ syncPolicy: { automated: { selfHeal: true } } }),
    "one that a person syncs": application({ syncPolicy: {} }),
  },
  fail: { "one that does not": { ...application({ syncPolicy: { automated: { prune: true } } }), says: /manual change/ } },
  unknown: { "a computed setting": application({ syncPolicy: { automated: { selfHeal: UNKNOWN } } }) },
});

specify("application-never-empty", {
  pass: { "nothing said": application({ syncPolicy: { automated: {} } }) },
  fail: { allowed: { ...application({ syncPolicy: { automated: { allowEmpty: true } } }), says: /deletes all/ } },
  unknown: { "a computed setting": application({ syncPolicy: { automated: { allowEmpty: UNKNOWN } } }) },
});

const digest = `sha256:${"0".repeat(64)}`;
specify("container-image-pinned", {
  pass: { "a digest": container({ image: `ghcr.io/acme/shop@${digest}` }), "the id of an image": container({ image: digest }) },
  fail: { "a tag": { ...container({ image: "ghcr.io/acme/shop:latest" }), says: /by a tag/ } },
  unknown: { "a computed one": container({ image: UNKNOWN }) },
});

specify("container-not-privileged", {
  pass: { "nothing said": container({}), "one capability": container({ capabilities: { adds: ["NET_BIND_SERVICE"] } }) },
  fail: {
    privileged: { ...container({ privileged: true }), says: /privileged/ },
    "every capability": { ...container({ capabilities: { adds: ["ALL"] } }), says: /ALL/ },
    "the one that is as much": { ...container({ capabilities: { adds: ["CAP_SYS_ADMIN"] } }), says: /SYS_ADMIN/ },
  },
  unknown: { "a computed setting": container({ privileged: UNKNOWN }) },
});

specify("container-no-docker-socket", {
  pass: { "a named volume": container({ volumes: [{ volumeName: "data", containerPath: "/data" }] }) },
  fail: {
    "a volume": { ...container({ volumes: [{ hostPath: "/var/run/docker.sock", containerPath: "/x" }] }), says: /socket/ },
    "a mount": { ...container({ mounts: [{ type: "bind", source: "/run/docker.sock", target: "/x" }] }), says: /socket/ },
  },
  unknown: { "a computed path": container({ volumes: [{ hostPath: UNKNOWN }] }) },
});

specify("container-ports-bound", {
  pass: { loopback: container({ ports: [{ internal: 80, external: 8080, ip: "127.0.0.1" }] }), none: container({}) },
  fail: {
    "nothing said": { ...container({ ports: [{ internal: 80 }] }), says: /every address/ },
    "every address": { ...container({ ports: [{ internal: 80, ip: "0.0.0.0" }] }), says: /every address/ },
  },
  unknown: { "a computed address": container({ ports: [{ internal: 80, ip: UNKNOWN }] }) },
});

specify("container-own-network", {
  pass: { "its own": container({ networkMode: "bridge" }) },
  fail: { "the host's": { ...container({ networkMode: "host" }), says: /host's network/ } },
  unknown: { "a computed one": container({ networkMode: UNKNOWN }) },
});

specify("container-restarts", {
  pass: { always: container({ restart: "unless-stopped" }), "one that runs once": container({ mustRun: false }) },
  fail: { never: { ...container({ restart: "no" }), says: /stays down/ }, "nothing said": { ...container({}), says: /stays down/ } },
  unknown: { "a computed one": container({ restart: UNKNOWN }) },
});

specify("container-health-checked", {
  pass: { "one that is asked": container({ healthcheck: { tests: ["CMD", "true"] } }) },
  fail: { "one that is not": { ...container({}), says: /nobody asks/ } },
  unknown: { "a computed check": container({ healthcheck: UNKNOWN }) },
});
