/** Pull requests that workflows open, and commits that they push: read from their steps, and from the scripts that these run. */
import type { JobFacts, StepFact } from "../../pipelines/index.ts";
import { fileNamed } from "../agreement/scripts.ts";
import { actionsMayApprove, effectivePermissions } from "../graph/tokens.ts";
import type { Step } from "../theorem.ts";
import type { ProofSystem, ProofWorld } from "../world.ts";

/** Actions that open pull requests, and the input that gives them another token than the job's. */
const openingActions: Readonly<Record<string, string>> = {
  "peter-evans/create-pull-request": "token",
  "googleapis/release-please-action": "token",
  "google-github-actions/release-please-action": "token",
};

/** `gh pr create`, or a request that makes one at `/pulls`. */
const OPENS = /\bgh\s+pr\s+create\b|\bPOST\s+"?[^\s"]*\/pulls"?(?=\s|$)/mu;
/** A script by its path; a variable before it stands for a folder that is not known here. */
const SCRIPT = /(?:\$\{?\w+\}?\/)?((?:[\w.-]+\/)*[\w.-]+\.(?:sh|bash|py|js|mjs))\b/gu;

/** Steps that open pull requests with the job's own `GITHUB_TOKEN`, and are let. @throws UnknownValue */
export function proposalsByToken(world: ProofWorld, of: ProofSystem): readonly Step[] {
  if (!actionsMayApprove(world, of).may) return [];
  return of.workflows.flatMap((workflow) =>
    workflow.jobs.flatMap((job) => {
      if (effectivePermissions(world, of, workflow, job).permissions.pullRequests !== "write") return [];
      return job.steps
        .filter((step) => opensPullRequest(step, of.files) && !hasOtherToken(step, job))
        .map((step): Step => {
          const file = workflow.file.slice(workflow.file.lastIndexOf("/") + 1);
          return { text: `the job ${job.id} of ${file} opens a pull request with its GITHUB_TOKEN`, at: `${workflow.file}:${step.line}` };
        });
    }),
  );
}

function opensPullRequest(step: StepFact, files: ReadonlyMap<string, string>): boolean {
  if (step.uses !== undefined && openingActions[actionOf(step)] !== undefined) return true;
  return textsOf(step, files).some((text) => OPENS.test(text));
}

const actionOf = ({ uses }: StepFact): string => (uses === undefined ? "" : (uses.text.split("@")[0] ?? ""));

/** An App's token, made by a step before, or one that is stored. */
function hasOtherToken(step: StepFact, job: JobFacts): boolean {
  const makers = job.steps.filter(({ uses }) => uses?.text.startsWith("actions/create-github-app-token@")).flatMap(({ id }) => id ?? []);
  const given = [...Object.values(step.with), ...Object.values(step.env)].map(({ name }) => name);
  return given.some(
    (text) => /\bsecrets\.(?!GITHUB_TOKEN\b)/u.test(text) || makers.some((id) => text.includes(`steps.${id}.outputs.token`)),
  );
}

/** The step's own text and that of the scripts it runs, and of those that they take in. */
function textsOf(step: StepFact, files: ReadonlyMap<string, string>): readonly string[] {
  const texts: string[] = [];
  const seen = new Set<string>();
  const visit = (text: string): void => {
    texts.push(text);
    for (const [, name = ""] of text.matchAll(SCRIPT)) {
      const path = fileNamed(name, files);
      if (path === undefined || seen.has(path)) continue;
      seen.add(path);
      visit(files.get(path) ?? "");
    }
  };
  if (step.run !== undefined) visit(step.run.name);
  return texts;
}

/** Steps that push commits which Git itself has made: nobody signs them, unlike those that GitHub makes. */
export function unsignedPushes(of: ProofSystem): readonly Step[] {
  return of.workflows.flatMap((workflow) =>
    workflow.jobs.flatMap((job) =>
      job.steps
        .filter((step) => {
          const text = textsOf(step, of.files).join("\n");
          return (
            /\bgit\b[^\n]*\scommit\b/u.test(text) &&
            /\bgit\b[^\n]*\spush\b/u.test(text) &&
            !/gpg\.?sign|commit\s+(-\w*S|--gpg-sign)/iu.test(text)
          );
        })
        .map((step): Step => ({
          text: `the job ${job.id} of ${workflow.file} pushes a commit that nobody has signed`,
          at: `${workflow.file}:${step.line}`,
        })),
    ),
  );
}
