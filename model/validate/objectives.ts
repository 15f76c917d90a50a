/** Objectives that nothing could be counted for, and workflows that are not there to be counted. */
import { members } from "../shape.ts";
import { argocdTarget } from "../target.ts";
import { suggest } from "../text.ts";
import { refuseDuplicates, type Judged } from "./report.ts";

const folder = ".github/workflows/";

export function judgeObjectives({ system, files, report }: Judged): void {
  const { workflows, objectives } = system;
  const known = [...files.keys()].filter((path) => path.startsWith(folder)).map((path) => path.slice(folder.length));
  for (const kind of ["ci", "cd"] as const) {
    refuseDuplicates({ system, files, report }, `workflows.${kind}`, workflows?.[kind], (name) => name);
    for (const [index, name] of members(workflows?.[kind])) {
      if (known.includes(name)) continue;
      report(`workflows.${kind}[${index}]`, name, "must be a file in .github/workflows of the system's repository", suggest(name, known));
    }
    const counted = (workflows?.[kind]?.length ?? 0) > 0;
    for (const objective of kind === "ci" ? (["ci", "ciMinutes", "feedbackMinutes"] as const) : (["cd"] as const)) {
      if (objectives?.[objective] === undefined || counted) continue;
      const rule = `is counted from the runs of workflows.${kind}, and that names none: it could never be missed`;
      report(`objectives.${objective}`, objectives[objective], rule, `name the workflows in workflows.${kind}`);
    }
  }
  if (objectives?.deployment === undefined) return;
  const environments = [...members(system.environments)].map(([, { name }]) => name);
  const uncounted = [...members(system.tiers)].flatMap(([, { name, target }]) =>
    environments.includes(name) || argocdTarget(target) !== undefined ? [] : [name ?? "?"],
  );
  if (uncounted.length === 0) return;
  const rule = `counts deployments to the environment of each tier's name, or the commits of an overlay, and there is neither for ${uncounted.join(", ")}`;
  report("objectives.deployment", objectives.deployment, rule, "declare the environment, and let the jobs that deploy name it");
}
