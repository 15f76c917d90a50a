/** What the project says about the workflow files of one real repository. */
import { checksInMergeQueue, checksOnPullRequest, factsOf, readPipelines, type CheckReport, type Verdict } from "../../pipelines/index.ts";
import { judge, rules } from "../../policies/rules/index.ts";
import { doubtsOf, type Doubt } from "./reading.ts";

/** A repository whose files were read. */
export interface Source {
  readonly repository: string;
  readonly commit: string;
  /** Default branch. */
  readonly branch: string;
  /** SHA-256 of each file by its name under `.github/workflows`. */
  readonly files: Readonly<Record<string, string>>;
}

/** Checks that a repository really requires on its default branch, as its organization publishes them. */
export interface Required {
  readonly repository: string;
  readonly source: { readonly repository: string; readonly commit: string; readonly path: string };
  readonly contexts: readonly string[];
}

export type Counts = Readonly<Record<string, number>>;

export interface Outcome {
  readonly repository: string;
  readonly files: number;
  readonly jobs: number;
  readonly checks: Counts;
  /** Errors and warnings of the parser by code. */
  readonly problems: Counts;
  /** Findings by rule. */
  readonly findings: Counts;
  /** Doubts of the second reading about checks that report always. */
  readonly doubts: Counts;
  /** Of the checks that it really requires. */
  readonly required?: {
    readonly verdicts: Counts;
    /** Those that are not said to report always, with the reason's code. */
    readonly others: Readonly<Record<string, string>>;
  };
}

/** A doubt that nobody has settled. */
export interface Open extends Doubt {
  readonly repository: string;
  readonly workflow: string;
  readonly context: string;
}

const RANK: readonly Verdict[] = ["never", "unknowable", "conditional", "always"];

/**
 * Judges all workflow files of a repository.
 *
 * @param files Text by path.
 * @param hasRead See `doubtsOf`.
 * @throws whatever the parser, the derivation or a rule throws: it is what this is looking for.
 */
export function judgeSource(
  { repository, branch }: Source,
  files: ReadonlyMap<string, string>,
  required: readonly string[] | undefined,
  hasRead: (text: string) => boolean,
): { readonly outcome: Outcome; readonly open: readonly Open[] } {
  const pipelines = readPipelines(files);
  const checks = checksOnPullRequest(pipelines, { base: branch, repository });
  checksInMergeQueue(pipelines, { base: branch, repository });
  const results = judge({ resources: [], workflows: factsOf(files).map((facts) => ({ repository, facts })) }, rules);
  const broken = results.find(({ verdict }) => verdict === "error");
  if (broken !== undefined) throw new Error(`the rule ${broken.rule} broke at ${broken.file ?? ""}: ${broken.message}`);
  const doubts = checks
    .filter(({ verdict }) => verdict === "always")
    .flatMap((check) => {
      const { workflow, context } = check;
      return doubtsOf(check, files, branch, hasRead).map((doubt): Open => ({ ...doubt, repository, workflow, context }));
    });
  const outcome = {
    repository,
    files: pipelines.workflows.size,
    jobs: [...pipelines.workflows.values()].reduce((all, { jobs }) => all + jobs.size, 0),
    checks: countBy(checks.map(({ verdict }) => verdict)),
    problems: countBy(pipelines.problems.map(({ severity, code }) => `${severity} ${code}`)),
    findings: countBy(results.filter(({ verdict }) => verdict !== "pass").map(({ rule }) => rule)),
    doubts: countBy(doubts.map(({ kind }) => kind)),
    ...(required === undefined ? {} : { required: compare(required, checks) }),
  };
  return { outcome, open: doubts.filter(({ settled }) => !settled) };
}

function compare(required: readonly string[], checks: readonly CheckReport[]): NonNullable<Outcome["required"]> {
  const others: Record<string, string> = {};
  const verdicts = required.map((context) => {
    const same = checks.filter((check) => check.context === context && check.verdict !== "never");
    const [best] = same.sort((left, right) => RANK.indexOf(right.verdict) - RANK.indexOf(left.verdict));
    const found = best ?? checks.find((check) => couldBecome(check, context));
    if (found?.verdict === "always") return "always";
    others[context] = found === undefined ? "not-found" : `${found.verdict}: ${codesOf(found)}`;
    return found?.verdict ?? "not-found";
  });
  return { verdicts: countBy(verdicts), others };
}

const codesOf = ({ reasons }: CheckReport): string => [...new Set(reasons.map(({ code }) => code))].join(", ");

/** Could a check whose name is made during the run come out under this one? */
function couldBecome(check: CheckReport, context: string): boolean {
  if (check.verdict !== "unknowable") return false;
  const parts = check.context.split(/\$\{\{.*?\}\}|…/su).map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/gu, String.raw`\$&`));
  return new RegExp(`^${parts.join(".*")}( \\(.*\\))?$`, "su").test(context);
}

export function countBy(keys: readonly string[]): Counts {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([left], [right]) => (left < right ? -1 : 1)));
}

export function sum(all: readonly Counts[]): Counts {
  const total = new Map<string, number>();
  for (const counts of all) for (const [key, count] of Object.entries(counts)) total.set(key, (total.get(key) ?? 0) + count);
  return Object.fromEntries([...total].sort(([left], [right]) => (left < right ? -1 : 1)));
}
