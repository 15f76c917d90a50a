/** All rules. The order is that of reports. */
import { accessRules } from "./access.ts";
import { actionsRules } from "./actions.ts";
import { applicationRules } from "./applications.ts";
import { argocdRules } from "./argocd.ts";
import { branchRules } from "./branches.ts";
import { connectionRules } from "./connections.ts";
import { containerRules } from "./containers.ts";
import { environmentRules } from "./environments.ts";
import { jobRules } from "./jobs.ts";
import { projectRules } from "./projects.ts";
import { repositoryRules } from "./repositories.ts";
import { repositoryPartRules } from "./repository-parts.ts";
import type { Rule } from "./rule.ts";
import { rulesetRules } from "./rulesets.ts";
import { stackRules } from "./stacks.ts";
import { tagRules } from "./tags.ts";
import { workflowPartRules } from "./workflow-parts.ts";
import { workflowRules } from "./workflows.ts";

export {
  judgeException,
  levelOf,
  readSettings,
  resolveConfig,
  type Exception,
  type Level,
  type RuleSettings,
  type Settings,
} from "./config.ts";
export { Declaration, SECRET, Stack, UNKNOWN, type DeclarationInput } from "./declaration.ts";
export { judge, judgeOne, judgeWorkflow, type DeclaredWorkflow, type Result, type Verdict, type World } from "./judge.ts";
export { scorecards, type Score, type Step } from "./scorecard.ts";
export type { Finding, Parameter, Rule, Severity, Standards } from "./rule.ts";

export const rules: readonly Rule[] = [
  ...repositoryRules,
  ...repositoryPartRules,
  ...branchRules,
  ...rulesetRules,
  ...tagRules,
  ...environmentRules,
  ...accessRules,
  ...actionsRules,
  ...workflowRules,
  ...jobRules,
  ...workflowPartRules,
  ...argocdRules,
  ...projectRules,
  ...applicationRules,
  ...containerRules,
  ...connectionRules,
  ...stackRules,
];
