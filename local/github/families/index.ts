/** Every resource family of the REST API. A family that is not listed here answers nothing. */
import type { Family } from "../core/family.ts";
import { actionsPermissionsFamily } from "./actions-permissions/index.ts";
import { appsFamily } from "./apps/index.ts";
import { autolinksFamily } from "./autolinks/index.ts";
import { branchProtectionFamily } from "./branch-protection/index.ts";
import { branchesFamily } from "./branches/index.ts";
import { checksFamily } from "./checks/index.ts";
import { collaboratorsFamily } from "./collaborators/index.ts";
import { commitsFamily } from "./commits/index.ts";
import { contentsFamily } from "./contents/index.ts";
import { customPropertiesFamily } from "./custom-properties/index.ts";
import { deployKeysFamily } from "./deploy-keys/index.ts";
import { deploymentsFamily } from "./deployments/index.ts";
import { environmentsFamily } from "./environments/index.ts";
import { eventsFamily } from "./events/index.ts";
import { gitDataFamily } from "./git-data/index.ts";
import { issuesFamily } from "./issues/index.ts";
import { labelsFamily } from "./labels/index.ts";
import { outsideCollaboratorsFamily } from "./outside-collaborators/index.ts";
import { packagesFamily } from "./packages/index.ts";
import { pagesFamily } from "./pages/index.ts";
import { mergingWhatWaits } from "./pulls/auto-merge.ts";
import { pullsFamily } from "./pulls/index.ts";
import { releasesFamily } from "./releases/index.ts";
import { repositoriesFamily } from "./repositories/index.ts";
import { rulesetsFamily } from "./rulesets/index.ts";
import { runnerGroupsFamily } from "./runner-groups/index.ts";
import { secretsFamily } from "./secrets/index.ts";
import { securityFamily } from "./security/index.ts";
import { signingKeysFamily } from "./signing-keys/index.ts";
import { statusesFamily } from "./statuses/index.ts";
import { teamsFamily } from "./teams/index.ts";
import { topicsFamily } from "./topics/index.ts";
import { users } from "./users/index.ts";
import { variablesFamily } from "./variables/index.ts";
import { webhooksFamily } from "./webhooks/index.ts";
import { workflowRunsFamily } from "./workflow-runs/index.ts";

const own: readonly Family[] = [
  actionsPermissionsFamily,
  appsFamily,
  autolinksFamily,
  branchProtectionFamily,
  branchesFamily,
  checksFamily,
  collaboratorsFamily,
  commitsFamily,
  contentsFamily,
  customPropertiesFamily,
  deployKeysFamily,
  deploymentsFamily,
  environmentsFamily,
  eventsFamily,
  gitDataFamily,
  issuesFamily,
  labelsFamily,
  outsideCollaboratorsFamily,
  packagesFamily,
  pagesFamily,
  pullsFamily,
  releasesFamily,
  repositoriesFamily,
  rulesetsFamily,
  runnerGroupsFamily,
  secretsFamily,
  securityFamily,
  signingKeysFamily,
  statusesFamily,
  teamsFamily,
  topicsFamily,
  users,
  variablesFamily,
  webhooksFamily,
  workflowRunsFamily,
];

export const families: readonly Family[] = own.map(mergingWhatWaits);
