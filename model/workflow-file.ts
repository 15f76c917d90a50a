/**
 * What a workflow file says, as far as notifications must know it: how GitHub calls its runs and jobs, and what starts them. Not a reader of
 * workflows: `pipelines/` judges everything else.
 */
import { once } from "./once.ts";
import { isPlainObject } from "./shape.ts";
import { readYaml } from "./yaml.ts";

export interface WorkflowFile {
  /** Name of the file under `.github/workflows/`. */
  readonly file: string;
  /** What `workflow_run` of another workflow calls it. */
  readonly name: string;
  /** Events that start it. */
  readonly events: readonly string[];
  readonly jobs: ReadonlyMap<string, WorkflowJob>;
}

export interface WorkflowJob {
  /** Regular expression of the names that GitHub gives it: a matrix has one for each combination, a called workflow for each of its jobs. */
  readonly names: string;
  /** Minutes after which GitHub breaks it off. */
  readonly limit: number;
  /** Name of its environment, perhaps an expression. */
  readonly environment?: string;
}

/** https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idtimeout-minutes */
const DEFAULT_LIMIT = 360;
const FOLDER = ".github/workflows/";

/**
 * The workflows of a repository by the name of their file; one that is no YAML or has no jobs is left out.
 *
 * @param files Files of the repository: path → text.
 */
export function workflowsOf(files: ReadonlyMap<string, string>): ReadonlyMap<string, WorkflowFile> {
  const found = [...files].flatMap(([path, text]) => {
    if (!path.startsWith(FOLDER) || !/^[^/]+\.ya?ml$/.test(path.slice(FOLDER.length))) return [];
    return readWorkflow(path, text) ?? [];
  });
  return new Map(found.map((workflow) => [workflow.file, workflow]));
}

const readWorkflow = once((path: string, text: string): WorkflowFile | null => {
  const { document } = readYaml(path, text);
  const content: unknown = document.errors.length > 0 ? undefined : document.toJS();
  if (!isPlainObject(content) || !isPlainObject(content["jobs"])) return null;
  const { name, on, jobs } = content;
  const read = Object.entries(jobs).flatMap(([id, job]) => (isPlainObject(job) ? [[id, jobOf(id, job)] as const] : []));
  return {
    file: path.slice(FOLDER.length),
    name: typeof name === "string" ? name : path,
    events: eventsOf(on),
    jobs: new Map(read),
  };
});

function eventsOf(on: unknown): string[] {
  if (typeof on === "string") return [on];
  if (Array.isArray(on)) return on.filter((event) => typeof event === "string");
  return isPlainObject(on) ? Object.keys(on) : [];
}

function jobOf(id: string, job: Record<string, unknown>): WorkflowJob {
  const environment = isPlainObject(job["environment"]) ? job["environment"]["name"] : job["environment"];
  const limit = job["timeout-minutes"];
  return {
    names: namesOf(id, job),
    limit: typeof limit === "number" ? limit : DEFAULT_LIMIT,
    ...(typeof environment === "string" && { environment }),
  };
}

function namesOf(id: string, job: Record<string, unknown>): string {
  const name = typeof job["name"] === "string" ? job["name"] : id;
  const parts = name.split(/\$\{\{.*?\}\}/s).map((part) => part.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
  const matrix = isPlainObject(job["strategy"]) && job["strategy"]["matrix"] !== undefined;
  // Where the name says the combination itself, GitHub adds nothing to it.
  const combination = matrix && parts.length === 1 ? "( \\(.*\\))?" : "";
  return `^${parts.join(".*")}${combination}${job["uses"] === undefined ? "" : "( / .*)?"}$`;
}
