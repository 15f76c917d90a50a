/** What a workflow is counted on for, and would be missed by nobody: a scan beside the required checks, a condition, an order. */
import type { JobFacts, WorkflowFacts } from "../../pipelines/facts.ts";
import type { Parameter, WorkflowRule } from "./rule.ts";

const strings = (description: string): Parameter => ({ type: "array", description, default: [], items: { type: "string" } });
const shortName = ({ file }: WorkflowFacts): string => file.slice(file.lastIndexOf("/") + 1);

/** What is wanted of one workflow: what follows its repository and its name in each entry, in so many words, the last with all the rest. */
function* wantedOf(entries: unknown, repository: string, workflow: WorkflowFacts, words: number): Iterable<readonly string[]> {
  const own = `${repository} ${shortName(workflow)} `;
  for (const entry of Array.isArray(entries) ? entries : []) {
    if (typeof entry !== "string" || !entry.startsWith(own)) continue;
    const parts = entry.slice(own.length).split(" ");
    yield [...parts.slice(0, words - 1), parts.slice(words - 1).join(" ")];
  }
}

/** Jobs that a job waits for, directly or through others. */
export function jobsBefore(workflow: WorkflowFacts, job: JobFacts, seen: Set<string> = new Set()): ReadonlySet<string> {
  for (const id of job.needs) {
    if (seen.has(id)) continue;
    seen.add(id);
    const needed = workflow.jobs.find((candidate) => candidate.id === id);
    if (needed !== undefined) jobsBefore(workflow, needed, seen);
  }
  return seen;
}

/** A condition without the `${{ }}` that it may stand in. */
export const expressionOf = (condition: string): string => /^\s*\$\{\{(.*)\}\}\s*$/su.exec(condition)?.[1] ?? condition;

const plain = (condition: string): string => expressionOf(condition).replace(/\s+/gu, " ").trim();

/** The parts of a condition that must all hold. One with `||` outside of parentheses is one part, as none of its own must hold. */
export function conjunctsOf(condition: string): readonly string[] {
  const text = plain(condition);
  const parts: string[] = [];
  let [depth, quoted, start] = [0, false, 0];
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === "'") quoted = !quoted;
    if (quoted) continue;
    if (character === "(") depth += 1;
    if (character === ")") depth -= 1;
    if (depth > 0) continue;
    if (text.startsWith("||", index)) return [text];
    if (!text.startsWith("&&", index)) continue;
    parts.push(text.slice(start, index).trim());
    index += 1;
    start = index + 1;
  }
  return [...parts, text.slice(start).trim()];
}

export const workflowPartRules: readonly WorkflowRule[] = [
  {
    id: "workflow-jobs-kept",
    kind: "workflow",
    title: "Jobs and triggers that people count on stay",
    why: "A scan that no merge requires is missed by nobody when it is gone, though what deploys waits for its workflow.",
    severity: "medium",
    standards: {},
    fix: "Put the job or the trigger back, or take it off the list.",
    config: {
      jobs: strings("Jobs that must be there, as `owner/name FILE JOB`."),
      triggers: strings("Events that must start a workflow, as `owner/name FILE EVENT`."),
    },
    *judge(workflow, { jobs, triggers }, repository) {
      for (const [id = ""] of wantedOf(jobs, repository, workflow, 1))
        if (!workflow.jobs.some((job) => job.id === id)) yield `there is no job ${id}`;
      for (const [event = ""] of wantedOf(triggers, repository, workflow, 1))
        if (!workflow.triggers.some((trigger) => trigger.event === event)) yield `${event} does not start it`;
    },
  },
  {
    id: "workflow-conditions-kept",
    kind: "workflow",
    title: "Jobs run on the conditions that people count on, and on no others instead",
    why: "A job whose condition is gone runs too when what is before it has said no: the image of another branch, or of a commit that failed.",
    severity: "high",
    standards: {},
    fix: "Put the condition back, joined to others by `&&`, or take it off the list.",
    config: { conditions: strings("Conditions that must hold, as `owner/name FILE JOB CONDITION`, each without a `&&` of its own.") },
    *judge(workflow, { conditions }, repository) {
      for (const [id = "", condition = ""] of wantedOf(conditions, repository, workflow, 2)) {
        // That the job is there is another rule's.
        for (const job of workflow.jobs.filter((each) => each.id === id)) {
          if (!conjunctsOf(job.condition ?? "").includes(plain(condition)))
            yield { message: `job ${id} runs also without ${condition}`, line: job.line };
        }
      }
    },
  },
  {
    id: "workflow-order-kept",
    kind: "workflow",
    title: "Jobs wait for those that people count on",
    why: "What is published or deployed before its scan or its backup is done is not held by them.",
    severity: "high",
    standards: {},
    fix: "Name the job under `needs`, of the job itself or of one that it waits for, or take it off the list.",
    config: { needs: strings("Jobs and what they must wait for, as `owner/name FILE JOB OTHER`.") },
    *judge(workflow, { needs }, repository) {
      for (const [id = "", other = ""] of wantedOf(needs, repository, workflow, 2)) {
        for (const job of workflow.jobs.filter((each) => each.id === id))
          if (!jobsBefore(workflow, job).has(other)) yield { message: `job ${id} does not wait for ${other}`, line: job.line };
      }
    },
  },
];
