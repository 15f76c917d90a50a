/** Reads all workflow files of a repository at once. */
import { callProblems } from "./calls.ts";
import { once } from "../model/once.ts";
import { parseWorkflowFile } from "./parse.ts";
import { workflowProblems } from "./problems.ts";
import { isWorkflowFile } from "./workflow-file.ts";
import type { Pipelines, Problem, Workflow } from "./workflow.ts";

/** `owner/repository/.github/workflows/file.yml@ref`: the text of a `uses:` whose file is at hand. */
const REMOTE_FILE = /^[^/@]+\/[^/@]+\/\.github\/workflows\/[^/@]+\.ya?ml@.+$/u;

/** What one file says by itself, whatever else the repository holds. */
interface ReadFile {
  readonly workflow: Workflow;
  readonly problems: readonly Problem[];
}

/**
 * Parses every workflow among the files of a repository and judges them together.
 *
 * @param files Text by path from the repository's root, such as `.github/workflows/ci.yml`; other files are left alone. A reusable
 *   workflow of another repository can be given under the text of its `uses:`.
 * @returns Workflows by path, and all problems of all files, sorted. Nothing is thrown for bad input.
 */
export function readPipelines(files: ReadonlyMap<string, string>): Pipelines {
  const workflows = new Map<string, Workflow>();
  const problems: Problem[] = [];
  for (const [file, text] of [...files].sort(([left], [right]) => (left < right ? -1 : 1))) {
    if (!isWorkflowFile(file) && !REMOTE_FILE.test(file)) continue;
    const parsed = readFile(file, text);
    workflows.set(file, parsed.workflow);
    problems.push(...parsed.problems);
  }
  for (const [file, workflow] of workflows) {
    if (workflow.broken) continue;
    const found = callProblems(workflow, workflows);
    problems.push(...found);
    if (found.length > 0) workflows.set(file, { ...workflow, broken: true });
  }
  return { workflows, problems: problems.sort(byPlace) };
}

const readFile = once((file: string, text: string): ReadFile => {
  const parsed = parseWorkflowFile(file, text);
  const problems = parsed.workflow.broken ? parsed.problems : [...parsed.problems, ...workflowProblems(parsed.workflow)];
  const broken = problems.some((problem) => problem.severity === "error");
  return { workflow: { ...parsed.workflow, broken }, problems };
});

function byPlace(left: Problem, right: Problem): number {
  return left.file === right.file ? left.line - right.line || left.column - right.column : left.file < right.file ? -1 : 1;
}
