/** `gatehouse checks SYSTEM`: which checks report on a pull request, which are required, and why. */
import { Command } from "commander";

import type { Fault } from "../../model/fault.ts";
import { checksOnPullRequest, formatReason, readPipelines, resolveRequiredChecks, type CheckReport } from "../../pipelines/index.ts";
import { examples } from "../examples.ts";
import { exitCode } from "../failure.ts";
import { createOutput, table } from "../output.ts";
import { findBranch, loadSystem } from "../project.ts";

interface BranchChecks {
  readonly branch: string;
  readonly checks: readonly (CheckReport & { readonly required: boolean })[];
  readonly faults: readonly Fault[];
}

export function checksCommand(): Command {
  return new Command("checks")
    .description("show which checks report on a pull request, which of them a merge requires, and why")
    .argument("<system>", "name of a folder under systems/")
    .option("-b, --branch <branch>", "only pull requests to this branch")
    .addHelpText(
      "after",
      examples(
        ["gatehouse checks dataenginex", "all long-lived branches"],
        ["gatehouse checks dataenginex --branch main", "pull requests to main"],
        ["gatehouse checks dataenginex --json | jq '.branches[].faults'", "required checks that would not hold"],
      ),
    )
    .action(async (name: string, _options: unknown, command: Command) => {
      const { json = false, branch } = command.optsWithGlobals<{ json?: boolean; branch?: string }>();
      const output = createOutput(json);
      const { system, files } = await loadSystem(name);
      const pipelines = readPipelines(files);
      const repository = `${system.repository.owner.login}/${system.repository.name}`;
      const chosen = branch === undefined ? system.branches.map(({ name }) => name) : [branch];
      const branches = chosen.map((base): BranchChecks => {
        const {
          branch: { gate },
          index,
        } = findBranch(system, base);
        const path = `${system.name}.branches[${index}].gate.checks.required`;
        const options = { branch: base, mergeQueue: gate?.mergeQueue !== undefined, repository, path };
        const { contexts, faults } = resolveRequiredChecks(pipelines, gate?.checks?.required ?? [], options);
        const required = new Set(contexts.map(({ context }) => context));
        const checks = checksOnPullRequest(pipelines, { base, repository });
        return { branch: base, checks: checks.map((check) => ({ ...check, required: required.has(check.context) })), faults };
      });
      const failed = branches.some(({ faults }) => faults.length > 0) || pipelines.problems.some(({ severity }) => severity === "error");
      output.result({ system: system.name, repository, branches, problems: pipelines.problems }, () =>
        [
          ...branches.map(describe),
          ...pipelines.problems.map(
            (problem) => `${problem.severity}: ${problem.file}:${problem.line}: ${problem.text}\n  fix: ${problem.fix}`,
          ),
        ].join("\n\n"),
      );
      if (failed) process.exitCode = exitCode.failed;
    });
}

const mark = ({ required, verdict }: { required: boolean; verdict: string }): string =>
  required ? "required" : verdict === "never" ? "-" : "optional";

const order = ["required", "optional", "-"];

function describe({ branch, checks: unordered, faults }: BranchChecks): string {
  const checks = [...unordered].sort((a, b) => order.indexOf(mark(a)) - order.indexOf(mark(b)));
  const rows = checks.map((check) => [mark(check), check.context, check.verdict, `${check.workflow} / ${check.job}`]);
  const reasons = checks.flatMap((check) => [`  ${check.context}`, ...check.reasons.map((reason) => `    ${formatReason(reason)}`)]);
  const refused = faults.flatMap(({ path, rule, fix }) => [`  ${path}: ${rule}`, `    fix: ${fix}`]);
  return [
    `Pull requests to ${branch}`,
    table(["MERGE", "CHECK", "REPORTS", "FROM"], rows),
    "",
    "Why",
    ...reasons,
    ...(refused.length === 0 ? [] : ["", "Required, but would not hold", ...refused]),
  ].join("\n");
}
