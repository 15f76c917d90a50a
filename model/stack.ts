/**
 * The configuration of one stack: namespace `gatehouse`, read once into one typed, frozen object. Real and local differ only here.
 */
import { refuse, type Fault } from "./fault.ts";
import { Sensitive } from "./sensitive.ts";
import { list, object, optional, pattern, record, text, whole, words, type Shape } from "./shape.ts";
import { suggest } from "./text.ts";

export interface Stack {
  readonly name: string;
  /** Name of the stack that owns what all tiers share. */
  readonly foundation: string;
  /** Tiers that this stack owns, by system. */
  readonly tiers: Readonly<Record<string, readonly string[]>>;
  readonly github: {
    /** REST address, with a slash at the end. @default "https://api.github.com/" */
    readonly apiUrl: string;
    /** Address that people and git use, without a slash at the end. @default "https://github.com" */
    readonly url: string;
    /** Declared login → login to use instead, to try a system under another account. */
    readonly owners: Readonly<Record<string, string>>;
    /** The foundation always has one; another stack declares nothing in GitHub. */
    readonly token: Sensitive | undefined;
    /** Login → token for what that account owns. A user account is administered by a token of its own; an organization rarely needs one. */
    readonly tokens: Readonly<Record<string, Sensitive>>;
  };
  /** What Argo CD clones with. Not needed for a public repository. */
  readonly gitToken: Sensitive | undefined;
  readonly kubernetes: {
    readonly kubeconfig?: string;
    readonly context?: string;
    /** User with the rights of this stack only, who binds them in each namespace. @default an administrator, who needs none */
    readonly user?: string;
  };
  readonly registry: { readonly host: string; readonly username: string; readonly token: Sensitive | undefined };
  /** Docker host of this stack's containers; without one they are left out, and the outputs say so. */
  readonly docker: {
    readonly host?: string;
    /** Container → port of the host to use instead of the declared one. */
    readonly ports?: Readonly<Record<string, number>>;
  };
  readonly argocd: {
    /** @default "argocd" */
    readonly namespace: string;
    /** GPG key ids in hexadecimal whose signatures production accepts. */
    readonly signatureKeys: readonly string[];
    /** What Argo CD puts before `owner/name.git`, without a slash at the end. @default the address of GitHub */
    readonly repositoryUrlBase: string;
  };
  readonly notifications: {
    /** Where PagerDuty takes events, without a slash at the end. @default "https://events.pagerduty.com" */
    readonly pagerDutyUrl: string;
  };
  /** System → package → tag whose digest is looked up. */
  readonly images: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** System → environment, or `repository` → secret → value. */
  readonly secrets: SecretValues;
}

export type SecretValues = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, Sensitive>>>>>>;

/** What a stack's configuration is read from. */
export interface StackSource {
  readonly name: string;
  /** Values by full key, such as `gatehouse:tiers`; an object is JSON text, as Pulumi hands it to a program. */
  readonly values: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const anyName: Shape = words(100);
const address: Shape = text("an http or https address", isAddress, "write it in full, such as https://api.github.com/");

/** Keys that hold objects, and their shapes. */
const objects: Readonly<Record<string, Shape>> = {
  tiers: record(anyName, list(anyName)),
  github: object({ apiUrl: optional(address), url: optional(address), owners: optional(record(anyName, anyName)) }),
  kubernetes: object({
    kubeconfig: optional(text("the path of a kubeconfig, or its text", (value) => value !== "")),
    context: optional(anyName),
    user: optional(words(253)),
  }),
  registry: object({
    host: optional(pattern("a host, with a port where needed", /^[a-z0-9.-]+(:\d{1,5})?$/i, "write ghcr.io, without https://")),
    username: optional(anyName),
  }),
  docker: object({
    ports: optional(record(anyName, whole(1, 65_535))),
    host: optional(
      pattern(
        "the address of a Docker daemon",
        /^(unix:\/\/\/|tcp:\/\/|ssh:\/\/)\S+$/,
        "write it like unix:///var/run/docker.sock or ssh://user@host",
      ),
    ),
  }),
  argocd: object({
    namespace: optional(pattern("a Kubernetes namespace", /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)),
    signatureKeys: optional(
      list(
        pattern(
          "a GPG key id of 16 or 40 hexadecimal digits",
          /^([0-9A-F]{16}|[0-9A-F]{40})$/i,
          "take it from gpg --list-keys --keyid-format=long",
        ),
      ),
    ),
    repositoryUrlBase: optional(address),
  }),
  notifications: object({ pagerDutyUrl: optional(address) }),
  images: record(anyName, record(anyName, pattern("an image tag", /^\w[\w.-]{0,127}$/))),
};
const texts = ["foundation", "githubToken", "gitToken", "registryToken"];
/** All keys that a stack may set, without their namespace. */
export const stackKeys: readonly string[] = [...texts, ...Object.keys(objects), "githubTokens", "secrets"];

/**
 * Reads a stack's configuration.
 *
 * @throws FaultsError with every fault: unknown keys, wrong shapes, what is missing. No secret's value is in it.
 */
export function readStack(source: StackSource): Stack {
  const faults: Fault[] = [];
  const file = `Pulumi.${source.name}.yaml`;
  for (const key of Object.keys(source.values)) faults.push(...judgeKey(key));

  const parsed = (key: string): unknown => parseObject(key, source.values[`gatehouse:${key}`], faults);
  const github = (parsed("github") ?? {}) as { apiUrl?: string; url?: string; owners?: Record<string, string> };
  const argocd = (parsed("argocd") ?? {}) as { namespace?: string; signatureKeys?: string[]; repositoryUrlBase?: string };
  const registry = (parsed("registry") ?? {}) as { host?: string; username?: string };
  const notifications = (parsed("notifications") ?? {}) as { pagerDutyUrl?: string };
  const url = withoutSlash(github.url ?? "https://github.com");
  const foundation = source.values["gatehouse:foundation"] ?? "";
  if (foundation === "") {
    faults.push(
      missing("foundation", "names the stack that owns what all tiers share", `pulumi config set foundation prod --stack ${source.name}`),
    );
  }
  const token = sensitive(source.values["gatehouse:githubToken"] ?? source.environment.GATEHOUSE_GITHUB_TOKEN);
  if (token === undefined && source.name === foundation) {
    const fix = `pulumi config set --secret githubToken --stack ${source.name}` + " (or set GATEHOUSE_GITHUB_TOKEN)";
    faults.push(missing("githubToken", "is what GitHub's API is called with", fix));
  }
  const stack: Stack = {
    name: source.name,
    foundation,
    tiers: (parsed("tiers") ?? {}) as Stack["tiers"],
    github: {
      apiUrl: `${withoutSlash(github.apiUrl ?? "https://api.github.com")}/`,
      url,
      owners: github.owners ?? {},
      token,
      tokens: readTokens(source.values["gatehouse:githubTokens"], faults),
    },
    gitToken: sensitive(source.values["gatehouse:gitToken"]),
    kubernetes: parsed("kubernetes") ?? {},
    docker: parsed("docker") ?? {},
    registry: {
      host: registry.host ?? "ghcr.io",
      username: registry.username ?? "gatehouse",
      token: sensitive(source.values["gatehouse:registryToken"]),
    },
    argocd: {
      namespace: argocd.namespace ?? "argocd",
      signatureKeys: argocd.signatureKeys ?? [],
      repositoryUrlBase: withoutSlash(argocd.repositoryUrlBase ?? url),
    },
    notifications: { pagerDutyUrl: withoutSlash(notifications.pagerDutyUrl ?? "https://events.pagerduty.com") },
    images: (parsed("images") ?? {}) as Stack["images"],
    secrets: readSecrets(source.values["gatehouse:secrets"], faults),
  };
  refuse(
    `The configuration of stack ${source.name}`,
    faults.map((fault) => ({ file, ...fault })),
  );
  return deepFreeze(stack);
}

/** The fault of a key that nobody reads; nothing for a known one. Pulumi's own keys are let through. */
export function judgeKey(key: string): Fault[] {
  if (key.startsWith("pulumi:")) return [];
  const name = key.startsWith("gatehouse:") ? key.slice("gatehouse:".length) : key;
  if (stackKeys.includes(name)) return [];
  const bare = name.includes(":") ? name.slice(name.indexOf(":") + 1) : name;
  return [
    {
      path: key,
      value: undefined,
      rule: "no such configuration key: nobody would read it. Providers are configured by gatehouse:github and its like, not by their own keys",
      fix: `${suggest(bare, stackKeys)} Else remove it with pulumi config rm`,
    },
  ];
}

function parseObject(key: string, json: string | undefined, faults: Fault[]): unknown {
  if (json === undefined) return undefined;
  const shape = objects[key];
  try {
    return shape?.(JSON.parse(json), `gatehouse:${key}`, faults);
  } catch {
    const fix = `set its fields, as in pulumi config set --path 'gatehouse:${key}.FIELD' VALUE`;
    faults.push({ path: `gatehouse:${key}`, value: json, rule: "must be an object", fix });
    return undefined;
  }
}

function readTokens(json: string | undefined, faults: Fault[]): Record<string, Sensitive> {
  if (json === undefined) return {};
  const found: Fault[] = [];
  let tokens: unknown;
  try {
    tokens = record(anyName, words(1000))(JSON.parse(json), "gatehouse:githubTokens", found);
  } catch {
    const rule = "must be a map of logins to tokens";
    found.push({ path: "gatehouse:githubTokens", value: undefined, rule, fix: "pulumi config set --secret --path githubTokens.LOGIN" });
  }
  faults.push(...found.map((fault) => ({ ...fault, value: undefined })));
  return Object.fromEntries(
    Object.entries((tokens ?? {}) as Record<string, string>).map(([login, token]) => [login, new Sensitive(token)]),
  );
}

/** Values are strings only; a fault in them names the place and never the value. */
function readSecrets(json: string | undefined, faults: Fault[]): SecretValues {
  if (json === undefined) return {};
  const found: Fault[] = [];
  let tree: unknown;
  try {
    const value = text("a secret text that is not empty", (entry) => entry !== "", "set it again with pulumi config set --secret");
    tree = record(anyName, record(anyName, record(anyName, value)))(JSON.parse(json), "gatehouse:secrets", found);
  } catch {
    found.push({
      path: "gatehouse:secrets",
      value: undefined,
      rule: "must be system → environment → name",
      fix: "remove it and set each secret",
    });
  }
  faults.push(...found.map((fault) => ({ ...fault, value: undefined })));
  const wrapped: Record<string, Record<string, Record<string, Sensitive>>> = {};
  for (const [system, scopes] of Object.entries((tree ?? {}) as Record<string, Record<string, Record<string, string>>>)) {
    for (const [scope, names] of Object.entries(scopes)) {
      for (const [name, value] of Object.entries(names)) ((wrapped[system] ??= {})[scope] ??= {})[name] = new Sensitive(value);
    }
  }
  return wrapped;
}

function missing(key: string, what: string, fix: string): Fault {
  return { path: `gatehouse:${key}`, value: undefined, rule: `is required: it ${what}`, fix };
}

function sensitive(value: string | undefined): Sensitive | undefined {
  return value === undefined || value === "" ? undefined : new Sensitive(value);
}

function isAddress(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

function withoutSlash(value: string): string {
  return value.replace(/\/+$/, "");
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !(value instanceof Sensitive)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
