import type { BypassActor, Rule } from "./record.ts";

/** What GitHub fills in when a parameter is left out; a read shows the full set. */
const PARAMETERS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  pull_request: { allowed_merge_methods: ["merge", "squash", "rebase"], required_reviewers: [] },
  required_status_checks: { do_not_enforce_on_create: false },
  workflows: { do_not_enforce_on_create: false },
  commit_message_pattern: { name: "", negate: false },
  commit_author_email_pattern: { name: "", negate: false },
  committer_email_pattern: { name: "", negate: false },
  branch_name_pattern: { name: "", negate: false },
  tag_name_pattern: { name: "", negate: false },
  copilot_code_review: { review_draft_pull_requests: false, review_on_push: false },
};

export function withRuleDefaults(rule: Rule): Rule {
  const defaults = PARAMETERS[rule.type];
  const parameters = defaults || rule.parameters ? { ...defaults, ...rule.parameters } : undefined;
  return { type: rule.type, ...(parameters && { parameters }) };
}

/** `actor_id` means nothing for organization admins and deploy keys: GitHub ignores it and answers null. */
export function withActorDefaults(
  actor: Partial<Pick<BypassActor, "actor_id" | "bypass_mode">> & Pick<BypassActor, "actor_type">,
): BypassActor {
  const without = actor.actor_type === "OrganizationAdmin" || actor.actor_type === "DeployKey";
  return {
    actor_id: without ? null : (actor.actor_id ?? null),
    actor_type: actor.actor_type,
    bypass_mode: actor.bypass_mode ?? "always",
  };
}
