/** Does every required check report on every pull request that it guards? */
import { checksInMergeQueue, checksOnPullRequest, GITHUB_ACTIONS_APP_ID, type CheckReport } from "../../pipelines/index.ts";
import type { Guard } from "../../policies/rules/branch-guards.ts";
import { proposalsByToken } from "./proposals.ts";
import type { Counterexample, Step } from "../theorem.ts";
import type { ProofSystem, ProofWorld } from "../world.ts";
import type { Finding } from "./finding.ts";

/** @throws UnknownValue */
export function judgeChecks(world: ProofWorld, of: ProofSystem, branch: string, guards: readonly Guard[]): Finding {
  const about = { base: branch, repository: of.repository };
  const reports = checksOnPullRequest(of.pipelines, about);
  const queue = guards.some(hasQueue) ? checksInMergeQueue(of.pipelines, about) : undefined;
  const byToken = proposalsByToken(world, of);
  const forToken = checksOnPullRequest(of.pipelines, { ...about, head: { openedBy: "GITHUB_TOKEN", fork: false } });
  const counterexamples: Counterexample[] = [];
  const assumptions: string[] = [];
  for (const guard of guards) {
    for (const [index, { context, app }] of guard.checks().entries()) {
      const at = requiredAt(guard, index);
      if (app !== undefined && app !== GITHUB_ACTIONS_APP_ID) {
        assumptions.push(`App ${app} is installed on ${of.repository} and reports ${context} on every pull request to ${branch}`);
        continue;
      }
      const missing = waiting(branch, context, at, reports);
      if (missing !== undefined) {
        counterexamples.push(missing);
        continue;
      }
      const inQueue = queue === undefined ? undefined : waiting(branch, context, at, queue);
      if (inQueue !== undefined) counterexamples.push(inQueue);
      const hanging = waiting(branch, context, at, forToken);
      const [proposal] = byToken;
      if (hanging !== undefined && proposal !== undefined) {
        const fix = "open the pull request with the token of an App: what GITHUB_TOKEN opens starts no workflow";
        counterexamples.push({ ...hanging, steps: [proposal, ...hanging.steps.slice(1)], fix });
      }
    }
  }
  return { counterexamples, assumptions };
}

export const hasQueue = ({ kind, declaration }: Guard): boolean => kind === "ruleset" && declaration.has("rules.mergeQueue");

/** Why a pull request would wait for ever for a check; `undefined` where it always reports. */
function waiting(branch: string, context: string, at: string, reports: readonly CheckReport[]): Counterexample | undefined {
  const same = reports.filter((report) => report.context === context);
  if (same.some(({ verdict }) => verdict === "always")) return undefined;
  const [report] = same;
  const opened: Step = { text: `somebody opens a pull request to ${branch}, which requires ${context}`, at };
  const claim = `a pull request to ${branch} can wait for check ${context} for ever`;
  if (report === undefined) {
    const fix = "require a check that a workflow reports, by the name that it reports";
    return { claim, steps: [opened, { text: `no workflow reports a check of the name ${context}`, at }], fix };
  }
  const reason = report.reasons.find(({ code }) => code !== "runs-on-every-pull-request") ?? report.reasons[0];
  const place = reason === undefined ? report.file : `${reason.file}:${reason.line}`;
  const text = `the job ${report.job} need not report it: ${reason?.text ?? report.verdict}`;
  return { claim, steps: [opened, { text, at: place }], fix: "let the job run on every pull request, or require another" };
}

function requiredAt(guard: Guard, index: number): string {
  const { declaration, kind } = guard;
  return `${declaration.name} ${kind === "ruleset" ? "rules.requiredStatusChecks.requiredChecks" : "requiredStatusChecks"}.${index}`;
}
