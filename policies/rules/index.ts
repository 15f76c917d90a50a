/** All rules. The order is that of reports. */
import { repositoryRules } from "./repositories.ts";
import type { Rule } from "./rule.ts";

export { levelOf, readSettings, type Level, type RuleSettings, type Settings } from "./config.ts";
export { Declaration, SECRET, UNKNOWN, type DeclarationInput } from "./declaration.ts";
export { judge, type DeclaredWorkflow, type Result, type Verdict, type World } from "./judge.ts";
export type { Finding, Rule, Severity, Standards } from "./rule.ts";

export const rules: readonly Rule[] = [...repositoryRules];
