/**
 * Whether every file has owners where a branch asks for their review. A file without one is changed by whoever may write, and GitHub says
 * nothing: the ruleset is there, and asks nobody.
 */
import type { Fault } from "../../model/fault.ts";
import type { System } from "../../model/system.ts";
import { argocdTarget } from "../../model/target.ts";
import { lineFor, ownerLines } from "../../proof/graph/owners.ts";

/** Faults of files that nobody owns, and of production's overlay where others own it than approve production's deployments. */
export function judgeOwners(system: System, files: ReadonlyMap<string, string>): Fault[] {
  if (
    !system.branches.some(
      ({ gate }) => gate?.pullRequest?.codeOwners !== false && gate?.pullRequest !== undefined && gate.pullRequest !== null,
    )
  )
    return [];
  const lines = ownerLines(files);
  // No file at all: then the default is that no review of owners is asked for.
  if (lines.length === 0) return [];
  const fault = (value: string, rule: string, fix: string): Fault => ({
    ...{ path: `${system.name}.repository`, value, rule, fix },
    file: `systems/${system.name}/repository/${lines[0]?.at.split(":")[0] ?? ""}`,
  });
  const open = overlaysOf(system, false);
  const unowned = [...files.keys()].find(
    (path) => (lineFor(lines, path)?.owners.length ?? 0) === 0 && !open.some((folder) => path.startsWith(`${folder}/`)),
  );
  const faults: Fault[] = [];
  if (unowned !== undefined) {
    const rule = "belongs to nobody in CODEOWNERS, so that whoever may write changes it without an owner's review";
    faults.push(fault(unowned, rule, "give it an owner; only overlays of tiers before production may have none"));
  }
  const approvers = approversOf(system);
  for (const folder of approvers.size === 0 ? [] : overlaysOf(system, true)) {
    const path = [...files.keys()].find((file) => file.startsWith(`${folder}/`));
    const owners = path === undefined ? [] : (lineFor(lines, path)?.owners ?? []);
    const others = owners.filter((owner) => !approvers.has(owner.slice(owner.indexOf("/") + 1).toLowerCase()));
    if (path === undefined || others.length === 0) continue;
    const rule = `is production's, and ${others.join(", ")} may approve a change of it without being a reviewer of any environment of production`;
    faults.push(fault(path, rule, "let the reviewers of production's environments own it, in a line of its own"));
  }
  return faults;
}

const overlaysOf = ({ tiers }: System, production: boolean): readonly string[] =>
  tiers.flatMap((tier) => {
    const target = argocdTarget(tier.target);
    return target !== undefined && (tier.production ?? false) === production ? [target.path] : [];
  });

/** Teams and users that approve deployments to a tier of production. */
function approversOf({ tiers, environments }: System): ReadonlySet<string> {
  const production = new Set(tiers.flatMap(({ name, production: isProduction }) => (isProduction === true ? [name] : [])));
  const reviewers = environments.filter(({ tier }) => production.has(tier)).flatMap(({ reviewers: some = [] }) => some);
  return new Set(reviewers.map((reviewer) => (reviewer.kind === "team" ? reviewer.slug : reviewer.login).toLowerCase()));
}
