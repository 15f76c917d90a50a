/** Judges a change of a ref by the rules that hold for it. Pure. */
import type { ActiveRule, ChangeFacts, Violation } from "./model.ts";
import { patternViolation } from "./patterns.ts";
import { pullRequestViolations } from "./pull-request.ts";

type Judge = (facts: ChangeFacts, parameters: Readonly<Record<string, unknown>>) => readonly string[];

const when = (holds: boolean, message: string): string[] => (holds ? [message] : []);

/**
 * Every rule type that is enforced. `workflows`, `code_scanning`, `code_quality` and `copilot_code_review` are stored and shown but need
 * services that a local GitHub does not have.
 */
const JUDGES: Readonly<Record<string, Judge>> = {
  creation: ({ kind }) => when(kind === "create", "Cannot create ref due to creations being restricted."),
  update: ({ kind }) => when(kind === "update", "Cannot update this protected ref."),
  deletion: ({ kind }) => when(kind === "delete", "Cannot delete this branch"),
  non_fast_forward: ({ kind, fastForward }) => when(kind === "update" && !fastForward, "Cannot force-push to this branch"),
  required_linear_history: ({ kind, commits }) =>
    when(kind !== "delete" && commits.some(({ parents }) => parents > 1), "This branch must not contain merge commits."),
  required_signatures: ({ kind, commits }) => {
    const unsigned = commits.filter(({ verified }) => !verified);
    const found = `Commits must have verified signatures.\n  Found ${unsigned.length} violation${unsigned.length === 1 ? "" : "s"}:\n\n  `;
    return when(kind !== "delete" && unsigned.length > 0, found + unsigned.map(({ sha }) => sha).join("\n  "));
  },
  pull_request: (facts, parameters) => pullRequestViolations(facts, parameters),
  required_status_checks: statusChecks,
  required_deployments: ({ kind, deployedTo }, parameters) => {
    const missing = strings(parameters["required_deployment_environments"]).filter((name) => !deployedTo.includes(name));
    return when(kind === "update" && missing.length > 0, `Must be successfully deployed to: ${missing.join(", ")}.`);
  },
  merge_queue: ({ kind }) => when(kind === "update", "Changes must be made through the merge queue"),
  commit_message_pattern: (facts, parameters) => patternViolation(facts, parameters, "commit message", (commit) => commit.message),
  commit_author_email_pattern: (facts, parameters) =>
    patternViolation(facts, parameters, "commit author email", (commit) => commit.authorEmail),
  committer_email_pattern: (facts, parameters) => patternViolation(facts, parameters, "committer email", (commit) => commit.committerEmail),
  branch_name_pattern: (facts, parameters) => patternViolation(facts, parameters, "branch name"),
  tag_name_pattern: (facts, parameters) => patternViolation(facts, parameters, "tag name"),
  file_path_restriction: ({ files }, parameters) => {
    const paths = strings(parameters["restricted_file_paths"]);
    return files
      .filter(({ path }) => paths.some((pattern) => matchesPath(pattern, path)))
      .map(({ path }) => `File path ${path} is restricted.`);
  },
  file_extension_restriction: ({ files }, parameters) => {
    const endings = strings(parameters["restricted_file_extensions"]).map((ending) => ending.replace(/^\*/, ""));
    return files
      .filter(({ path }) => endings.some((ending) => path.endsWith(ending)))
      .map(({ path }) => `File extension of ${path} is restricted.`);
  },
  max_file_path_length: ({ files }, parameters) => {
    const limit = Number(parameters["max_file_path_length"]);
    return files.filter(({ path }) => path.length > limit).map(({ path }) => `File path ${path} is longer than ${limit} characters.`);
  },
  max_file_size: ({ files }, parameters) => {
    const limit = Number(parameters["max_file_size"]);
    return files.filter(({ size }) => size > limit * 1024 * 1024).map(({ path }) => `File ${path} is larger than ${limit} MB.`);
  },
};

/** What the change violates; a rule that the caller may bypass is not among it. */
export function evaluate(rules: readonly ActiveRule[], facts: ChangeFacts): Violation[] {
  return rules
    .filter((rule) => rule.bypass === "never" || (rule.bypass === "pull_request" && facts.pullRequest === undefined))
    .flatMap((rule) => (JUDGES[rule.type]?.(facts, rule.parameters) ?? []).map((message) => ({ rule, message })));
}

function statusChecks(facts: ChangeFacts, parameters: Readonly<Record<string, unknown>>): string[] {
  const onCreate = facts.kind === "create" && parameters["do_not_enforce_on_create"] === true;
  if (facts.kind === "delete" || onCreate) return [];
  const required = (parameters["required_status_checks"] ?? []) as readonly { context: string; integration_id?: number | null }[];
  const faults = required.flatMap(({ context, integration_id: appId }) => {
    const reports = facts.checks.filter((check) => check.context === context && (appId == null || appId === -1 || check.appId === appId));
    if (reports.length === 0) return [`Required status check "${context}" is expected.`];
    // A check and a status of one name are both required.
    if (reports.some(({ state }) => state === "failure")) return [`Required status check "${context}" is failing.`];
    return when(
      reports.some(({ state }) => state === "pending"),
      `Required status check "${context}" is in progress.`,
    );
  });
  const strict = parameters["strict_required_status_checks_policy"] === true && facts.pullRequest !== undefined && !facts.upToDate;
  return [...faults, ...when(strict && required.length > 0, "This branch must be up to date with the base branch before merging.")];
}

const strings = (value: unknown): string[] => (Array.isArray(value) ? value.filter((item) => typeof item === "string") : []);

/** Paths of push rules: `*` within a folder, `**` across folders. */
function matchesPath(pattern: string, path: string): boolean {
  const expression = pattern
    .split(/(\*\*\/?|\*|\?)/)
    .map((part) => ({ "**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]" })[part] ?? part.replace(/[.+^${}()|[\]\\]/g, "\\$&"))
    .join("");
  return new RegExp(`^${expression}$`).test(path);
}
