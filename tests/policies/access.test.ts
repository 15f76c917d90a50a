import { specify, UNKNOWN, type Example } from "./examples.ts";

const of = (kind: string) => {
  const type = `github:index/${kind.charAt(0).toLowerCase()}${kind.slice(1)}:${kind}`;
  return (properties: Readonly<Record<string, unknown>>): Example => ({ given: [{ type, name: "it", properties }] });
};

const team = of("TeamRepository");
specify("access-team-not-admin", {
  pass: {
    "one that maintains": team({ permission: "maintain" }),
    "one that is listed": { ...team({ permission: "admin" }), parameters: { allowed: ["it"] } },
  },
  fail: { "one that administers": { ...team({ permission: "admin" }), says: /administers/ } },
  unknown: { "a computed right": team({ permission: UNKNOWN }) },
});

const person = of("RepositoryCollaborator");
specify("access-collaborator-not-admin", {
  pass: {
    "one who pushes": person({ username: "octocat", permission: "push" }),
    "one who is listed, however it is spelled": {
      ...person({ username: "Octocat", permission: "admin" }),
      parameters: { allowed: ["octocat"] },
    },
  },
  fail: {
    "one who administers": { ...person({ username: "octocat", permission: "admin" }), says: /octocat administers/ },
    "one of a list": {
      ...of("RepositoryCollaborators")({
        users: [
          { username: "a", permission: "push" },
          { username: "b", permission: "admin" },
        ],
      }),
      says: /^b administers it$/,
    },
  },
  unknown: { "a computed right": person({ username: "octocat", permission: UNKNOWN }) },
});

const key = of("RepositoryDeployKey");
specify("access-deploy-key-reads", {
  pass: { "one that reads": key({ readOnly: true }), "one that says nothing, which reads": key({}) },
  fail: { "one that writes": { ...key({ readOnly: false }), says: /may write/ } },
  unknown: { "a computed right": key({ readOnly: UNKNOWN }) },
});

const hook = of("RepositoryWebhook");
const configuration = { url: "https://hooks.example/x", secret: "s", insecureSsl: false };
specify("access-webhook-safe", {
  pass: {
    "a signed one over TLS": hook({ configuration }),
    "an organization's": of("OrganizationWebhook")({ configuration }),
    "one that is off": hook({ active: false, configuration: {} }),
  },
  fail: {
    "plain http": { ...hook({ configuration: { ...configuration, url: "http://hooks.example" } }), says: /^it does not begin with https/ },
    "an unchecked certificate": { ...hook({ configuration: { ...configuration, insecureSsl: true } }), says: /certificate/ },
    "no secret": { ...hook({ configuration: { url: configuration.url } }), says: /not signed/ },
  },
  unknown: { "a computed address": hook({ configuration: { ...configuration, url: UNKNOWN } }) },
});

const alerts = of("RepositoryVulnerabilityAlerts");
specify("access-dependency-alerts", {
  pass: { on: alerts({ enabled: true }), "nothing said, which is on": alerts({}) },
  fail: { off: { ...alerts({ enabled: false }), says: /off/ } },
  unknown: { "a computed setting": alerts({ enabled: UNKNOWN }) },
});

const secret = of("ActionsSecret");
specify("secret-not-long-lived", {
  pass: {
    "another secret": secret({ secretName: "CODECOV_TOKEN" }),
    "one that may stay": { ...secret({ secretName: "NPM_TOKEN" }), parameters: { allowed: ["NPM_TOKEN"] } },
  },
  fail: Object.fromEntries(
    ["AWS_SECRET_ACCESS_KEY", "AZURE_CREDENTIALS", "ARM_CLIENT_SECRET", "GCP_SA_KEY", "PYPI_TOKEN", "pypi_api_token"].map((secretName) => [
      secretName,
      { ...secret({ secretName }), says: new RegExp(`^${secretName} is a long-lived key$`) },
    ]),
  ),
  unknown: { "a computed name": secret({ secretName: UNKNOWN }) },
});

const organizationSecret = of("ActionsOrganizationSecret");
specify("secret-organization-selected", {
  pass: { "for named repositories": organizationSecret({ visibility: "selected" }) },
  fail: {
    "for all": { ...organizationSecret({ visibility: "all" }), says: /more than/ },
    "for all that are private": { ...organizationSecret({ visibility: "private" }), says: /more than/ },
  },
  unknown: { "a computed visibility": organizationSecret({ visibility: UNKNOWN }) },
});

const organization = of("OrganizationSettings");
specify("organization-members-limited", {
  pass: {
    "members that make none": organization({ membersCanCreateRepositories: false, defaultRepositoryPermission: "read" }),
    "members that make private ones": organization({ membersCanCreatePublicRepositories: false }),
  },
  fail: {
    "nothing said, which lets them": { ...organization({}), says: /public repositories/ },
    "members that write everywhere": {
      ...organization({ membersCanCreateRepositories: false, defaultRepositoryPermission: "write" }),
      says: /may write every/,
    },
  },
  unknown: { "a computed setting": organization({ membersCanCreateRepositories: UNKNOWN }) },
});

const permissions = of("ActionsRepositoryPermissions");
specify("actions-selected", {
  pass: {
    "named ones": permissions({ allowedActions: "selected" }),
    "local ones": permissions({ allowedActions: "local_only" }),
    "Actions that are off": permissions({ enabled: false }),
    "an organization whose Actions are off": of("ActionsOrganizationPermissions")({ enabledRepositories: "none" }),
  },
  fail: {
    all: { ...permissions({ allowedActions: "all" }), says: /every action/ },
    "nothing said, which is all": { ...permissions({}), says: /every action/ },
  },
  unknown: { "a computed setting": permissions({ allowedActions: UNKNOWN }) },
});

specify("actions-pinned", {
  pass: { "pinning required": permissions({ shaPinningRequired: true }) },
  fail: { "nothing said": { ...permissions({}), says: /by a tag/ } },
  unknown: { "a computed setting": permissions({ shaPinningRequired: UNKNOWN }) },
});

const patterns = (...patternsAlloweds: unknown[]) => permissions({ allowedActionsConfig: { patternsAlloweds } });
specify("actions-no-wildcard-owner", {
  pass: { "an owner's actions": patterns("docker/*", "octo-org/deploy@*"), none: permissions({}) },
  fail: {
    "anybody's": { ...patterns("docker/*", "*/deploy@*"), says: /^\*\/deploy@\* names no owner$/ },
    "half a name": { ...patterns("doc*/login"), says: /no owner/ },
  },
  unknown: { "a computed pattern": patterns(UNKNOWN) },
});

specify("actions-verified-not-blanket", {
  pass: { off: permissions({ allowedActionsConfig: { verifiedAllowed: false } }), "nothing said": permissions({}) },
  fail: { on: { ...permissions({ allowedActionsConfig: { verifiedAllowed: true } }), says: /verified/ } },
  unknown: { "a computed setting": permissions({ allowedActionsConfig: { verifiedAllowed: UNKNOWN } }) },
});

const token = of("WorkflowRepositoryPermissions");
specify("actions-token-reads", {
  pass: { reading: token({ defaultWorkflowPermissions: "read" }), "nothing said, which reads": token({}) },
  fail: { writing: { ...token({ defaultWorkflowPermissions: "write" }), says: /writes by default/ } },
  unknown: { "a computed setting": token({ defaultWorkflowPermissions: UNKNOWN }) },
});

specify("actions-approve-nothing", {
  pass: { "nothing said": token({}) },
  fail: { "a token that approves": { ...token({ canApprovePullRequestReviews: true }), says: /approve/ } },
  unknown: { "a computed setting": token({ canApprovePullRequestReviews: UNKNOWN }) },
});

const group = of("ActionsRunnerGroup");
specify("runner-group-closed", {
  pass: { "named repositories and workflows": group({ visibility: "selected", restrictedToWorkflows: true }) },
  fail: {
    "every repository": { ...group({ visibility: "all", restrictedToWorkflows: true }), says: /every repository/ },
    "every workflow": { ...group({ visibility: "selected" }), says: /every workflow/ },
  },
  unknown: { "a computed visibility": group({ visibility: UNKNOWN }) },
});
