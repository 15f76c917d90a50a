/** Who and what may reach a repository besides its gates. */
import { github } from "./declaration.ts";
import type { Parameter, ResourceRule } from "./rule.ts";

const listed = (description: string): Readonly<Record<string, Parameter>> => ({
  allowed: { type: "array", description, default: [], items: { type: "string" } },
});
const secrets = ["Actions", "Dependabot", "Codespaces"].flatMap((of) => [github(`${of}Secret`), github(`${of}OrganizationSecret`)]);
const field = (value: unknown, key: string): string | undefined => {
  const found = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  return typeof found === "string" ? found : undefined;
};
const includes = (list: unknown, name: string | undefined): boolean =>
  Array.isArray(list) && list.some((member) => typeof member === "string" && member.toLowerCase() === name?.toLowerCase());

/** Where a provider of identities can be trusted instead. https://docs.github.com/actions/concepts/security/openid-connect */
const longLived =
  /^(AWS_(SECRET_ACCESS_KEY|ACCESS_KEY_ID)|AZURE_(CREDENTIALS|CLIENT_SECRET)|ARM_CLIENT_SECRET|GCP_(SA_KEY|CREDENTIALS|SERVICE_ACCOUNT_KEY)|GOOGLE_(CREDENTIALS|APPLICATION_CREDENTIALS)|PYPI_(API_)?TOKEN|TWINE_PASSWORD|NPM_TOKEN)$/;

export const accessRules: readonly ResourceRule[] = [
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
      const users = grant.has("users") ? grant.list("users") : [{ username: grant.text("username"), permission: grant.text("permission") }];
      for (const user of users) {
        const [login, permission] = [field(user, "username"), field(user, "permission")];
        if (permission === "admin" && !includes(allowed, login))
          yield { path: "permission", message: `${login ?? "a person"} administers it` };
      }
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
