/** Runs rules over what is declared. */
import type { WorkflowFacts } from "../../pipelines/facts.ts";
import { resolveConfig, type Settings } from "./config.ts";
import { Stack, UnknownValue, type Declaration } from "./declaration.ts";
import type { Config, Finding, ResourceRule, Rule, Severity, StackRule, WorkflowRule } from "./rule.ts";

/** A workflow file and whose it is. */
export interface DeclaredWorkflow {
  /** Who carries it. @example "TheDataEngineX/DEX" */
  readonly repository: string;
  readonly facts: WorkflowFacts;
}

export interface World {
  readonly resources: readonly Declaration[];
  readonly workflows: readonly DeclaredWorkflow[];
}

/**
 * - `pass`: it holds. `fail`: it does not.
 * - `unknown`: a value that it depends on is known only after the update.
 * - `error`: the rule itself broke; it is a fault of the rule, and says nothing about the resource.
 */
export type Verdict = "pass" | "fail" | "unknown" | "error";

export interface Result {
  readonly rule: string;
  readonly severity: Severity;
  readonly verdict: Verdict;
  /** Name of the resource, or `owner/name` of the repository that carries a file. */
  readonly subject: string;
  readonly urn?: string;
  readonly file?: string;
  readonly line?: number;
  /** Of the property. */
  readonly path?: string;
  /** What was found; empty when it passed. */
  readonly message: string;
}

/**
 * Judges everything by every rule that is not switched off. A rule that throws is reported as its own failure, and the others still run.
 *
 * @param settings Levels and parameters by rule.
 * @returns One result for each subject that a rule passes, does not know or breaks at, and one for each finding.
 * @throws FaultsError when the settings do not fit the rules.
 */
export function judge(world: World, rules: readonly Rule[], settings: Settings = {}): Result[] {
  const configs = resolveConfig(rules, settings);
  const stack = new Stack(world.resources);
  return rules.flatMap((rule) => {
    const config = configs.get(rule.id);
    if (config === undefined) return [];
    if (rule.kind === "workflow") return world.workflows.flatMap((workflow) => judgeWorkflow(rule, workflow, config));
    return rule.types.flatMap((type) => stack.all(type)).flatMap((resource) => judgeOne(rule, resource, stack, config));
  });
}

/** Judges one resource by one rule; the caller sees to it that the rule is about resources of that type. */
export function judgeOne(rule: ResourceRule | StackRule, resource: Declaration, stack: Stack, config: Config): Result[] {
  return results(rule, { subject: resource.name, urn: resource.urn }, () =>
    rule.kind === "stack" ? rule.judge(resource, stack, config) : rule.judge(resource, config),
  );
}

/** Judges one workflow file by one rule. */
export function judgeWorkflow(rule: WorkflowRule, { repository, facts }: DeclaredWorkflow, config: Config): Result[] {
  return results(rule, { subject: repository, file: facts.file }, () => rule.judge(facts, config, repository));
}

type Place = Pick<Result, "subject" | "urn" | "file">;

function results(rule: Rule, place: Place, run: () => Iterable<Finding>): Result[] {
  const result = (verdict: Verdict, finding: Finding): Result => {
    const told = typeof finding === "string" ? { message: finding } : finding;
    return { rule: rule.id, severity: rule.severity, verdict, ...place, ...told };
  };
  const found: Result[] = [];
  try {
    for (const finding of run()) found.push(result("fail", finding));
  } catch (error) {
    // What was found before it stopped is true all the same.
    if (error instanceof UnknownValue) return [...found, result("unknown", error.message)];
    return [...found, result("error", `the rule broke: ${error instanceof Error ? error.message : String(error)}`)];
  }
  return found.length > 0 ? found : [result("pass", "")];
}
