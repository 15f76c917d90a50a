/** Environments that jobs name, and the refs that they run on: both must be declared. */
import { fnmatch } from "../../model/fnmatch.ts";
import { plainYaml } from "../../model/yaml.ts";
import { runsOnRefs, type JobFacts, type Ref, type WorkflowFacts } from "../../pipelines/index.ts";
import type { Declaration } from "../../policies/rules/declaration.ts";
import { deployRefsOf, environmentOf } from "../graph/environment.ts";
import { defaultBranch } from "../graph/gate.ts";
import type { Counterexample, Step } from "../theorem.ts";
import type { ProofSystem, ProofWorld } from "../world.ts";

/** A job that uses an environment. */
interface Use {
  readonly workflow: WorkflowFacts;
  readonly job: JobFacts;
  readonly name: string;
  readonly step: Step;
}

/** @throws UnknownValue */
export function judgeEnvironments(world: ProofWorld, of: ProofSystem): Counterexample[] {
  return of.workflows.flatMap((workflow) =>
    workflow.jobs.flatMap((job) => {
      if (job.environment === undefined) return [];
      const at = `${workflow.file}:${job.environment.line}`;
      const names = namesOf(job.environment.name, of.files.get(workflow.file) ?? "", job.id);
      if (names === undefined) return [anyName(workflow, job, at)];
      return names.flatMap((name) => {
        const step = { text: `job ${job.id} of ${workflow.file} runs in environment ${name}`, at };
        const environment = environmentOf(world, of, name);
        if (environment === undefined) return [notDeclared(name, step)];
        return judgeRefs(world, of, environment, { workflow, job, name, step });
      });
    }),
  );
}

function anyName({ file }: WorkflowFacts, job: JobFacts, at: string): Counterexample {
  return {
    claim: `job ${job.id} of ${file} may run in an environment that no rule guards`,
    steps: [
      { text: `the environment is called by ${job.environment?.name ?? ""}, which may be any name; GitHub makes what is not there`, at },
    ],
    fix: "Name the environment, or choose it from literals.",
  };
}

function notDeclared(name: string, step: Step): Counterexample {
  return {
    claim: `GitHub makes environment ${name} when the job starts, without any rule, and nobody is asked`,
    steps: [step, { text: `no stack declares environment ${name}`, at: step.at }],
    fix: `Declare environment ${name}, or name one that is declared.`,
  };
}

/** Every ref that the job certainly runs on must be let in, and one at least of those that it may run on. */
function judgeRefs(world: ProofWorld, of: ProofSystem, environment: Declaration, { workflow, job, name, step }: Use): Counterexample[] {
  const parsed = of.pipelines.workflows.get(workflow.file);
  if (parsed === undefined || parsed.broken) return [];
  const main = defaultBranch(world, of);
  const policies = deployRefsOf(world, of, environment);
  const letsIn = (ref: Ref): boolean =>
    policies.some(({ kind, pattern }) => kind === "any" || (kind === ref.kind && fnmatch(pattern, ref.name)));
  const runs = runsOnRefs(parsed, refsOf(of), ({ kind, name: branch }) => kind === "branch" && branch === main).flatMap((run) => {
    const verdict = run.jobs.get(job.id)?.verdict ?? "never";
    return verdict === "never" ? [] : [{ ...run, verdict }];
  });
  const certain = runs.find(({ verdict, chosen, ref }) => verdict === "always" && !chosen && !letsIn(ref) && !isExpression(job));
  const refused = certain ?? (runs.some(({ ref }) => letsIn(ref)) ? undefined : runs[0]);
  if (refused === undefined) return [];
  const { kind, name: ref } = refused.ref;
  const patterns = policies.map(({ kind: of, pattern }) => `${of} ${pattern}`).join(", ");
  return [
    {
      claim: `GitHub refuses every deployment of job ${job.id} of ${workflow.file} on ${kind} ${ref}`,
      steps: [
        step,
        { text: `${refused.event} runs it on ${kind} ${ref}`, at: `${workflow.file}:${job.line}` },
        {
          text: `environment ${name} lets in ${patterns === "" ? "nothing" : `only ${patterns}`}`,
          at: policies[0]?.at ?? `${environment.name} deploymentBranchPolicy`,
        },
      ],
      fix: `Let ${kind} ${ref} deploy to ${name}, or do not run the job there.`,
    },
  ];
}

const isExpression = ({ environment }: JobFacts): boolean => environment?.name.includes("${{") === true;

/** The long-lived branches, a branch of each pattern that an environment names, and a tag of each gate. */
function refsOf({ system }: ProofSystem): readonly Ref[] {
  const sample = (pattern: string): string => pattern.replaceAll(/\*+|\?/gu, "1").replaceAll(/\[.*?\]/gu, "1");
  const branches = [
    ...system.branches.map(({ name }) => name),
    ...system.environments.flatMap(({ deployFrom }) => (deployFrom.branches ?? []).map(sample)),
  ];
  return [
    ...[...new Set(branches)].map((name) => ({ kind: "branch" as const, name })),
    ...system.tags.map(({ pattern }) => ({ kind: "tag" as const, name: sample(pattern) })),
  ];
}

/** All names that `environment:` can be; `undefined` where that depends on what nobody has listed. */
export function namesOf(text: string, workflow: string, job: string): readonly string[] | undefined {
  if (!text.includes("${{")) return [text];
  const [, expression] = /^\$\{\{(.*)\}\}$/su.exec(text.trim()) ?? [];
  if (expression === undefined || expression.includes("${{")) return undefined;
  const names = expression.split("||").map((part) => valuesOf(part.split("&&").at(-1)?.trim() ?? "", workflow, job));
  return names.some((values) => values === undefined) ? undefined : [...new Set(names.flatMap((values) => values ?? []))];
}

function valuesOf(term: string, workflow: string, job: string): readonly string[] | undefined {
  const [, literal] = /^'([^']*)'$/u.exec(term) ?? [];
  if (literal !== undefined) return [literal];
  const content = plainYaml("", workflow) as Plain;
  const [, input] = /^(?:github\.event\.)?inputs\.([\w-]+)$/u.exec(term) ?? [];
  if (input !== undefined) return texts(at(content, ["on", "workflow_dispatch", "inputs", input, "options"]));
  const [, key] = /^matrix\.([\w-]+)$/u.exec(term) ?? [];
  return key === undefined ? undefined : texts(at(content, ["jobs", job, "strategy", "matrix", key]));
}

type Plain = Readonly<Record<string, unknown>> | null | undefined;

const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce((owner, key) => (typeof owner === "object" && owner !== null ? (owner as Record<string, unknown>)[key] : undefined), value);

function texts(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string") ? value : undefined;
}
