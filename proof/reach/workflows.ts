/** Whom the notifications workflow tells of a workflow that failed. */
import { notificationsFile } from "../../delivery/notifications/workflow.ts";
import { isPlainObject } from "../../model/shape.ts";
import { plainYaml } from "../../model/yaml.ts";
import { jobsAfter, type JobFacts, type WorkflowFacts } from "../../pipelines/index.ts";
import { github, type Declaration } from "../../policies/rules/declaration.ts";
import { at } from "../deployments.ts";
import { environmentOf, waitsForReviewer } from "../graph/environment.ts";
import type { Step } from "../theorem.ts";
import type { ProofSystem, ProofWorld } from "../world.ts";
import { best, type Journey } from "./finding.ts";

/** A workflow whose failure must be heard of, and why. */
export interface Concern {
  readonly workflow: WorkflowFacts;
  /** @example "deploys to prod" */
  readonly why: string;
}

/** What of a failure on one of these branches gets to somebody. @throws UnknownValue */
export function hearOfWorkflow(
  world: ProofWorld,
  of: ProofSystem,
  { workflow }: Concern,
  branches: readonly string[],
): Journey | undefined {
  const listener = of.workflows.find(({ file }) => file === notificationsFile);
  const parsed = of.pipelines.workflows.get(notificationsFile);
  if (listener === undefined || parsed === undefined) return undefined;
  const name = workflow.name ?? workflow.file;
  const on = { text: `${notificationsFile} is started by some workflows`, at: `${notificationsFile}:${listener.triggers[0]?.line ?? 1}` };
  const runs = jobsAfter(parsed, name, "failure");
  if (runs.size === 0) return { passed: [], stop: { ...on, text: `${notificationsFile} is not started when ${name} has ended` } };
  return best(
    listener.jobs.map((job) => {
      const place = `${notificationsFile}:${job.line}`;
      if (runs.get(job.id)?.verdict === "never")
        return { passed: [], stop: { text: `job ${job.id} does not run after a failure`, at: place } };
      const passed = [{ text: `job ${job.id} runs when ${name} has failed`, at: place }];
      return tellers(of, listener, job)
        .map((teller) => tell(world, of, workflow, job, teller, branches, passed))
        .reduce<Journey>((far, one) => best([far, one]) ?? far, { passed: [], stop: { text: `job ${job.id} tells nobody`, at: place } });
    }),
  );
}

/** A step that has the table, as its environment says it. */
interface Teller {
  readonly at: string;
  readonly rules: readonly Readonly<Record<string, unknown>>[];
  readonly channels: Readonly<Record<string, unknown>>;
  /** Variable → text. */
  readonly env: Readonly<Record<string, string>>;
}

function tellers(of: ProofSystem, { file }: WorkflowFacts, job: JobFacts): readonly Teller[] {
  const content = plainYaml(file, of.files.get(file) ?? "") as
    { readonly jobs?: Readonly<Record<string, { readonly steps?: unknown }>> } | null | undefined;
  const steps = content?.jobs?.[job.id]?.steps;
  return (Array.isArray(steps) ? steps : []).flatMap((step, index): readonly Teller[] => {
    const env = isPlainObject(step) && isPlainObject(step["env"]) ? step["env"] : {};
    const [rules, channels] = [readJson(env["RULES"]), readJson(env["CHANNELS"])];
    if (!Array.isArray(rules) || !isPlainObject(channels)) return [];
    const texts = Object.fromEntries(Object.entries(env).map(([key, value]) => [key, typeof value === "string" ? value : ""]));
    return [{ at: `${file}:${job.steps[index]?.line ?? job.line}`, rules: rules.filter(isPlainObject), channels, env: texts }];
  });
}

function readJson(value: unknown): unknown {
  try {
    return typeof value === "string" ? (JSON.parse(value) as unknown) : undefined;
  } catch {
    return undefined;
  }
}

function tell(
  world: ProofWorld,
  of: ProofSystem,
  { file }: WorkflowFacts,
  job: JobFacts,
  teller: Teller,
  branches: readonly string[],
  passed: readonly Step[],
): Journey {
  const own = file.slice(file.lastIndexOf("/") + 1);
  const rules = teller.rules.filter(({ workflow, job: one, branch, outcome }) => {
    const isOutcome = outcome === "failure" || outcome === "completed";
    return workflow === own && one === undefined && isOutcome && (branch === undefined || branches.some((one) => one === branch));
  });
  if (rules.length === 0) return { passed, stop: { text: `no rule of the table is about a failure of ${own}`, at: teller.at } };
  const heard = [...passed, { text: `the table has a rule for a failure of ${own}`, at: teller.at }];
  return (
    best(
      rules.flatMap(({ to, severity = "error" }) =>
        (Array.isArray(to) ? to : []).map((name) => {
          const channel = teller.channels[String(name)];
          const stop = stopAt(world, of, job, teller, String(name), channel, String(severity));
          return stop === undefined ? { passed: heard } : { passed: heard, stop };
        }),
      ),
    ) ?? { passed: heard, stop: { text: "the rule names no channel", at: teller.at } }
  );
}

/** Why a channel stays silent; `undefined` where it does not. */
function stopAt(
  world: ProofWorld,
  of: ProofSystem,
  job: JobFacts,
  teller: Teller,
  name: string,
  channel: unknown,
  severity: string,
): Step | undefined {
  if (!isPlainObject(channel)) return { text: `the table has no channel ${name}`, at: teller.at };
  const { kind, secret } = channel;
  if (kind === "pagerduty" && severity !== "error" && severity !== "critical") {
    return { text: `channel ${name} is PagerDuty, which wakes nobody for a ${severity}`, at: teller.at };
  }
  const variable = typeof secret === "string" ? secret : "";
  const [, used] = /^\s*\$\{\{\s*secrets\.(\w+)\s*\}\}\s*$/u.exec(teller.env[variable] ?? "") ?? [];
  if (used === undefined) return { text: `the step has no secret ${variable}, which channel ${name} needs`, at: teller.at };
  return noSecret(world, of, job, used, teller.at);
}

function noSecret(world: ProofWorld, of: ProofSystem, job: JobFacts, name: string, place: string): Step | undefined {
  const named = (one: Declaration): boolean => one.text("secretName")?.toLowerCase() === name.toLowerCase();
  const environment = job.environment === undefined ? undefined : environmentOf(world, of, job.environment.name);
  if (environment !== undefined && waitsForReviewer(environment)) {
    return {
      text: `the job waits until somebody approves environment ${environment.text("environment") ?? ""}`,
      at: at(environment, "reviewers"),
    };
  }
  const inside = world
    .of(github("ActionsEnvironmentSecret"), of.repository)
    .filter((one) => one.text("environment")?.toLowerCase() === job.environment?.name.toLowerCase());
  if (inside.some(named) || world.of(github("ActionsSecret"), of.repository).some(named)) return undefined;
  const where = job.environment === undefined ? "the repository" : `environment ${job.environment.name}`;
  return { text: `no stack declares secret ${name} of ${where}`, at: place };
}
