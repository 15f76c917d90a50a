/** What a repository may be told, GitHub's defaults, and the combinations that GitHub refuses. */
import { type FieldError, unprocessable, validationFailed } from "../../core/errors.ts";
import type { RepositoryRecord } from "../../core/records.ts";

export const DEFAULT_SETTINGS = {
  has_issues: true,
  has_projects: true,
  has_wiki: true,
  has_downloads: true,
  has_discussions: false,
  allow_squash_merge: true,
  allow_merge_commit: true,
  allow_rebase_merge: true,
  allow_auto_merge: false,
  allow_update_branch: false,
  allow_forking: true,
  delete_branch_on_merge: false,
  use_squash_pr_title_as_default: false,
  squash_merge_commit_title: "COMMIT_OR_PR_TITLE",
  squash_merge_commit_message: "COMMIT_MESSAGES",
  merge_commit_title: "MERGE_MESSAGE",
  merge_commit_message: "PR_TITLE",
  web_commit_signoff_required: false,
};

export const SECURITY_FEATURES = [
  "advanced_security",
  "code_security",
  "dependabot_security_updates",
  "secret_scanning",
  "secret_scanning_push_protection",
  "secret_scanning_non_provider_patterns",
  "secret_scanning_validity_checks",
] as const;

export type Settings = typeof DEFAULT_SETTINGS;

export const settingsOf = (value: RepositoryRecord): Settings => ({ ...DEFAULT_SETTINGS, ...value.settings });

/** The settings among the fields of a body. */
export function settingsIn(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(body).filter(([name, value]) => name in DEFAULT_SETTINGS && value !== undefined && value !== null),
  );
}

const SQUASH: Readonly<Record<string, readonly string[]>> = {
  PR_TITLE: ["PR_BODY", "COMMIT_MESSAGES", "BLANK"],
  COMMIT_OR_PR_TITLE: ["COMMIT_MESSAGES"],
};
const MERGE: Readonly<Record<string, readonly string[]>> = { PR_TITLE: ["PR_BODY", "BLANK"], MERGE_MESSAGE: ["PR_TITLE"] };

/** @throws ApiError 422 when no merge method is left, or a commit title does not go with its message. */
export function checkSettings(value: RepositoryRecord): void {
  const settings = settingsOf(value);
  const errors: FieldError[] = [];
  const fault = (field: string, message: string): void => void errors.push({ resource: "Repository", field, code: "invalid", message });
  if (!settings.allow_squash_merge && !settings.allow_merge_commit && !settings.allow_rebase_merge) {
    fault("merge_commit_allowed", "Sorry, you need to allow at least one merge strategy. (no_merge_method)");
  }
  if (!SQUASH[settings.squash_merge_commit_title]?.includes(settings.squash_merge_commit_message)) {
    fault("squash_merge_commit_message", "The squash merge commit title and message are not a combination that is allowed.");
  }
  if (!MERGE[settings.merge_commit_title]?.includes(settings.merge_commit_message)) {
    fault("merge_commit_message", "The merge commit title and message are not a combination that is allowed.");
  }
  if (errors.length > 0) throw validationFailed(errors);
}

/** `security_and_analysis` of a body over what is set. @throws ApiError 422 for a feature that this repository cannot switch. */
export function changedSecurity(value: RepositoryRecord, wanted: unknown): RepositoryRecord["securityAndAnalysis"] {
  const changed: Record<string, "enabled" | "disabled"> = { ...value.securityAndAnalysis };
  for (const [feature, setting] of Object.entries((wanted ?? {}) as Record<string, { status?: "enabled" | "disabled" } | null>)) {
    if (!setting?.status) continue;
    if (feature === "advanced_security" && value.visibility === "public") {
      throw unprocessable("Advanced security is always available for public repos.");
    }
    changed[feature] = setting.status;
  }
  return changed;
}
