/** Secrets of repositories, environments and organizations, for Actions and Dependabot. Boxes are really opened; values are never answered. */
import { repositoryOf } from "../../core/access.ts";
import type { Family } from "../../core/family.ts";
import { pageOf } from "../../core/replies.ts";
import { reaches } from "../support/selected.ts";
import { environmentScope, organizationScope, repositoryScope, secretOperations, selectionOperations } from "./handlers.ts";
import { removeSecretsOf, SECRET_APPS, secrets } from "./state.ts";

export { openSecret, secretMatches } from "./state.ts";
export type { SecretAddress } from "./state.ts";

export const secretsFamily: Family = {
  name: "secrets",
  operations: {
    ...Object.fromEntries(
      SECRET_APPS.flatMap((app) => [
        ...Object.entries(secretOperations(app, "repo", repositoryScope)),
        ...Object.entries(secretOperations(app, "org", organizationScope)),
        ...Object.entries(selectionOperations(app)),
      ]),
    ),
    ...secretOperations("actions", "environment", environmentScope),
    "actions/list-repo-organization-secrets": (call) => {
      const repository = repositoryOf(call, "write");
      const shared = secrets(call.store, "actions")
        .list(repository.owner)
        .filter(({ value }) => reaches(value.visibility ?? "all", value.selected ?? [], repository));
      return pageOf(call, "secrets", shared, ({ value }) => ({
        name: value.name,
        created_at: value.createdAt,
        updated_at: value.updatedAt,
      }));
    },
  },
  onRepositoryDeleted: (store, repositoryId) => {
    removeSecretsOf(store, repositoryId);
  },
};
