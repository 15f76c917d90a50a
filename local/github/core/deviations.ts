/**
 * Where the server knowingly departs from GitHub's description, each with its reason. A deviation changes the description in place
 * before it is cut and cached; nothing else in the server bends it.
 */
import type { Description, Operation, Schema } from "./description.ts";

interface Editable {
  operations: Operation[];
  schemas: Record<string, Schema>;
}

export interface Deviation {
  readonly id: string;
  readonly reason: string;
  readonly apply: (description: Editable) => void;
}

function operation(description: Description, operationId: string): Operation {
  const found = description.operations.find((candidate) => candidate.operationId === operationId);
  if (!found) throw new Error(`deviation names ${operationId}, which the description does not have`);
  return found;
}

/** Body schema of an operation, or undefined where no handler wants it. */
function bodyOf(description: Description, operationId: string): Schema | undefined {
  return operation(description, operationId).body?.schema;
}

function properties(schema: Schema | undefined): Record<string, unknown> {
  return (schema?.["properties"] ?? {}) as Record<string, unknown>;
}

/** Adds an address that answers like `operationId`; its `{organization_id}`, `{team_id}` or `{repository_id}` is resolved by `aliases.ts`. */
function alias(description: Editable, path: string, method: string, operationId: string): void {
  const twin = operation(description, operationId);
  const names = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => String(name));
  const kept = twin.parameters.filter((parameter) => parameter.in !== "path");
  const added = names.map((name) => ({
    name,
    in: "path" as const,
    required: true,
    schema: name.endsWith("_id") ? { type: "integer" } : { type: "string" },
  }));
  description.operations.push({ ...twin, path, method, parameters: [...added, ...kept] });
}

const TEAM = "/organizations/{organization_id}/team/{team_id}";
const ENVIRONMENT = "/repositories/{repository_id}/environments/{environment_name}";

export const deviations: readonly Deviation[] = [
  {
    id: "legacy-team-addresses",
    reason:
      "The Terraform provider reads, changes and deletes teams by number under /organizations/{id}/team/{id}, which GitHub answers but does not describe.",
    apply: (description) => {
      alias(description, TEAM, "GET", "teams/get-by-name");
      alias(description, TEAM, "PATCH", "teams/update-in-org");
      alias(description, TEAM, "DELETE", "teams/delete-in-org");
      alias(description, `${TEAM}/members`, "GET", "teams/list-members-in-org");
      alias(description, `${TEAM}/memberships/{username}`, "GET", "teams/get-membership-for-user-in-org");
      alias(description, `${TEAM}/memberships/{username}`, "PUT", "teams/add-or-update-membership-for-user-in-org");
      alias(description, `${TEAM}/memberships/{username}`, "DELETE", "teams/remove-membership-for-user-in-org");
      alias(description, `${TEAM}/repos`, "GET", "teams/list-repos-in-org");
      alias(description, `${TEAM}/repos/{owner}/{repo}`, "GET", "teams/check-permissions-for-repo-in-org");
      alias(description, `${TEAM}/repos/{owner}/{repo}`, "PUT", "teams/add-or-update-repo-permissions-in-org");
      alias(description, `${TEAM}/repos/{owner}/{repo}`, "DELETE", "teams/remove-repo-in-org");
    },
  },
  {
    id: "legacy-environment-addresses",
    reason:
      "The Terraform provider keeps environment secrets and variables under /repositories/{id}/environments/{name}, which GitHub answers but no longer describes.",
    apply: (description) => {
      alias(description, `${ENVIRONMENT}/secrets`, "GET", "actions/list-environment-secrets");
      alias(description, `${ENVIRONMENT}/secrets/public-key`, "GET", "actions/get-environment-public-key");
      alias(description, `${ENVIRONMENT}/secrets/{secret_name}`, "GET", "actions/get-environment-secret");
      alias(description, `${ENVIRONMENT}/secrets/{secret_name}`, "PUT", "actions/create-or-update-environment-secret");
      alias(description, `${ENVIRONMENT}/secrets/{secret_name}`, "DELETE", "actions/delete-environment-secret");
      alias(description, `${ENVIRONMENT}/variables`, "GET", "actions/list-environment-variables");
      alias(description, `${ENVIRONMENT}/variables`, "POST", "actions/create-environment-variable");
      alias(description, `${ENVIRONMENT}/variables/{name}`, "GET", "actions/get-environment-variable");
      alias(description, `${ENVIRONMENT}/variables/{name}`, "PATCH", "actions/update-environment-variable");
      alias(description, `${ENVIRONMENT}/variables/{name}`, "DELETE", "actions/delete-environment-variable");
    },
  },
  {
    id: "repository-by-id",
    reason: "GitHub redirects renamed repositories to /repositories/{id}, and clients follow; the description does not list the address.",
    apply: (description) => {
      alias(description, "/repositories/{repository_id}", "GET", "repos/get");
    },
  },
  {
    id: "root-contents",
    reason: "The root folder's contents are asked for without a path, which the description has no address for.",
    apply: (description) => {
      alias(description, "/repos/{owner}/{repo}/contents", "GET", "repos/get-content");
    },
  },
  {
    id: "workflow-runs-created-range",
    reason: "`created` takes a range in GitHub's search syntax, as its text says; the schema beside that text allows one moment only.",
    apply: (description) => {
      for (const name of ["actions/list-workflow-runs-for-repo", "actions/list-workflow-runs"]) {
        const created = operation(description, name).parameters.find((parameter) => parameter.name === "created");
        if (created) Object.assign(created, { schema: { type: "string" } });
      }
    },
  },
  {
    id: "addresses-of-bots",
    reason:
      "A bot's address has brackets before its @ (`1+ci[bot]@users.noreply.github.com`), which the description's format does not allow.",
    apply: (description) => {
      for (const name of ["simple-commit", "nullable-simple-commit"]) {
        for (const person of ["author", "committer"]) {
          const fields = properties(properties(description.schemas[name])[person] as Schema | undefined);
          if (fields["email"] !== undefined) fields["email"] = { type: "string" };
        }
      }
    },
  },
  {
    id: "deployment-status-addresses",
    reason: "GitHub answers an empty text for an address that a deployment status was not given; the description demands a URI.",
    apply: (description) => {
      const fields = properties(description.schemas["deployment-status"]);
      for (const name of ["target_url", "environment_url", "log_url"]) fields[name] = { type: "string" };
    },
  },
  {
    id: "environment-admin-bypass",
    reason:
      "can_admins_bypass is sent and read by every client of environments and documented on the web, but missing from the request and response schemas.",
    apply: (description) => {
      const body = bodyOf(description, "repos/create-or-update-environment");
      if (body) properties(body)["can_admins_bypass"] = { type: "boolean" };
    },
  },
  {
    id: "status-checks-without-contexts",
    reason:
      "Classic protection requires `contexts` in the description although it is deprecated in favour of `checks`; GitHub accepts either alone.",
    apply: (description) => {
      const checks = properties(bodyOf(description, "repos/update-branch-protection"))["required_status_checks"] as Schema | undefined;
      if (checks) checks["required"] = ["strict"];
    },
  },
  {
    id: "repository-update-visibility-internal",
    reason:
      "GitHub accepts visibility `internal` for repositories of an enterprise's organization; the description of PATCH lists public and private only.",
    apply: (description) => {
      const visibility = properties(bodyOf(description, "repos/update"))["visibility"] as Schema | undefined;
      if (visibility) visibility["enum"] = ["public", "private", "internal"];
    },
  },
];
