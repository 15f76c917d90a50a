import { codeOwners, codeOwnersFile } from "../code-owners.ts";
import { suggest } from "../text.ts";
import type { Judged } from "./report.ts";

/**
 * Owners that GitHub would pass over in silence: a line of CODEOWNERS asks for a review only of teams and users that may write the
 * repository. Placeholders such as `@org/your-team` are found here; whether the others exist is asked of GitHub before a change.
 */
export function judgeCodeOwners(judged: Judged, files: ReadonlyMap<string, string>): void {
  const { repository } = judged.system;
  const file = codeOwnersFile(files);
  const owner = repository?.owner?.login?.toLowerCase();
  if (file === undefined || owner === undefined) return;
  const writers = (rights: Readonly<Record<string, string | undefined>> | undefined): string[] =>
    Object.keys(rights ?? {}).filter((name) => ["push", "maintain", "admin"].includes(rights?.[name] ?? ""));
  const teams = writers(repository?.teams);
  const users = writers(repository?.collaborators);
  for (const { name, line } of codeOwners(file.text)) {
    const fault = (rule: string, fix: string): void => {
      judged.report("repository", `@${name}`, `${rule} (${file.path}:${line})`, fix);
    };
    const [organization = "", team] = name.split("/");
    if (team === undefined) {
      if (organization.toLowerCase() === owner && repository?.owner?.kind === "user") continue;
      if (users.some((login) => login.toLowerCase() === organization.toLowerCase())) continue;
      fault(
        "is no user who may write the repository, so GitHub asks nobody for a review",
        "add the login to repository.collaborators, or name a team",
      );
    } else if (repository?.owner?.kind === "user") {
      fault("is a team, and the repository's owner is a user account, which has none", "name users");
    } else if (organization.toLowerCase() !== owner) {
      fault(
        `is a team of another organization than ${repository?.owner?.login ?? owner}, so GitHub asks nobody for a review`,
        "name a real team of its own organization",
      );
    } else if (!teams.includes(team.toLowerCase())) {
      fault("is no team that repository.teams lets write, so GitHub asks nobody for a review", suggest(team, teams));
    }
  }
}
