/** Asking a container registry which image a tag names, by the distribution API. */
import { Failure, exitCode } from "../failure.ts";

/** How to reach the registry that stands for the one that overlays name. */
export interface Registry {
  /** Host, with a port where needed. */
  readonly host: string;
  readonly username: string;
  /** Absent: asked without a login. */
  readonly token: string | undefined;
}

const manifests = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

const loopback = /^(127\.0\.0\.1|localhost)(:\d+)?$/;

/**
 * The digest that a tag names: `sha256:…`, or `undefined` where the registry has no such tag.
 *
 * @param image As overlays name it, with its own host, which `registry.host` takes the place of. @example "ghcr.io/thedataenginex/dex"
 * @throws Failure when the registry does not answer or refuses the login.
 */
export async function digestOf(registry: Registry, image: string, tag: string): Promise<string | undefined> {
  const repository = repositoryOf(image);
  const scheme = loopback.test(registry.host) ? "http" : "https";
  const url = `${scheme}://${registry.host}/v2/${repository}/manifests/${encodeURIComponent(tag)}`;
  const answer = await ask(registry, url, repository);
  if (answer.status === 404) return undefined;
  if (!answer.ok) throw refused(registry, `answered ${answer.status} to ${url}`);
  return answer.headers.get("docker-content-digest") ?? undefined;
}

/** `thedataenginex/dex` of `ghcr.io/thedataenginex/dex`: a first part with a dot, a port or `localhost` is the host. */
export function repositoryOf(image: string): string {
  const [first = "", ...rest] = image.split("/");
  return rest.length > 0 && (/[.:]/.test(first) || first === "localhost") ? rest.join("/") : image;
}

async function ask(registry: Registry, url: string, repository: string): Promise<Response> {
  const head = (authorization?: string): Promise<Response> =>
    reach(registry, url, { method: "HEAD", headers: { accept: manifests, ...(authorization !== undefined && { authorization }) } });
  const first = await head();
  if (first.status !== 401) return first;
  const challenge = first.headers.get("www-authenticate") ?? "";
  const { username, token } = registry;
  const basic = token === undefined ? undefined : `Basic ${Buffer.from(`${username}:${token}`).toString("base64")}`;
  if (/^basic\b/i.test(challenge)) return basic === undefined ? first : head(basic);
  const bearer = await bearerToken(registry, challenge, repository, basic);
  return bearer === undefined ? first : head(`Bearer ${bearer}`);
}

/** As the challenge asks: a token for pulling from one repository. */
async function bearerToken(
  registry: Registry,
  challenge: string,
  repository: string,
  basic: string | undefined,
): Promise<string | undefined> {
  const field = (name: string): string | undefined => new RegExp(`\\b${name}="([^"]*)"`).exec(challenge)?.[1];
  const [realm, service] = [field("realm"), field("service")];
  if (!/^bearer\b/i.test(challenge) || realm === undefined) return undefined;
  const query = new URLSearchParams({ scope: `repository:${repository}:pull`, ...(service !== undefined && { service }) });
  const answer = await reach(registry, `${realm}?${query.toString()}`, basic === undefined ? {} : { headers: { authorization: basic } });
  if (!answer.ok) return undefined;
  const { token, access_token: access } = (await answer.json()) as { token?: string; access_token?: string };
  return token ?? access;
}

async function reach(registry: Registry, url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(30_000) });
  } catch (error) {
    throw refused(registry, error instanceof Error ? error.message : String(error));
  }
}

const refused = ({ host }: Registry, what: string): Failure =>
  new Failure(
    exitCode.unavailable,
    `The registry ${host} cannot be asked: ${what}. What to do: give the stack a \`gatehouse:registryToken\` that may read the package.`,
  );
