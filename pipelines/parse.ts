/** Reads one workflow file with GitHub's own parser, and says everything that GitHub would refuse about it, with file, line and column. */
import { FeatureFlags } from "@actions/expressions";
import { NoOperationTraceWriter, parseWorkflow } from "@actions/workflow-parser";
import { convertConcurrency } from "@actions/workflow-parser/model/converter/concurrency";
import { convertOn } from "@actions/workflow-parser/model/converter/events";
import { handleTemplateTokenErrors } from "@actions/workflow-parser/model/converter/handle-errors";
import { convertJobs } from "@actions/workflow-parser/model/converter/jobs";
import { TemplateContext, TemplateValidationErrors } from "@actions/workflow-parser/templates/template-context";
import { getWorkflowSchema } from "@actions/workflow-parser/workflows/workflow-schema";
import { entriesOf, isBasicExpression, isMapping, isSequence, itemsOf, placeOf, textOf, textsOf, type TemplateToken } from "./tokens.ts";
import { isTolerated, readInputs, readTriggers } from "./triggers.ts";
import type { Job, Problem, Step, Workflow } from "./workflow.ts";

type Converted = ReturnType<typeof convertJobs>[number];

/**
 * Parses one workflow file.
 *
 * @param file Path in the repository, used in every message.
 * @returns The workflow, always, and what is wrong with it. With an error among the problems it is `broken` and has no jobs that run.
 */
export function parseWorkflowFile(file: string, text: string): { readonly workflow: Workflow; readonly problems: readonly Problem[] } {
  const fileName = file.slice(file.lastIndexOf("/") + 1);
  const empty: Workflow = { file, fileName, text, triggers: [], jobs: new Map(), broken: true };
  try {
    const { context, value: root } = parseWorkflow({ name: file, content: text }, newContext());
    if (root === undefined || !isMapping(root)) {
      const problems = syntaxProblems(file, context.errors.getErrors());
      return { workflow: empty, problems: problems.length > 0 ? problems : [notAWorkflow(file)] };
    }
    const jobsToken = root.find("jobs");
    const converted = jobsToken === undefined ? [] : convertJobs(context, jobsToken);
    const concurrency = root.find("concurrency");
    // What these make is not used, since it has no places; they add their errors to the context.
    if (concurrency !== undefined) handleTemplateTokenErrors(root, context, {}, () => convertConcurrency(context, concurrency));
    const on = root.find("on");
    if (on !== undefined) handleTemplateTokenErrors(root, context, {}, () => convertOn(context, on));
    const { triggers, problems: triggerProblems } = readTriggers(file, on);
    const inputs = readInputs(on);
    const errors = context.errors.getErrors().filter((error) => !isTolerated(on, error));
    const problems = [...syntaxProblems(file, errors), ...triggerProblems];
    const jobs = new Map(converted.map((job) => [job.id.value, readJob(file, job, entryOf(jobsToken, job.id.value))]));
    const broken = problems.some((problem) => problem.severity === "error");
    return { workflow: { file, fileName, text, triggers, jobs, broken, ...(inputs === undefined ? {} : { inputs }) }, problems };
  } catch (error) {
    // The parser throws on YAML that it did not expect at all, such as a list or a null as a key.
    const what = error instanceof Error ? error.message : String(error);
    return { workflow: empty, problems: [{ ...notAWorkflow(file), text: `the workflow cannot be read: ${what}` }] };
  }
}

/** What GitHub has shipped and its parser still calls an experiment: steps in the background, `case()`. */
const FEATURES = new FeatureFlags({ allowBackgroundSteps: true, allowCaseFunction: true, allowCopilotRequestsPermission: true });

function newContext(): TemplateContext {
  const context = new TemplateContext(new TemplateValidationErrors(), getWorkflowSchema(), new NoOperationTraceWriter());
  context.state["featureFlags"] = FEATURES;
  return context;
}

function notAWorkflow(file: string): Problem {
  return {
    file,
    line: 1,
    column: 1,
    severity: "error",
    code: "workflow-syntax",
    text: "the file is not a workflow: it has no mapping with `on` and `jobs`",
    fix: "write a workflow, or move the file out of .github/workflows",
  };
}

function syntaxProblems(
  file: string,
  errors: readonly { readonly rawMessage: string; readonly range: { readonly start: { line: number; column: number } } | undefined }[],
): Problem[] {
  return errors.map((error) => ({
    file,
    line: error.range?.start.line ?? 1,
    column: error.range?.start.column ?? 1,
    severity: "error",
    code: "workflow-syntax",
    // YAML errors carry a drawing of the line after their first line, and the place that is given here anyway.
    text: (error.rawMessage.split("\n")[0] ?? "").replace(/ at line \d+, column \d+:?$/u, ""),
    fix: "mend the file at this place: GitHub refuses it whole, so that none of its checks ever reports",
  }));
}

/** The token of a job. Of two with one id the last wins, but such a file is broken anyway. */
function entryOf(jobs: TemplateToken | undefined, id: string): { keyToken: TemplateToken | undefined; value: TemplateToken | undefined } {
  return entriesOf(jobs).findLast((entry) => entry.key === id) ?? { keyToken: undefined, value: undefined };
}

function readJob(file: string, job: Converted, tokens: { keyToken: TemplateToken | undefined; value: TemplateToken | undefined }): Job {
  const fields = new Map(entriesOf(tokens.value).map((entry) => [entry.key, entry]));
  const field = (name: string): TemplateToken | undefined => fields.get(name)?.value;
  const nameToken = field("name");
  const nameText = textOf(nameToken);
  const condition = fields.get("if");
  const strategy = field("strategy");
  const continueOnError = field("continue-on-error");
  const inputs = field("with");
  const conditionSource = textOf(condition?.value);
  return {
    id: job.id.value,
    place: placeOf(file, tokens.keyToken),
    ...(nameToken === undefined || nameText === undefined || nameText === ""
      ? {}
      : { name: { token: nameToken, source: nameText, isExpression: isBasicExpression(nameToken), place: placeOf(file, nameToken) } }),
    needs: textsOf(field("needs")),
    condition: {
      expression: job.if.expression,
      place: placeOf(file, condition?.value ?? tokens.keyToken),
      ...(conditionSource === undefined ? {} : { source: conditionSource }),
    },
    ...(strategy === undefined ? {} : { strategy }),
    ...(continueOnError === undefined ? {} : { continueOnError }),
    ...(job.type === "reusableWorkflowJob"
      ? {
          call: {
            uses: job.ref.value,
            place: placeOf(file, job.ref),
            ...(inputs !== undefined && isMapping(inputs) ? { inputs } : {}),
          },
        }
      : {}),
    steps: job.type === "job" ? readSteps(file, job, field("steps")) : [],
    readsNeeds: [field("steps"), field("env"), inputs].some(mentionsNeeds),
  };
}

/** Steps that run something, those of `parallel` groups one by one; those that only wait for others or end them are left out. */
function readSteps(file: string, job: Extract<Converted, { type: "job" }>, steps: TemplateToken | undefined): Step[] {
  const tokens = itemsOf(steps)
    .flatMap((token) => (fieldOf(token, "parallel") === undefined ? [token] : itemsOf(fieldOf(token, "parallel"))))
    .filter((token) => !entriesOf(token).some(({ key }) => CONTROLS.has(key)));
  const converted = job.steps
    .flatMap((step) => ("parallel" in step ? step.parallel : [step]))
    .filter((step) => !Object.keys(step).some((key) => CONTROLS.has(key)));
  return tokens.map((token, index) => {
    const fields = new Map(entriesOf(token).map((entry) => [entry.key, entry.value]));
    const label = ["name", "id", "uses", "run"].map((key) => textOf(fields.get(key))?.split("\n")[0]).find((text) => text !== undefined);
    const continueOnError = fields.get("continue-on-error");
    const condition = fields.get("if");
    // A step that GitHub refuses is missing from the converted ones; the file is broken then, and nobody evaluates its conditions.
    const expression = converted.length === tokens.length ? converted[index]?.if?.expression : undefined;
    return {
      label: label ?? `step ${index + 1}`,
      place: placeOf(file, condition ?? token),
      ...(condition === undefined || expression === undefined ? {} : { condition: expression }),
      ...(continueOnError === undefined ? {} : { continueOnError }),
    };
  });
}

/** What a step has that waits for steps in the background, or ends one. */
const CONTROLS: ReadonlySet<string> = new Set(["wait", "wait-all", "cancel"]);

function fieldOf(token: TemplateToken, key: string): TemplateToken | undefined {
  return entriesOf(token).find((entry) => entry.key === key)?.value;
}

function mentionsNeeds(token: TemplateToken | undefined): boolean {
  if (token === undefined) return false;
  if (isBasicExpression(token)) return /\bneeds\b/iu.test(token.expression);
  if (isSequence(token)) return itemsOf(token).some(mentionsNeeds);
  return entriesOf(token).some(
    (entry) => mentionsNeeds(entry.value) || (entry.key === "if" && /\bneeds\b/iu.test(textOf(entry.value) ?? "")),
  );
}
