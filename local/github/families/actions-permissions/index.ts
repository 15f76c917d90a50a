/** What Actions may do: allowed actions, the rights of `GITHUB_TOKEN`, retention, and the subject of OIDC tokens. */
import type { Family } from "../../core/family.ts";
import { organizationOperations } from "./organization.ts";
import { repositoryOperations, repositorySubject } from "./repository.ts";
import { REPOSITORY_SETTINGS } from "./state.ts";

export const actionsPermissionsFamily: Family = {
  name: "actions-permissions",
  operations: { ...repositoryOperations, ...organizationOperations },
  onRepositoryDeleted: (store, repositoryId) => {
    for (const setting of [...REPOSITORY_SETTINGS, repositorySubject]) setting.clear(store, repositoryId);
  },
};
