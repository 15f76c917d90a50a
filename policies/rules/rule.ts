/** What a rule is. Rules are pure: the same one judges a unit test, a preview of any Pulumi program, and `gatehouse check`. */
import type { WorkflowFacts } from "../../pipelines/facts.ts";
import type { Declaration, Stack } from "./declaration.ts";

export type Severity = "low" | "medium" | "high" | "critical";

/** Where others ask for the same. Ids as the standards write them. */
export interface Standards {
  /** OpenSSF Scorecard: the check, and the tier for Branch-Protection. https://github.com/ossf/scorecard/blob/main/docs/checks.md */
  readonly scorecard?: { readonly check: string; readonly tier?: 1 | 2 | 3 | 4 | 5 };
  /** CIS Software Supply Chain Security Guide. @example ["1.1.16"] */
  readonly cis?: readonly string[];
  /** SLSA source track. @example ["L2 continuity"] */
  readonly slsa?: readonly string[];
  /** Open Source Project Security Baseline. @example ["OSPS-AC-03.01"] */
  readonly osps?: readonly string[];
}

/** One parameter of a rule: a JSON schema with a description and the default that is safe. */
export interface Parameter {
  readonly type: "integer" | "boolean" | "string" | "array";
  readonly description: string;
  readonly default: number | boolean | string | readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly string[];
  readonly items?: { readonly type: "string" };
}

/** Values of a rule's parameters; what was not given has its default. */
export type Config = Readonly<Record<string, unknown>>;

/** Something that breaks the rule. A plain text is a finding about the subject as a whole. */
export type Finding = string | { readonly message: string; /** Of the property. */ readonly path?: string; readonly line?: number };

interface About {
  /** Never changes, since exceptions and configurations name it. @example "branch-no-force-push" */
  readonly id: string;
  /** What must hold, as one sentence without a full stop. */
  readonly title: string;
  /** What goes wrong otherwise. */
  readonly why: string;
  readonly severity: Severity;
  readonly standards: Standards;
  /** What to do, in one sentence. */
  readonly fix: string;
  readonly config?: Readonly<Record<string, Parameter>>;
}

/** Judges one declared resource by itself. */
export interface ResourceRule extends About {
  readonly kind: "resource";
  /** Type tokens that it judges; every other resource is none of its business. */
  readonly types: readonly string[];
  readonly judge: (resource: Declaration, config: Config) => Iterable<Finding>;
}

/** Judges one declared resource by all that the stack declares. */
export interface StackRule extends About {
  readonly kind: "stack";
  readonly types: readonly string[];
  readonly judge: (resource: Declaration, stack: Stack, config: Config) => Iterable<Finding>;
}

/** Judges one workflow file. */
export interface WorkflowRule extends About {
  readonly kind: "workflow";
  readonly judge: (workflow: WorkflowFacts, config: Config, repository: string) => Iterable<Finding>;
}

export type Rule = ResourceRule | StackRule | WorkflowRule;
