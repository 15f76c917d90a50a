/**
 * Whether the tokens of jobs that somebody trusts can be had at all, and are known by something that can be entered there. GitHub says
 * nothing about either: the sign-in fails in the first deployment.
 */
import type { Fault } from "../../model/fault.ts";
import { claimsOf, onlyRef } from "../../model/subject.ts";
import type { Environment, System, TrustedPublisher } from "../../model/system.ts";
import { factsOf, type JobFacts, type WorkflowFacts } from "../../pipelines/index.ts";

/** Faults of environments whose tokens somebody trusts. */
export function judgeTrust(system: System, files: ReadonlyMap<string, string>): Fault[] {
  const workflows = factsOf(files);
  return system.environments.flatMap((environment, index) =>
    (environment.trustedBy ?? []).flatMap((trusted, at): Fault[] => {
      const path = `${system.name}.environments[${index}].trustedBy[${at}]`;
      const rules = [...judgeJobs(workflows, environment, trusted), ...(trusted.kind === "azure" ? judgeSubject(system, environment) : [])];
      return rules.map(([rule, fix]) => ({ path, value: trusted, rule, fix, file: `systems/${system.name}/system.ts` }));
    }),
  );
}

type Broken = readonly [rule: string, fix: string];

/** Somebody must be able to ask for the token; for PyPI, in the workflow that it trusts. */
function judgeJobs(workflows: readonly WorkflowFacts[], environment: Environment, trusted: TrustedPublisher): Broken[] {
  const wanted = trusted.kind === "pypi" ? workflows.filter(({ file }) => file.endsWith(`/${trusted.workflow}`)) : workflows;
  const asks = wanted.some((workflow) =>
    workflow.jobs.some((job) => isIn(job, environment) && mayAskForToken(job.permissions ?? workflow.permissions)),
  );
  if (asks) return [];
  const where = trusted.kind === "pypi" ? ` of ${trusted.workflow}` : "";
  return [
    [
      `no job${where} in environment ${environment.name} has the permission id-token: write, so none gets a token to show`,
      "give the job that signs in `permissions: id-token: write` and this environment, or remove trustedBy",
    ],
  ];
}

/** Azure compares the whole subject, character by character. */
function judgeSubject(system: System, environment: Environment): Broken[] {
  const claims = claimsOf(system);
  const broken: Broken[] = [];
  if (!claims.includes("context") && !claims.includes("environment")) {
    broken.push([
      "the subject does not name the environment, so a job of any branch would be trusted as well",
      'add "context" to repository.oidcSubject',
    ]);
  }
  if (!claims.includes("repository_id") || claims.includes("repo")) {
    // GitHub writes `repo` with the numbers of owner and repository where the repository was made after 15 July 2026, else without.
    broken.push([
      "the subject names the repository by its name, which another may get one day, and which GitHub writes in two ways",
      'set repository.oidcSubject to ["repository_id", "context"]',
    ]);
  }
  const unknown = claims.filter(
    (claim) => claim === "actor" || claim === "job_workflow_ref" || (claim === "ref" && onlyRef(environment) === undefined),
  );
  if (unknown.length > 0) {
    broken.push([
      `the subject differs from run to run (${unknown.join(", ")}), and Azure trusts one subject exactly`,
      `remove ${unknown.join(", ")} from repository.oidcSubject`,
    ]);
  }
  return broken;
}

function isIn(job: JobFacts, { name }: Environment): boolean {
  return (
    job.environment !== undefined && (job.environment.name.includes("${{") || job.environment.name.toLowerCase() === name.toLowerCase())
  );
}

function mayAskForToken(permissions: JobFacts["permissions"]): boolean {
  return permissions !== undefined && (permissions.all === "write" || permissions.scopes["id-token"] === "write");
}
