/** Who and what may reach a repository besides its gates. */
import { github, type Declaration } from "./declaration.ts";
import { textAt } from "./fields.ts";
import type { Parameter, ResourceRule, StackRule } from "./rule.ts";

const listed = (description: string): Readonly<Record<string, Parameter>> => ({
  allowed: { type: "array", description, default: [], items: { type: "string" } },
});
const secrets = ["Actions", "Dependabot", "Codespaces"].flatMap((of) => [github(`${of}Secret`), github(`${of}OrganizationSecret`)]);
const includes = (list: unknown, name: string | undefined): boolean =>
  Array.isArray(list) && list.some((member) => typeof member === "string" && member.toLowerCase() === name?.toLowerCase());

/** Whom a grant names, each with a right where one is said: one resource names one person, the other many. */
function grantedUsers(grant: Declaration): { readonly login: string | undefined; readonly permission: string | undefined }[] {
  const users = grant.has("users") ? grant.list("users") : [{ username: grant.text("username"), permission: grant.text("permission") }];
  return users.map((user) => ({ login: textAt(user, "username"), permission: textAt(user, "permission") }));
}

/** Where a provider of identities can be trusted instead. https://docs.github.com/actions/concepts/security/openid-connect */
const longLived =
  /^(AWS_(SECRET_ACCESS_KEY|ACCESS_KEY_ID)|AZURE_(CREDENTIALS|CLIENT_SECRET)|ARM_CLIENT_SECRET|GCP_(SA_KEY|CREDENTIALS|SERVICE_ACCOUNT_KEY)|GOOGLE_(CREDENTIALS|APPLICATION_CREDENTIALS)|PYPI_(API_)?TOKEN|TWINE_PASSWORD|NPM_TOKEN)$/;

export const accessRules: readonly (ResourceRule | StackRule)[] = [
  {
    id: "access-team-not-admin",
    kind: "resource",
    types: [github("TeamRepository")],
    title: "No team administers a repository, unless it is named",
    why: "An administrator can change every gate, and delete the repository.",
    severity: "medium",
    standards: { cis: ["1.3.7"] },
    fix: 'Set `permission` to "maintain" or less, or list the resource under `allowed`.',
    config: listed("Names of resources that may."),
    *judge(grant, { allowed }) {
      if (grant.text("permission") === "admin" && !includes(allowed, grant.name))
        yield { path: "permission", message: "the team administers it" };
    },
  },
  {
    id: "access-collaborator-not-admin",
    kind: "resource",
    types: [github("RepositoryCollaborator"), github("RepositoryCollaborators")],
    title: "No single person administers a repository, unless named",
    why: "A person's rights stay when the person moves on; a team's do not.",
    severity: "medium",
    standards: { cis: ["1.3.7"] },
    fix: "Give the right to a team, or list the login under `allowed`.",
    config: listed("Logins that may."),
    *judge(grant, { allowed }) {
      for (const { login, permission } of grantedUsers(grant)) {
        if (permission === "admin" && !includes(allowed, login))
          yield { path: "permission", message: `${login ?? "a person"} administers it` };
      }
    },
  },
  {
    id: "access-collaborators-known",
    kind: "resource",
    types: [github("RepositoryCollaborator"), github("RepositoryCollaborators")],
    title: "Every single person who may write a repository is known",
    why: "An outside collaborator is nobody's colleague, and leaves no team when leaving.",
    severity: "medium",
    standards: { cis: ["1.3.4"] },
    fix: "Give the right to a team, or list the login under `allowed`.",
    config: listed("Logins that may."),
    *judge(grant, { allowed }) {
      for (const { login, permission = "push" } of grantedUsers(grant)) {
        if (!["pull", "triage"].includes(permission) && !includes(allowed, login))
          yield { path: "permission", message: `${login ?? "a person"} may ${permission}` };
      }
    },
  },
  {
    id: "secret-in-environment",
    kind: "stack",
    types: [github("ActionsSecret")],
    title: "A secret belongs to an environment where there is one",
    why: "A secret of the repository is for every job of every branch, whoever wrote the workflow file there.",
    severity: "high",
    standards: {},
    fix: "Declare it as ActionsEnvironmentSecret of the environment whose job needs it, or list it under `allowed`.",
    config: listed("Names of secrets that may."),
    *judge(secret, stack, { allowed }) {
      const environments = stack.besides(github("RepositoryEnvironment"), "repository", secret);
      const there = environments.some((each) => each.text("repository") === secret.text("repository"));
      const name = secret.text("secretName") ?? "";
      if (there && !includes(allowed, name)) yield { path: "secretName", message: `every job may read ${name}` };
    },
  },
  {
    id: "secret-called-after-its-place",
    kind: "resource",
    types: [github("ActionsEnvironmentSecret")],
    title: "A secret is called after the environment that it belongs to, where the project calls them so",
    why: "One that came to another environment, by mistake or not, looks the same to everybody otherwise.",
    severity: "medium",
    standards: {},
    fix: "Correct `environment`, or call the resource NAME-ENVIRONMENT-SECRET.",
    config: { convention: { type: "boolean", description: "Whether the project calls them so.", default: false } },
    *judge(secret, { convention }) {
      const place = `-${secret.text("environment") ?? ""}-${secret.text("secretName") ?? ""}`;
      if (convention === true && !secret.name.endsWith(place))
        yield { path: "environment", message: `its name does not end with ${place}` };
    },
  },
  {
    id: "secret-renewed",
    kind: "resource",
    types: [...secrets, github("ActionsEnvironmentSecret")],
    title: "A secret is renewed in time",
    why: "What leaked unseen works until somebody changes it.",
    severity: "low",
    standards: {},
    fix: "Make a new one where it came from, and set it.",
    config: {
      days: { type: "integer", description: "Days after which a secret is too old.", default: 365, minimum: 1 },
      on: { type: "string", description: "The day to judge by, such as 2026-12-01; today where it is empty.", default: "" },
    },
    *judge(secret, { days, on }) {
      // GitHub tells the day with the secret, so it is known only of one that is there already.
      const updated = secret.text("remoteUpdatedAt") ?? secret.text("updatedAt");
      if (updated === undefined) return;
      const today = on === "" ? new Date() : new Date(String(on));
      const age = Math.floor((today.getTime() - new Date(updated.replace(/ \+0000 UTC$/u, "Z").replace(" ", "T")).getTime()) / 86_400_000);
      if (age > Number(days)) yield { path: "updatedAt", message: `it is ${age} days old` };
    },
  },
  {
    id: "access-deploy-key-reads",
    kind: "resource",
    types: [github("RepositoryDeployKey")],
    title: "A deploy key reads",
    why: "A key that writes belongs to nobody, never expires, and can be let around rulesets.",
    severity: "high",
    standards: { cis: ["1.3.10"] },
    fix: "Set `readOnly`, or use a GitHub App.",
    *judge(key) {
      if (key.get("readOnly") === false) yield { path: "readOnly", message: "the key may write" };
    },
  },
  {
    id: "access-webhook-safe",
    kind: "resource",
    types: [github("RepositoryWebhook"), github("OrganizationWebhook")],
    title: "A webhook goes out over checked TLS, and is signed",
    why: "Its receiver cannot tell GitHub from anybody else otherwise.",
    severity: "high",
    standards: { cis: ["1.4.x"] },
    fix: "Use an https address, set `configuration.secret`, and leave `insecureSsl` off.",
    *judge(hook) {
      if (hook.get("active") === false) return;
      if (hook.flag("configuration.insecureSsl")) yield { path: "configuration.insecureSsl", message: "the certificate is not checked" };
      if (!hook.has("configuration.secret")) yield { path: "configuration.secret", message: "deliveries are not signed" };
      // An address may carry a token, and then it is a secret that nobody may read here.
      const url = hook.text("configuration.url");
      if (url?.startsWith("https://") === false) yield { path: "configuration.url", message: "it does not begin with https://" };
    },
  },
  {
    id: "access-dependency-alerts",
    kind: "resource",
    types: [github("RepositoryVulnerabilityAlerts")],
    title: "Alerts about vulnerable dependencies are on",
    why: "Nobody hears of a known hole otherwise.",
    severity: "medium",
    standards: { cis: ["1.1.19"] },
    fix: "Set `enabled`.",
    *judge(alerts) {
      if (alerts.get("enabled") === false) yield { path: "enabled", message: "they are off" };
    },
  },
  {
    id: "secret-not-long-lived",
    kind: "resource",
    types: [...secrets, github("ActionsEnvironmentSecret")],
    title: "No long-lived key of a cloud or a package index where OpenID Connect serves",
    why: "A stored key can be copied and works anywhere until somebody changes it; a token of a job ends with the job.",
    severity: "high",
    standards: {},
    fix: "Trust the environment's OpenID Connect subject at the provider, and remove the secret.",
    config: listed("Names of secrets that may stay."),
    *judge(secret, { allowed }) {
      const name = secret.text("secretName") ?? "";
      if (longLived.test(name.toUpperCase()) && !includes(allowed, name)) yield `${name} is a long-lived key`;
    },
  },
  {
    id: "secret-organization-selected",
    kind: "resource",
    types: secrets.filter((type) => type.endsWith("OrganizationSecret")),
    title: "An organization's secret is for named repositories",
    why: "Every repository, also one that anybody made yesterday, could read it.",
    severity: "high",
    standards: {},
    fix: 'Set `visibility` to "selected" and name the repositories.',
    *judge(secret) {
      if (secret.text("visibility") !== "selected")
        yield { path: "visibility", message: "more than the repositories that need it may read it" };
    },
  },
  {
    id: "organization-members-limited",
    kind: "resource",
    types: [github("OrganizationSettings")],
    title: "Members make repositories through the program, and read what is not theirs",
    why: "A repository that somebody made by hand has no gates.",
    severity: "medium",
    standards: { cis: ["1.2.2", "1.3.8"] },
    fix: 'Set `membersCanCreateRepositories` to false and `defaultRepositoryPermission` to "read" or "none".',
    *judge(settings) {
      const base = settings.text("defaultRepositoryPermission");
      if (base !== undefined && !["read", "none"].includes(base))
        yield { path: "defaultRepositoryPermission", message: `every member may ${base} every repository` };
      // Both default to true.
      const path = "membersCanCreatePublicRepositories";
      if (settings.get("membersCanCreateRepositories") !== false && settings.get(path) !== false)
        yield { path, message: "members make public repositories" };
    },
  },
];
