/** Every resource family of the REST API. A family that is not listed here answers nothing. */
import type { Family } from "../core/family.ts";
import { actionsPermissionsFamily } from "./actions-permissions/index.ts";
import { autolinksFamily } from "./autolinks/index.ts";
import { collaboratorsFamily } from "./collaborators/index.ts";
import { customPropertiesFamily } from "./custom-properties/index.ts";
import { environmentsFamily } from "./environments/index.ts";
import { labelsFamily } from "./labels/index.ts";
import { pagesFamily } from "./pages/index.ts";
import { repositoriesFamily } from "./repositories/index.ts";
import { rulesetsFamily } from "./rulesets/index.ts";
import { secretsFamily } from "./secrets/index.ts";
import { securityFamily } from "./security/index.ts";
import { teamsFamily } from "./teams/index.ts";
import { topicsFamily } from "./topics/index.ts";
import { variablesFamily } from "./variables/index.ts";
import { users } from "./users/index.ts";

export const families: readonly Family[] = [
  actionsPermissionsFamily,
  autolinksFamily,
  collaboratorsFamily,
  customPropertiesFamily,
  environmentsFamily,
  labelsFamily,
  pagesFamily,
  repositoriesFamily,
  rulesetsFamily,
  secretsFamily,
  securityFamily,
  teamsFamily,
  topicsFamily,
  variablesFamily,
  users,
];
