/** What jobs of a tier are told, and tell GitHub: branches that they propose to, overlays that they change. */
import { posix } from "node:path";
import { argocdTarget } from "../../model/target.ts";
import { github, type Declaration } from "../../policies/rules/declaration.ts";
import { at, type GitOpsTier } from "../deployments.ts";
import type { Counterexample, Step } from "../theorem.ts";
import type { ProofWorld } from "../world.ts";
import { answersFor, linesOf, type ScriptLine } from "./scripts.ts";

/** Branch and folder that an Application follows. */
export interface Followed {
  readonly application: Declaration;
  readonly branch: string;
  readonly path: string;
}

/** Every branch that a job of the tier proposes to must be the one that Argo CD follows, and every overlay that it changes the one there. */
export function judgeProposals(world: ProofWorld, tier: GitOpsTier, followed: Followed): Counterexample[] {
  return [...told(world, tier), ...jobsOf(tier).flatMap(({ lines, environment }) => judgeLines(tier, followed, environment, lines))].filter(
    (one, index, all) => all.findIndex(({ steps }) => steps[0]?.at === one.steps[0]?.at) === index,
  );
}

/** Jobs that run in an environment of the tier, with what they run. */
function jobsOf({ system, tier }: GitOpsTier): { readonly environment: string; readonly lines: readonly ScriptLine[] }[] {
  const own = system.system.environments.filter((one) => one.tier === tier.name).map(({ name }) => name.toLowerCase());
  return system.workflows.flatMap(({ file, jobs }) =>
    jobs.flatMap((job) => {
      const environment = job.environment?.name ?? "";
      return own.includes(environment.toLowerCase()) ? [{ environment, lines: linesOf(file, job, system.files) }] : [];
    }),
  );
}

function judgeLines(
  tier: GitOpsTier,
  { application, branch, path }: Followed,
  environment: string,
  lines: readonly ScriptLine[],
): Counterexample[] {
  const folders = foldersOf(tier);
  const answers = answersFor(lines, tier.tier.name).concat(environment === tier.tier.name ? [] : answersFor(lines, environment));
  const branches = [
    ...answers.filter((answer) => /branch|base/u.test(answer.function)),
    ...lines.flatMap((line) => {
      const [, value] = /(?:\bbase:\s*"|--base[ =]["']?)([\w./-]+)/u.exec(line.text) ?? [];
      return value === undefined ? [] : [{ ...line, value }];
    }),
  ];
  const overlays = answers.filter(({ value }) => folders.has(posix.normalize(value.replace(/\/kustomization\.ya?ml$/u, ""))));
  return [
    ...branches
      .filter(({ value }) => value !== branch)
      .map((answer) =>
        disagrees(
          `an image that is proposed to ${tier.name} never gets there`,
          { text: `a job of environment ${environment} proposes to branch ${answer.value}`, at: `${answer.file}:${answer.line}` },
          { text: `Argo CD deploys branch ${branch}`, at: at(application, "spec.source.targetRevision") },
          "Propose to the branch that the Application follows.",
        ),
      ),
    ...overlays
      .filter(({ value }) => posix.normalize(value.replace(/\/kustomization\.ya?ml$/u, "")) !== posix.normalize(path))
      .map((answer) =>
        disagrees(
          `an image that is meant for ${tier.name} is deployed somewhere else`,
          { text: `a job of environment ${environment} changes ${answer.value}`, at: `${answer.file}:${answer.line}` },
          { text: `Argo CD deploys ${path}`, at: at(application, "spec.source.path") },
          "Change the overlay that the Application deploys.",
        ),
      ),
  ];
}

const disagrees = (claim: string, one: Step, two: Step, fix: string): Counterexample => ({ claim, steps: [one, two], fix });

/** Folders of the repository that hold a kustomization. */
const foldersOf = ({ system }: GitOpsTier): ReadonlySet<string> =>
  new Set([...system.files.keys()].filter((file) => /(^|\/)kustomization\.ya?ml$/iu.test(file)).map((file) => posix.dirname(file)));

/** Variables of the tier's environments must not be what belongs to another tier. @throws UnknownValue */
function told(world: ProofWorld, { system, tier, target, name }: GitOpsTier): Counterexample[] {
  const own = system.system.environments.filter((one) => one.tier === tier.name).map((one) => one.name.toLowerCase());
  const others = system.system.tiers.flatMap((other) => {
    const theirs = argocdTarget(other.target);
    if (theirs === undefined || other.name === tier.name) return [];
    return [theirs.application, theirs.namespace, theirs.path, `${theirs.path}/kustomization.yaml`].map((value) => ({ value, other }));
  });
  const ours = [target.application, target.namespace, target.path];
  return world.of(github("ActionsEnvironmentVariable"), system.repository).flatMap((variable) => {
    if (!own.includes((variable.text("environment") ?? "").toLowerCase())) return [];
    const value = variable.text("value") ?? "";
    const theirs = ours.includes(value) ? undefined : others.find((one) => one.value === value);
    const gone = value.endsWith("/kustomization.yaml") && !system.files.has(value);
    if (theirs === undefined && !gone) return [];
    const what = theirs === undefined ? "no file of the repository" : `what belongs to tier ${theirs.other.name}`;
    return [
      {
        claim: `a job that deploys to ${name} works on ${what}`,
        steps: [{ text: `variable ${variable.text("variableName") ?? ""} is ${value}, ${what}`, at: at(variable, "value") }],
        fix: `Give it the value of tier ${tier.name}.`,
      },
    ];
  });
}
