/**
 * What an engine that was killed leaves behind. Pulumi writes "creating" to the state before it asks a provider to create something, and the
 * result after it. Killed in between, nobody knows whether the thing exists: a second create would fail ("already exists") or double it.
 * So each such operation is settled before the next run: what exists at the service is adopted into the state, the rest is forgotten.
 *
 * Most creates of the GitHub provider are a PUT and the Kubernetes plugin applies on the server: they may simply run again. Those that
 * are a POST are looked up here by the name that the declaration gave them.
 */

export interface PendingOperation {
  readonly type: string;
  readonly resource: StateResource;
}

/** A resource as `pulumi stack export` writes it; only the fields used here are named. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly custom?: boolean;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly provider?: string;
  readonly [key: string]: unknown;
}

export interface Deployment {
  readonly version: number;
  readonly deployment: {
    readonly resources?: readonly StateResource[];
    readonly pending_operations?: readonly PendingOperation[];
    readonly [key: string]: unknown;
  };
}

/** Asks GitHub for the thing a create would have made. `undefined` where there is none. */
export type Get = (path: string) => Promise<unknown>;

/** `since`, in milliseconds since 1970: what was made before it is not ours. Absent: whatever has the name is. */
type Lookup = (inputs: Readonly<Record<string, unknown>>, owner: string, get: Get, since?: number) => Promise<string | undefined>;

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const encoded = (value: unknown): string => encodeURIComponent(text(value));

/** First element of a list answer, at any page, whose field equals the wanted value. */
async function find(get: Get, path: string, field: string, wanted: unknown, list?: string): Promise<Record<string, unknown> | undefined> {
  for (let page = 1; ; page += 1) {
    const answer = await get(`${path}${path.includes("?") ? "&" : "?"}per_page=100&page=${page}`);
    const items = (list === undefined ? answer : (answer as Record<string, unknown> | undefined)?.[list]) as
      Record<string, unknown>[] | undefined;
    if (items === undefined || items.length === 0) return undefined;
    const found = items.find((item) => text(item[field]).toLowerCase() === text(wanted).toLowerCase());
    if (found !== undefined) return found;
  }
}

const idOf = (found: Record<string, unknown> | undefined, id: (found: Record<string, unknown>) => string): string | undefined =>
  found === undefined ? undefined : id(found);

/** The id under which Pulumi knows an existing thing, for each type whose create is not repeatable. Source: the provider's import ids. */
const lookups: Readonly<Record<string, Lookup>> = {
  "github:index/repository:Repository": async ({ name }, owner, get, since) => {
    const found = (await get(`/repos/${owner}/${encoded(name)}`)) as { created_at?: string } | undefined;
    // GitHub's times are whole seconds.
    const foreign = since !== undefined && Date.parse(found?.created_at ?? "") < since - 1_000;
    return found === undefined || foreign ? undefined : text(name);
  },
  "github:index/repositoryRuleset:RepositoryRuleset": async ({ name, repository }, owner, get) =>
    idOf(await find(get, `/repos/${owner}/${encoded(repository)}/rulesets?includes_parents=false`, "name", name), ({ id }) => String(id)),
  "github:index/repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy": async (inputs, owner, get) => {
    const path = `/repos/${owner}/${encoded(inputs["repository"])}/environments/${encoded(inputs["environment"])}/deployment-branch-policies`;
    const pattern = inputs["branchPattern"] ?? inputs["tagPattern"];
    return idOf(await find(get, path, "name", pattern, "branch_policies"), ({ id }) =>
      [text(inputs["repository"]), encoded(inputs["environment"]), String(id)].join(":"),
    );
  },
  "github:index/actionsVariable:ActionsVariable": async ({ repository, variableName }, owner, get) =>
    (await get(`/repos/${owner}/${encoded(repository)}/actions/variables/${encoded(variableName)}`)) === undefined
      ? undefined
      : `${text(repository)}:${text(variableName)}`,
  "github:index/actionsEnvironmentVariable:ActionsEnvironmentVariable": async ({ repository, environment, variableName }, owner, get) =>
    (await get(`/repos/${owner}/${encoded(repository)}/environments/${encoded(environment)}/variables/${encoded(variableName)}`)) ===
    undefined
      ? undefined
      : [text(repository), encoded(environment), text(variableName)].join(":"),
  "github:index/repositoryAutolinkReference:RepositoryAutolinkReference": async ({ repository, keyPrefix }, owner, get) =>
    idOf(await find(get, `/repos/${owner}/${encoded(repository)}/autolinks`, "key_prefix", keyPrefix), ({ id }) => String(id)),
  "github:index/repositoryWebhook:RepositoryWebhook": async ({ repository, configuration }, owner, get) => {
    const url = (configuration as Record<string, unknown> | undefined)?.["url"];
    const hooks = (await get(`/repos/${owner}/${encoded(repository)}/hooks?per_page=100`)) as
      { id: number; config: { url?: string } }[] | undefined;
    const found = hooks?.find(({ config }) => config.url === url);
    return found === undefined ? undefined : String(found.id);
  },
};

export interface Settled {
  readonly deployment: Deployment;
  /** Exist at the service and are now known to the state; their outputs still have to be read by a refresh. */
  readonly adopted: readonly string[];
  /** Were never made, or can be made again without harm. */
  readonly forgotten: readonly string[];
}

/** True for a create that cannot simply run again, and whose outcome can be looked up. */
export function canBeLookedUp({ type, resource }: PendingOperation): boolean {
  return type === "creating" && lookups[resource.type] !== undefined;
}

/**
 * Settles the pending operations of an exported state. `get` is asked with the owner of the resource's provider. `since`, in milliseconds
 * since 1970: a repository that was made before it is left alone, since it is not known to be ours.
 * Returns the same state where nothing was pending.
 */
export async function settle(exported: Deployment, get: (owner: string) => Get, since?: number): Promise<Settled> {
  const { pending_operations: pending = [], resources = [], ...rest } = exported.deployment;
  const known = new Set(resources.map(({ urn }) => urn));
  const adopted: StateResource[] = [];
  const forgotten: string[] = [];
  for (const { type, resource } of pending) {
    const lookup = lookups[resource.type];
    const owner = ownerOf(resource, resources);
    const id =
      type !== "creating" || known.has(resource.urn) || lookup === undefined || owner === undefined
        ? undefined
        : await lookup(resource.inputs ?? {}, owner, get(owner), since);
    if (id === undefined) forgotten.push(resource.urn);
    else adopted.push({ ...resource, id, custom: true, outputs: resource.inputs ?? {} });
  }
  return {
    deployment: { ...exported, deployment: { ...rest, resources: [...resources, ...adopted] } },
    adopted: adopted.map(({ urn }) => urn),
    forgotten,
  };
}

/** The `owner` of the provider that a resource belongs to: a reference is `<urn of the provider>::<id>`. */
function ownerOf(resource: StateResource, resources: readonly StateResource[]): string | undefined {
  const urn = resource.provider?.split("::").slice(0, -1).join("::");
  const owner = resources.find((candidate) => candidate.urn === urn)?.inputs?.["owner"];
  return typeof owner === "string" ? owner : undefined;
}
