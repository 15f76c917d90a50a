import { SECRET } from "../../policies/rules/index.ts";
import { specify, UNKNOWN, type Example } from "./examples.ts";

type Properties = Readonly<Record<string, unknown>>;
const of =
  (type: string) =>
  (properties: Properties): Example => ({ given: [{ type, name: "it", properties }] });

const github = of("pulumi:providers:github");
specify("provider-github-safe", {
  pass: {
    "a secret token over https": github({ baseUrl: "https://api.github.com/", token: SECRET }),
    "a server on this machine": github({ baseUrl: "http://127.0.0.1:3000/", token: SECRET }),
    "the shell's token": github({ owner: "acme" }),
    "an App, where a token of its own is asked for": { ...github({ appAuth: { id: "1" } }), parameters: { own: true } },
  },
  fail: {
    "plain http": { ...github({ baseUrl: "http://github.acme.example/" }), says: /not https/ },
    "a certificate that nobody checks": { ...github({ insecure: "true" }), says: /not checked/ },
    "the shell's token, where one of its own is asked for": { ...github({}), parameters: { own: true }, says: /whichever the shell has/ },
    "a token in the clear": { ...github({ token: "made-up" }), says: /no secret/ },
  },
  unknown: { "a computed address": github({ baseUrl: UNKNOWN }) },
});

const daemon = of("pulumi:providers:docker");
specify("provider-docker-safe", {
  pass: {
    SSH: daemon({ host: "ssh://host" }),
    "the same machine": daemon({ host: "unix:///var/run/docker.sock" }),
    certificates: daemon({ host: "tcp://host:2376", certPath: "certs" }),
  },
  fail: { "an open daemon": { ...daemon({ host: "tcp://host:2375" }), says: /open to the network/ } },
  unknown: { "a computed host": daemon({ host: UNKNOWN }) },
});

const object = (kind: string, name: string, metadata: Properties) => ({
  type: `kubernetes:core/v1:${kind}`,
  name,
  properties: { metadata },
});
const namespace = object("Namespace", "shop", { name: "shop" });
const secret = (metadata: Properties, name = "pull") => object("Secret", name, metadata);
specify("secret-in-declared-namespace", {
  pass: {
    "a declared one": { given: [secret({ name: "pull", namespace: "shop" }), namespace] },
    "a program that declares none": { given: [secret({ name: "pull", namespace: "x" })] },
  },
  fail: {
    "another one": { given: [secret({ name: "pull", namespace: "kube-system" }), namespace], says: /kube-system is not declared/ },
    "two of a name": {
      given: [secret({ name: "pull", namespace: "shop" }), namespace, secret({ name: "pull", namespace: "shop" }, "other")],
      says: /another Secret/,
    },
  },
  unknown: { "a computed one": { given: [secret({ name: "pull", namespace: UNKNOWN }), namespace] } },
});

const labelled = (level: unknown): Example => ({
  given: [object("Namespace", "shop", { name: "shop", labels: { "pod-security.kubernetes.io/enforce": level } })],
});
specify("namespace-not-privileged", {
  pass: { restricted: labelled("restricted"), "nothing said": { given: [namespace] } },
  fail: { privileged: { ...labelled("privileged"), says: /privileged pods/ } },
  unknown: { "a computed label": labelled(UNKNOWN) },
});

const application = (to: unknown) => ({
  type: "kubernetes:argoproj.io/v1alpha1:Application",
  name: "shop",
  properties: { spec: { destination: { namespace: to } } },
});
specify("application-namespace-declared", {
  pass: { "a declared one": { given: [application("shop"), namespace] } },
  fail: { "one of nobody": { given: [application("x"), namespace], says: /x is not declared/ } },
  unknown: { "a computed one": { given: [application(UNKNOWN), namespace] } },
});

const container = of("docker:index/container:Container");
specify("container-memory-limited", {
  pass: { "a limit": container({ memory: 512 }) },
  fail: { none: { ...container({}), says: /all memory/ } },
  unknown: { "a computed one": container({ memory: UNKNOWN }) },
});

specify("container-no-host-namespaces", {
  pass: { "its own": container({}) },
  fail: {
    "the host's processes": { ...container({ pidMode: "host" }), says: /host's/ },
    "the host's memory": { ...container({ ipcMode: "host" }), says: /host's/ },
  },
  unknown: { "a computed mode": container({ pidMode: UNKNOWN }) },
});

specify("container-not-root", {
  pass: { "another user": container({ user: "1000:1000" }), "the image's": container({}) },
  fail: { root: { ...container({ user: "root" }), says: /root/ }, "number nought": { ...container({ user: "0:0" }), says: /root/ } },
  unknown: { "a computed user": container({ user: UNKNOWN }) },
});

const template = of(
  "github:index/actionsRepositoryOidcSubjectClaimCustomizationTemplate:ActionsRepositoryOidcSubjectClaimCustomizationTemplate",
);
specify("oidc-subject-scoped", {
  pass: {
    "repository and environment": template({ useDefault: false, includeClaimKeys: ["repository_id", "context"] }),
    "GitHub's own": template({ useDefault: true }),
  },
  fail: {
    "every repository": { ...template({ includeClaimKeys: ["context"] }), says: /no repository/ },
    "every branch": { ...template({ includeClaimKeys: ["repo"] }), says: /neither environment nor branch/ },
  },
  unknown: { "computed claims": template({ includeClaimKeys: UNKNOWN }) },
});
