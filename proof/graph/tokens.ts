/** What a job's `GITHUB_TOKEN` may do. https://docs.github.com/actions/concepts/security/github_token */
import type { JobFacts, PermissionsFact, WorkflowFacts } from "../../pipelines/index.ts";
import { github } from "../../policies/rules/declaration.ts";
import type { ProofSystem, ProofWorld } from "../world.ts";

export interface TokenPermissions {
  readonly contents: string;
  readonly pullRequests: string;
  readonly packages: string;
}

/** The permissions of a job and the line that gives them: its own, else its workflow's, else the repository's default. @throws UnknownValue */
export function effectivePermissions(
  world: ProofWorld,
  of: ProofSystem,
  workflow: WorkflowFacts,
  job: JobFacts,
): { readonly permissions: TokenPermissions; readonly line: number } {
  const stated = job.permissions ?? workflow.permissions;
  if (stated !== undefined) return { permissions: read(stated), line: stated.line };
  const [defaults] = world.of(github("WorkflowRepositoryPermissions"), of.repository);
  // Nothing declared: what the organization's default is cannot be seen, and it may be to write.
  const level = defaults?.text("defaultWorkflowPermissions") === "read" ? "read" : "write";
  return { permissions: { contents: level, pullRequests: level === "read" ? "none" : level, packages: level }, line: job.line };
}

function read({ all, scopes }: PermissionsFact): TokenPermissions {
  const of = (scope: string): string => all ?? scopes[scope] ?? "none";
  return { contents: of("contents"), pullRequests: of("pull-requests"), packages: of("packages") };
}

/** May a workflow's token open and approve pull requests? GitHub has one switch for both. @throws UnknownValue */
export function actionsMayApprove(world: ProofWorld, of: ProofSystem): { readonly may: boolean; readonly at: string } {
  const [setting] = world.of(github("WorkflowRepositoryPermissions"), of.repository);
  // Off at GitHub as long as nobody turns it on.
  return {
    may: setting?.flag("canApprovePullRequestReviews") ?? false,
    at: `${setting?.name ?? of.repository} canApprovePullRequestReviews`,
  };
}

/** Names of secrets that a step makes an App's token of: whoever holds them is the App. */
export function appKeys(workflows: readonly WorkflowFacts[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const step of workflows.flatMap(({ jobs }) => jobs.flatMap(({ steps }) => steps))) {
    for (const [input, { name: text }] of Object.entries(step.with)) {
      if (!/private[-_]key/iu.test(input)) continue;
      for (const [, name = ""] of text.matchAll(/secrets\.([A-Za-z_][\w]*)/gu)) names.add(name.toUpperCase());
    }
  }
  return names;
}
