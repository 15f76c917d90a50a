/** What somebody who may not push can decide about a run: the texts that they write, and whether a job runs for them at all. */
import { evaluate } from "../../pipelines/expressions.ts";
import type { JobFacts, WorkflowFacts } from "../../pipelines/facts.ts";
import { flowsOf } from "../../pipelines/flows.ts";
import { expressionsIn } from "../../pipelines/references.ts";
import { knownBoolean, knownText, partial, truth, unknown, type Value } from "../../pipelines/values.ts";
import { expressionOf } from "./workflow-parts.ts";

/** Events whose workflow runs with the base repository's token and secrets while somebody else chose what it works on. */
export const privileged: ReadonlySet<string> = new Set([
  "pull_request_target",
  "workflow_run",
  "issue_comment",
  "issues",
  "discussion",
  "discussion_comment",
]);

/** Texts that anybody can write. https://docs.github.com/actions/concepts/security/script-injections */
const untrusted: readonly string[] = [
  "github.head_ref",
  ...["issue.title", "issue.body", "comment.body", "review.body", "review_comment.body", "discussion.title", "discussion.body"],
  ...["pull_request.title", "pull_request.body", "pull_request.head.ref", "pull_request.head.label"],
  "pull_request.head.repo.default_branch",
  "pages.*.page_name",
  ...["commits.*", "head_commit", "workflow_run.head_commit"].flatMap((commit) =>
    ["message", "author.email", "author.name", "committer.email", "committer.name"].map((member) => `${commit}.${member}`),
  ),
  ...["workflow_run.head_branch", "workflow_run.display_title", "workflow_run.pull_requests.*.head.ref"],
].map((path) => (path.startsWith("github.") ? path : `github.event.${path}`));

/** Is what a path names such a text, or an object that one is in? `commits.0.message` is one of `commits.*.message`. */
function isUntrusted(path: string): boolean {
  const given = path.split(".");
  return untrusted.some((text) => {
    const wanted = text.split(".");
    return given.length <= wanted.length && given.every((part, index) => part === wanted[index] || wanted[index] === "*" || part === "*");
  });
}

/** Expressions of a script that put a text into it which anybody can write, each with its line within the script, from 0. */
export function injectionsIn(script: string): { readonly expression: string; readonly line: number }[] {
  let from = 0;
  return expressionsIn(script).flatMap((inner) => {
    const expression = `\${{${inner}}}`;
    const at = script.indexOf(expression, from);
    from = at + expression.length;
    if (!flowsOf(inner.trim()).some(isUntrusted)) return [];
    return [{ expression: expression.replaceAll(/\s+/gu, " "), line: script.slice(0, at).split("\n").length - 1 }];
  });
}

/**
 * Whether a job runs only for what somebody pushed who may push: its condition is false for a stranger's fork, or it waits for a job whose
 * condition is. A condition that asks for a status (`always()` and its like) runs whatever became of the jobs before.
 */
export function isOwn(workflow: WorkflowFacts, { condition = "", needs }: JobFacts, seen: readonly string[] = []): boolean {
  const events = workflow.triggers.filter(({ event }) => privileged.has(event));
  if (events.every(({ event }) => !runsForStrangers(condition, event))) return true;
  if (/\b(always|failure|cancelled)\s*\(/u.test(condition)) return false;
  return workflow.jobs.some((job) => needs.includes(job.id) && !seen.includes(job.id) && isOwn(workflow, job, [...seen, job.id]));
}

const STRANGER = "stranger/fork";

/** May a condition hold when somebody else's fork is what the event is about? Repositories that the condition names may be this one. */
function runsForStrangers(condition: string, event: string): boolean {
  if (condition === "") return true;
  const expression = expressionOf(condition);
  if (expression.includes("${{")) return true;
  const named = [...expression.matchAll(/'([\w.-]+\/[\w.-]+)'/gu)].map(([, name = ""]) => name);
  return ["this/repository", ...named].some((repository) => truth(evaluate(expression.trim(), scopeOf(event, repository))) !== false);
}

function scopeOf(event: string, repository: string): Parameters<typeof evaluate>[1] {
  const open = (about: string): Value => unknown(about);
  const fork = { full_name: knownText(STRANGER), fork: knownBoolean(true) };
  const repo = (about: string): Value => partial(about, fork, open(about));
  const head = partial("head", { repo: repo("head.repo") }, open("head"));
  const of: Record<string, Value> = {
    pull_request: partial("github.event.pull_request", { head }, open("github.event.pull_request")),
    workflow_run: partial(
      "github.event.workflow_run",
      { event: unknown("event", { oneOf: ["pull_request", "pull_request_target"] }), head_repository: repo("head_repository") },
      open("github.event.workflow_run"),
    ),
  };
  const about = event === "workflow_run" ? "workflow_run" : "pull_request";
  const known: Record<string, Value> = { [about]: of[about] ?? open(about) };
  const github = partial(
    "github",
    {
      event_name: knownText(event),
      repository: knownText(repository),
      event: partial("github.event", known, open("github.event")),
    },
    open("github"),
  );
  const contexts = new Map([["github", github], ...["needs", "vars", "inputs", "env"].map((name) => [name, open(name)] as const)]);
  const functions = new Map(["success", "failure", "cancelled"].map((name) => [name, open(name)] as const));
  return { contexts, functions: new Map([...functions, ["always", knownBoolean(true)]]) };
}
