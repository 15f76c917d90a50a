/** Reusable workflows: which file a call means, what its inputs are, and the limits GitHub sets. */
import { data } from "@actions/expressions";
import type { Contexts } from "./contexts.ts";
import { entriesOf, valueOf } from "./tokens.ts";
import { fromPlain, known, partial, unknown, type Value } from "./values.ts";
import type { Job, Problem, Workflow } from "./workflow.ts";

/** Workflows from the one that an event starts down to the last that is called. */
export const MAX_CALL_LEVELS = 10;
/** Different reusable workflows that one workflow may call, counting those that they call. */
export const MAX_CALLED_WORKFLOWS = 50;

export type Callee =
  | { readonly kind: "workflow"; readonly workflow: Workflow }
  | { readonly kind: "missing"; readonly path: string }
  | { readonly kind: "remote" };

/** The workflow that a `uses:` means: `./path` in this repository, or a remote one where its file was provided under that very text. */
export function calleeOf(uses: string, workflows: ReadonlyMap<string, Workflow>): Callee {
  // `$/` is the newer way to write "this repository, at the commit that runs".
  const local = /^[.$]\/(.*)$/su.exec(uses)?.[1];
  const found = workflows.get(local ?? uses);
  if (found !== undefined) return { kind: "workflow", workflow: found };
  return local === undefined ? { kind: "remote" } : { kind: "missing", path: local };
}

/** Contexts inside a called workflow: the caller's `github` and `vars`, and the inputs it is given. Needs and matrix stay outside. */
export function calledContexts(job: Job, callee: Workflow, contexts: Contexts): Contexts {
  const given = new Map(entriesOf(job.call?.inputs).map((entry) => [entry.key.toLowerCase(), entry.value]));
  const scope = { contexts, functions: new Map() };
  const inputs: Record<string, Value> = {};
  for (const input of callee.inputs ?? []) {
    const token = given.get(input.name.toLowerCase()) ?? input.default;
    inputs[input.name] = token === undefined ? known(emptyInput(input.type)) : valueOf(token, scope);
  }
  const result = new Map<string, Value>([
    ["inputs", partial("inputs", inputs)],
    ["matrix", known(new data.Null())],
    ["strategy", known(new data.Null())],
  ]);
  for (const name of ["github", "vars"]) result.set(name, contexts.get(name) ?? unknown(name));
  return result;
}

/** What an input is that nobody gives and that has no default. */
function emptyInput(type: string): data.ExpressionData {
  return fromPlain(type === "boolean" ? false : type === "number" ? 0 : "");
}

/** What GitHub refuses about the calls of one workflow: a file that is not there or cannot be called, a circle, too many levels. */
export function callProblems(workflow: Workflow, workflows: ReadonlyMap<string, Workflow>): Problem[] {
  const problems: Problem[] = [];
  const called = new Set<string>();
  const report = (job: Job, code: string, text: string, fix: string): void => {
    if (job.call !== undefined) problems.push({ ...job.call.place, severity: "error", code, text: `job "${job.id}": ${text}`, fix });
  };
  const walk = (current: Workflow, chain: readonly Workflow[], entry: Job | undefined): void => {
    for (const job of current.jobs.values()) {
      if (job.call === undefined) continue;
      // Whatever is wrong further down is told where this workflow calls into it; the file itself is told by its own walk.
      const first = entry ?? job;
      const callee = calleeOf(job.call.uses, workflows);
      called.add(job.call.uses);
      if (callee.kind === "missing" && entry === undefined) {
        report(job, "call-missing", `calls ${callee.path}, which does not exist`, "name a file under .github/workflows");
      }
      if (callee.kind !== "workflow") continue;
      const next = callee.workflow;
      if (entry === undefined && next.inputs === undefined && !next.broken) {
        report(
          job,
          "call-not-callable",
          `calls ${next.file}, which has no \`workflow_call\` trigger`,
          "add `workflow_call` under its `on:`",
        );
      }
      if (entry === undefined && next.broken)
        report(job, "call-broken", `calls ${next.file}, which GitHub refuses`, "mend that file first");
      if (chain.includes(next)) {
        const circle = [...chain.slice(chain.indexOf(next)), next].map((file) => file.fileName).join(" → ");
        if (entry === undefined || chain[0] === next) report(first, "call-circle", `calls itself through ${circle}`, "break the circle");
        continue;
      }
      if (chain.length >= MAX_CALL_LEVELS) {
        report(
          first,
          "call-depth",
          `calls more than ${MAX_CALL_LEVELS} levels deep`,
          `GitHub connects at most ${MAX_CALL_LEVELS} levels of workflows`,
        );
        continue;
      }
      walk(next, [...chain, next], first);
    }
  };
  walk(workflow, [workflow], undefined);
  const [firstCall] = [...workflow.jobs.values()].filter((job) => job.call !== undefined);
  if (called.size > MAX_CALLED_WORKFLOWS && firstCall !== undefined) {
    const text = `with it the workflow calls ${called.size} different workflows`;
    report(firstCall, "call-count", text, `GitHub allows ${MAX_CALLED_WORKFLOWS}, counting those that they call`);
  }
  return problems;
}
