import { argocdTarget } from "../target.ts";
import { members } from "../shape.ts";
import { refuseDuplicates, type Judged } from "./report.ts";

/** Nothing in a system may be said twice: the second saying would silently win, or fail at GitHub halfway through an update. */
export function judgeDuplicates(judged: Judged): void {
  const { system } = judged;
  const { repository } = system;
  const itself = (value: string) => value;
  refuseDuplicates(judged, "tiers", system.tiers, (tier) => tier.name);
  refuseDuplicates(judged, "branches", system.branches, (branch) => branch.name);
  refuseDuplicates(judged, "tags", system.tags, (gate) => gate.pattern);
  // GitHub does not tell names of environments, labels, secrets and packages apart by case.
  refuseDuplicates(judged, "environments", system.environments, (environment) => environment.name?.toLowerCase());
  refuseDuplicates(judged, "packages", system.packages, (image) => image.name);
  refuseDuplicates(judged, "secrets", system.secrets, (secret) => secret.name);
  refuseDuplicates(judged, "variables", system.variables, (variable) => variable.name);
  refuseDuplicates(judged, "repository.topics", repository?.topics, itself);
  refuseDuplicates(judged, "repository.mergeMethods", repository?.mergeMethods, itself);
  refuseDuplicates(judged, "repository.labels", repository?.labels, (label) => label.name?.toLowerCase());
  refuseDuplicates(judged, "repository.autolinks", repository?.autolinks, (link) => link.prefix?.toLowerCase());
  refuseDuplicates(judged, "repository.actions.allowedActions", repository?.actions?.allowedActions, itself);
  for (const [index, branch] of members(system.branches)) {
    const path = `branches[${index}].gate`;
    refuseDuplicates(
      judged,
      `${path}.checks.required`,
      branch.gate?.checks?.required,
      (check) => `${check.workflow ?? ""} ${check.job ?? ""}`,
    );
    refuseDuplicates(judged, `${path}.bypass`, branch.gate?.bypass, actorKey);
  }
  for (const [index, environment] of members(system.environments)) {
    const path = `environments[${index}]`;
    refuseDuplicates(judged, `${path}.reviewers`, environment.reviewers, actorKey);
    refuseDuplicates(judged, `${path}.deployFrom.branches`, environment.deployFrom?.branches, itself);
    refuseDuplicates(judged, `${path}.deployFrom.tags`, environment.deployFrom?.tags, itself);
    refuseDuplicates(judged, `${path}.secrets`, environment.secrets, (secret) => secret.name);
    refuseDuplicates(judged, `${path}.variables`, environment.variables, (variable) => variable.name);
  }
  for (const [index, tier] of members(system.tiers))
    refuseDuplicates(judged, `tiers[${index}].target.kinds`, argocdTarget(tier.target)?.kinds, itself);
}

function actorKey(actor: {
  kind?: string | undefined;
  slug?: string | undefined;
  login?: string | undefined;
  role?: string | undefined;
}): string {
  return `${actor.kind ?? ""} ${actor.slug ?? actor.login?.toLowerCase() ?? actor.role ?? ""}`;
}
