/**
 * Whether every file has owners where a branch asks for their review. A file without one is changed by whoever may write, and GitHub says
 * nothing: the ruleset is there, and asks nobody.
 */
import { lineFor, ownerLines, type OwnerLine } from "../../model/code-owners.ts";
import type { Fault } from "../../model/fault.ts";
import type { System } from "../../model/system.ts";
import { argocdTarget } from "../../model/target.ts";
import { isWorkflowFile } from "../../pipelines/workflow-file.ts";

/**
 * Faults of files that nobody owns, of lines that decide about none, of production's overlay where others own it than approve production's
 * deployments, and of what else reaches production where nobody who maintains the repository owns it.
 */
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
  for (const { pattern, owners } of lines) {
    if (owners.length > 0 || open.some((folder) => pattern.replace(/^\//u, "").startsWith(`${folder}/`))) continue;
    const rule = "takes files away from their owners, so that whoever may write changes them without a review, also those that come later";
    faults.push(fault(pattern, rule, "name owners in this line; only overlays of tiers before production may have none"));
  }
  for (const [index, { pattern }] of lines.entries()) {
    const later = lines.slice(index + 1).find((other) => takesAllOf(other.pattern, pattern));
    if (later === undefined) continue;
    const rule = `decides about no file: ${later.pattern}, which comes later, takes all of them`;
    faults.push(fault(pattern, rule, "remove the line, or put it behind the other"));
  }
  const unmaintained = [...files]
    .map(([path]) => path)
    .find((path) => reachesProduction(system, files, path) && !isMaintained(system, lines, path));
  if (unmaintained !== undefined) {
    const rule = "decides what reaches production, and none of its owners is a team that maintains or administers the repository";
    faults.push(fault(unmaintained, rule, "give it to such a team in CODEOWNERS, alone or with others"));
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

/** Of patterns of folders; of others it says yes only where they are the same. */
const takesAllOf = (pattern: string, other: string): boolean =>
  pattern === other || pattern === "*" || (/^\/[^*?]*\/$/u.test(pattern) && other.startsWith(pattern));

/**
 * Files that decide what is built and deployed: workflows and the scripts that they name, Dockerfiles, and what the overlays have in common.
 * The overlays themselves have rules of their own.
 */
function reachesProduction(system: System, files: ReadonlyMap<string, string>, path: string): boolean {
  if (path.startsWith(".github/") || /(^|\/)(Dockerfile|[^/]+\.Dockerfile)$/u.test(path)) return true;
  const overlays = [...overlaysOf(system, true), ...overlaysOf(system, false)];
  if (overlays.some((folder) => path.startsWith(`${folder}/`))) return false;
  const shared = overlays.map((folder) => folder.split("/").slice(0, -2).join("/")).filter((folder) => folder !== "");
  if (shared.some((folder) => path.startsWith(`${folder}/`))) return true;
  return /\.(sh|py|m?js)$/u.test(path) && [...files].some(([file, text]) => isWorkflowFile(file) && text.includes(path));
}

/** Whether a team that maintains or administers the repository owns the file; so it is too where no team does. */
function isMaintained({ repository }: System, lines: readonly OwnerLine[], path: string): boolean {
  const teams = Object.entries(repository.teams ?? {}).filter(([, permission]) => permission === "maintain" || permission === "admin");
  if (teams.length === 0) return true;
  const names = new Set(teams.map(([slug]) => `${repository.owner.login}/${slug}`.toLowerCase()));
  return lineFor(lines, path)?.owners.some((owner) => names.has(owner.toLowerCase())) === true;
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
