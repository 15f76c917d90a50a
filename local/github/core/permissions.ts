/**
 * Which permission an operation asks of a fine-grained token, an installation of an app or `GITHUB_TOKEN`, by its address.
 * From GitHub's lists "Permissions required for GitHub Apps" and "… for fine-grained personal access tokens". Pure.
 */

export type Access = "read" | "write" | "admin";
/** Permission by the API's name, such as `pull_requests`, and how far it goes. */
export type Permissions = Readonly<Record<string, Access>>;

export interface Required {
  /** Any one of these is enough. */
  readonly anyOf: readonly string[];
  readonly access: "read" | "write";
}

const RANK: Readonly<Record<Access, number>> = { read: 1, write: 2, admin: 3 };

/** Do these permissions hold the one asked for? Reading a repository's metadata goes with every other permission. */
export function permits(granted: Permissions, { anyOf, access }: Required): boolean {
  return anyOf.some((name) => {
    const held = granted[name] ?? (name === "metadata" ? "read" : undefined);
    return held !== undefined && RANK[held] >= RANK[access];
  });
}

/** The header `X-Accepted-GitHub-Permissions`: alternatives are told with a semicolon between them. */
export const acceptedPermissions = ({ anyOf, access }: Required): string => anyOf.map((name) => `${name}=${access}`).join("; ");

/** Permissions that everybody has over a public repository, with a token or without. */
const PUBLIC = new Set(["metadata", "contents", "issues", "pull_requests", "checks", "statuses", "deployments", "actions", "pages"]);

/** May anybody do it to a public repository? */
export const isOpen = ({ anyOf, access }: Required): boolean => access === "read" && anyOf.some((name) => PUBLIC.has(name));

interface Line {
  readonly path: RegExp;
  readonly methods?: RegExp;
  readonly anyOf: readonly string[];
  /** Where it is not what the method says: reading for GET, writing for all others. */
  readonly access?: "read" | "write";
}

const line = (path: RegExp, anyOf: string | readonly string[], more: Pick<Line, "methods" | "access"> = {}): Line => ({
  path,
  anyOf: typeof anyOf === "string" ? [anyOf] : anyOf,
  ...more,
});
const reading = { methods: /^GET$/ };
const writing = { methods: /^(?!GET$)/ };

/** The first line that matches tells; paths begin behind `/repos/{owner}/{repo}`. */
const REPOSITORY: readonly Line[] = [
  line(/^$/, "metadata", reading),
  line(/^\/rulesets\/[^/]+\/history/, "administration", { access: "write" }),
  line(/^\/(rulesets|rules|collaborators|topics|languages|tags|contributors|installation|properties)(\/|$)/, "metadata", reading),
  line(/^\/properties/, "repository_custom_properties"),
  line(/^\/pulls\/[^/]+\/merge$/, "contents", writing),
  line(/^\/(pulls(\/|$)|commits\/[^/]+\/pulls$)/, "pull_requests"),
  line(/^\/commits\/.+\/check-(runs|suites)$|^\/check-(runs|suites)(\/|$)/, "checks"),
  line(/^\/commits\/.+\/status(es)?$|^\/statuses(\/|$)/, "statuses"),
  line(/^\/branches\/.+\/protection(\/|$)/, "administration"),
  line(/^\/(contents|git|commits|branches|compare|merges|releases|readme|tarball|zipball|dispatches)(\/|$)/, "contents"),
  line(/^\/(issues|labels|assignees|milestones)(\/|$)/, ["issues", "pull_requests"]),
  line(/^\/environments\/[^/]+\/(secrets|variables)(\/|$)/, "environments"),
  line(/^\/environments(\/|$)/, "actions", reading),
  line(/^\/actions\/runs\/[^/]+\/pending_deployments$/, "deployments", writing),
  line(/^\/actions\/(permissions|runners|runner-groups)(\/|$)/, "administration"),
  line(/^\/actions\/(secrets|organization-secrets)(\/|$)/, "secrets"),
  line(/^\/actions\/(variables|organization-variables)(\/|$)/, "actions_variables"),
  line(/^\/actions\//, "actions"),
  line(/^\/dependabot\/secrets(\/|$)/, "dependabot_secrets"),
  line(/^\/deployments(\/|$)/, "deployments"),
  line(/^\/hooks(\/|$)/, "repository_hooks"),
  line(/^\/pages(\/|$)/, "pages"),
  line(/^/, "administration"),
];

/** Paths begin behind `/orgs/{org}`. */
const ORGANIZATION: readonly Line[] = [
  line(/^(\/repos|\/installation)?$/, "metadata", reading),
  line(/^\/repos$/, "administration"),
  line(/^\/teams\/[^/]+\/repos\/.+$/, "administration", writing),
  line(/^\/(members|memberships|teams|outside_collaborators|invitations)(\/|$)/, "members"),
  line(/^\/rulesets(\/|$)/, "organization_administration", { access: "write" }),
  line(/^\/properties(\/|$)/, "organization_custom_properties"),
  line(/^\/hooks(\/|$)/, "organization_hooks"),
  line(/^\/actions\/(runners|runner-groups)(\/|$)/, "organization_self_hosted_runners"),
  line(/^\/actions\/secrets(\/|$)/, "organization_secrets"),
  line(/^\/actions\/variables(\/|$)/, "organization_actions_variables"),
  line(/^\/dependabot\/secrets(\/|$)/, "organization_dependabot_secrets"),
  line(/^\/packages(\/|$)/, "packages"),
  line(/^/, "organization_administration"),
];

/**
 * What an operation asks for; undefined where no permission is asked: users, apps, what belongs to the caller.
 *
 * @param path As the description writes it, with `{owner}`.
 */
export function requiredPermission(method: string, path: string): Required | undefined {
  const [, place, rest = ""] = /^\/(repos\/\{owner\}\/\{repo\}|orgs\/\{org\})(.*)$/.exec(path) ?? [];
  if (place === undefined) return undefined;
  const asked = method === "HEAD" ? "GET" : method;
  const found = (place.startsWith("repos") ? REPOSITORY : ORGANIZATION).find(
    ({ path: pattern, methods }) => pattern.test(rest) && (methods?.test(asked) ?? true),
  );
  if (!found) return undefined;
  return { anyOf: found.anyOf, access: found.access ?? (asked === "GET" ? "read" : "write") };
}
