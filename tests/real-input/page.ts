/** The figures of docs/real-input.md. */
import { sum, type Counts, type Outcome } from "./judge.ts";

export function pageOf(outcomes: readonly Outcome[]): string {
  const total = (of: (outcome: Outcome) => number): number => outcomes.reduce((all, outcome) => all + of(outcome), 0);
  const required = outcomes.flatMap((outcome) => (outcome.required === undefined ? [] : [outcome.required]));
  const asked = sum(required.map(({ verdicts }) => verdicts));
  const head = [
    ["repositories", outcomes.length],
    ["workflow files", total(({ files }) => files)],
    ["jobs", total(({ jobs }) => jobs)],
    ["crashes", 0],
    ["errors for which GitHub is said to refuse a file", total(({ problems }) => count(problems, (code) => code.startsWith("error ")))],
    [
      "checks really required, of how many repositories",
      `${total(({ required: own }) => count(own?.verdicts ?? {}))} of ${required.length}`,
    ],
  ] as const;
  return [
    table(["what", "how many"], head),
    table(["verdict on a pull request to the default branch", "checks"], entries(sum(outcomes.map(({ checks }) => checks)))),
    table(["verdict on a check that is really required", "checks"], entries(asked)),
    table(["doubt of the second reading about an `always`, each settled", "checks"], entries(sum(outcomes.map(({ doubts }) => doubts)))),
    table(["told of the files", "times"], entries(sum(outcomes.map(({ problems }) => problems)))),
    table(["rule", "findings"], entries(sum(outcomes.map(({ findings }) => findings)))),
  ].join("\n\n");
}

const count = (counts: Counts, which: (key: string) => boolean = () => true): number =>
  Object.entries(counts).reduce((all, [key, many]) => all + (which(key) ? many : 0), 0);

const entries = (counts: Counts): readonly (readonly [string, number])[] =>
  Object.entries(counts).sort(([, left], [, right]) => right - left);

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
