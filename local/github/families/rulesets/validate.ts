import type { BypassActor, Rule, RulesetConditions, RulesetRecord, RulesetTarget } from "./record.ts";

/** What a ruleset is judged by besides itself. */
export interface RulesetFacts {
  readonly level: "Repository" | "Organization";
  readonly ownerKind: "Organization" | "User";
  readonly plan: "free" | "team" | "enterprise";
  /** Of the repository; false at the level of an organization. */
  readonly private: boolean;
  /** May this actor be named? Teams of the owner, installed apps and users with access may. */
  readonly actorExists: (actor: BypassActor) => boolean;
  /** Is this the id of a GitHub App that can report checks here? */
  readonly integrationExists: (id: number) => boolean;
}

type Input = Pick<RulesetRecord, "name" | "target" | "enforcement" | "bypassActors" | "conditions" | "rules">;

const ANY_REF: readonly RulesetTarget[] = ["branch", "tag"];
/** Targets that a rule type may be used on. */
const TARGETS: Readonly<Record<string, readonly RulesetTarget[]>> = {
  creation: ANY_REF,
  update: ANY_REF,
  deletion: ANY_REF,
  required_linear_history: ANY_REF,
  required_signatures: ANY_REF,
  required_deployments: ANY_REF,
  required_status_checks: ANY_REF,
  non_fast_forward: ANY_REF,
  commit_message_pattern: ANY_REF,
  commit_author_email_pattern: ANY_REF,
  committer_email_pattern: ANY_REF,
  branch_name_pattern: ["branch"],
  tag_name_pattern: ["tag"],
  pull_request: ["branch"],
  merge_queue: ["branch"],
  workflows: ["branch"],
  code_scanning: ["branch"],
  copilot_code_review: ["branch"],
  license_compliance_scanning: ["branch"],
  file_path_restriction: ["push"],
  max_file_path_length: ["push"],
  file_extension_restriction: ["push"],
  max_file_size: ["push"],
};
/** Metadata restrictions come with GitHub Enterprise only. */
const ENTERPRISE_RULES = new Set([
  "commit_message_pattern",
  "commit_author_email_pattern",
  "committer_email_pattern",
  "branch_name_pattern",
  "tag_name_pattern",
]);

/** Every fault, in GitHub's form: `Invalid rule 'merge_queue': …`. Empty when the ruleset may be stored. */
export function rulesetFaults(input: Input, facts: RulesetFacts): string[] {
  return [
    ...(input.name.trim() === "" ? ["Name can't be blank"] : []),
    ...(input.name.length > 250 ? ["Name is too long (maximum is 250 characters)"] : []),
    ...enforcementFaults(input, facts),
    ...conditionFaults(input, facts),
    ...input.bypassActors.flatMap((actor) => actorFaults(actor, input.target, facts)),
    ...ruleFaults(input, facts),
  ];
}

function enforcementFaults(input: Input, facts: RulesetFacts): string[] {
  if (input.enforcement !== "evaluate" || facts.plan === "enterprise") return [];
  return ["Enforcement evaluate option is not supported on this plan. Use 'active' or 'disabled'."];
}

function conditionFaults({ conditions, target }: Input, facts: RulesetFacts): string[] {
  const faults: string[] = [];
  const selectors = ["repository_name", "repository_id", "repository_property"].filter((key) => conditions && key in conditions);
  if (facts.level === "Organization" && selectors.length !== 1) {
    faults.push("Conditions must target repositories by exactly one of repository_name, repository_id or repository_property");
  }
  if (facts.level === "Repository" && selectors.length > 0) {
    faults.push(`Invalid condition '${selectors.join("', '")}': only an organization's ruleset selects repositories`);
  }
  const refName = (conditions as RulesetConditions | null)?.ref_name;
  if (target === "push" || target === "repository") {
    if (refName) faults.push(`Invalid condition 'ref_name': not allowed for the target ${target}`);
    return faults;
  }
  for (const pattern of [...(refName?.include ?? []), ...(refName?.exclude ?? [])]) {
    if (pattern === "~ALL" || (pattern === "~DEFAULT_BRANCH" && target === "branch")) continue;
    const prefix = target === "branch" ? "refs/heads/" : "refs/tags/";
    if (!pattern.startsWith(prefix)) {
      faults.push(`Invalid condition 'ref_name': Invalid target pattern '${pattern}': must start with ${prefix} or be ~ALL`);
    }
  }
  return faults;
}

function actorFaults(actor: BypassActor, target: RulesetTarget, facts: RulesetFacts): string[] {
  const faults: string[] = [];
  const { actor_type: type, actor_id: id } = actor;
  if (facts.ownerKind === "User" && (type === "OrganizationAdmin" || type === "Team")) {
    return [`Actor ${type} is only allowed for repositories that an organization owns`];
  }
  if (actor.bypass_mode === "pull_request") {
    if (target !== "branch") faults.push("Bypass mode pull_request is only allowed for branch rulesets");
    if (type === "DeployKey") faults.push("Bypass mode pull_request is not allowed for deploy keys");
  }
  const needsId = type !== "OrganizationAdmin" && type !== "DeployKey";
  if (needsId && id === null) faults.push(`Actor ${type} needs an actor_id`);
  if (needsId && id !== null && !facts.actorExists(actor)) {
    faults.push(`Actor ${type} with id ${id} must be part of the ruleset source or owner organization`);
  }
  return faults;
}

function ruleFaults({ rules, target }: Input, facts: RulesetFacts): string[] {
  const seen = new Set<string>();
  return rules.flatMap((rule) => {
    const fault = (detail: string): string[] => [`Invalid rule '${rule.type}': ${detail}`];
    if (seen.has(rule.type)) return fault("a rule type may be used once in a ruleset");
    seen.add(rule.type);
    const targets = TARGETS[rule.type] ?? [];
    if (!targets.includes(target)) return fault("");
    if (rule.type === "merge_queue" && (facts.level === "Organization" || facts.ownerKind === "User")) return fault("");
    if (rule.type === "merge_queue" && facts.private && facts.plan !== "enterprise") return fault("");
    if (rule.type === "required_deployments" && facts.level === "Organization") return fault("");
    if (rule.type === "workflows" && facts.level === "Repository") return fault("");
    if (ENTERPRISE_RULES.has(rule.type) && facts.plan !== "enterprise") return fault("not available on this plan");
    return parameterFaults(rule, facts).map((detail) => `Invalid rule '${rule.type}': ${detail}`);
  });
}

function parameterFaults(rule: Rule, facts: RulesetFacts): string[] {
  const parameters = rule.parameters ?? {};
  if (rule.type === "required_status_checks") {
    const checks = parameters["required_status_checks"] as readonly { context: string; integration_id?: number }[];
    const faults: string[] = [];
    const invalid = "Invalid parameter required_status_checks: ";
    if (checks.some(({ context }) => context.trim() === "")) faults.push(`${invalid}Context can't be blank`);
    const keys = checks.map((check) => `${check.integration_id ?? ""}/${check.context}`);
    if (new Set(keys).size < keys.length) faults.push(`${invalid}Duplicate contexts`);
    if (checks.some((check) => check.integration_id !== undefined && !facts.integrationExists(check.integration_id))) {
      faults.push(`${invalid}Invalid integration ids`);
    }
    return faults;
  }
  if (rule.type.endsWith("_pattern")) {
    const pattern = String(parameters["pattern"]);
    if (pattern === "") return ["Invalid parameter pattern: can't be blank"];
    if (parameters["operator"] === "regex" && !compiles(pattern)) return ["Invalid parameter pattern: not a regular expression"];
  }
  if (rule.type === "merge_queue") {
    const least = Number(parameters["min_entries_to_merge"]);
    const most = Number(parameters["max_entries_to_merge"]);
    if (least > most) return ["Invalid parameter min_entries_to_merge: greater than max_entries_to_merge"];
  }
  return [];
}

/** GitHub compiles with RE2, which has no look-around and no back-references. */
function compiles(pattern: string): boolean {
  if (/\(\?(?:[=!]|<[=!])|\\[1-9]/.test(pattern)) return false;
  try {
    new RegExp(pattern.replace(/^\(\?[ims]+\)/, ""));
    return true;
  } catch {
    return false;
  }
}
