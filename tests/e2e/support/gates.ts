/** A pull request through its gates, as the people and the workflows of a repository would take it: nothing is bypassed. */
import { readFile } from "node:fs/promises";
import path from "node:path";

import { Octokit } from "@octokit/rest";

import type { Repository } from "../../../cli/propose/propose.ts";
import type { Applied } from "./rig.ts";

/** Everything that a required check waits for reports success on the head. */
export async function passChecks({ github }: Applied, at: Repository, pull_number: number): Promise<void> {
  const { rest } = github.octokit;
  const { data: pull } = await rest.pulls.get({ ...at, pull_number });
  const { data: rules } = await rest.repos.getBranchRules({ ...at, branch: pull.base.ref });
  const contexts = rules.flatMap((rule) =>
    rule.type === "required_status_checks" ? (rule.parameters?.required_status_checks.map(({ context }) => context) ?? []) : [],
  );
  for (const name of new Set(contexts))
    await rest.checks.create({ ...at, name, head_sha: pull.head.sha, status: "completed", conclusion: "success" });
}

/** A member of a team of the local world approves. */
export async function approve({ github, rig }: Applied, at: Repository, pull_number: number, login: string): Promise<void> {
  const secrets = JSON.parse(await readFile(path.join(rig.home, "secrets.json"), "utf8")) as {
    tokens: { members: Record<string, string> };
  };
  const token = secrets.tokens.members[login];
  if (token === undefined) throw new Error(`${login} is in no team of the local world`);
  const reviewer = new Octokit({ auth: token, baseUrl: `${github.url}/api/v3` });
  await reviewer.rest.pulls.createReview({ ...at, pull_number, event: "APPROVE" });
}

/** The status of a merge: 200, or 405 where a rule refuses it. */
export async function merge({ github }: Applied, at: Repository, pull_number: number): Promise<number> {
  return github.octokit.rest.pulls.merge({ ...at, pull_number, merge_method: "squash" }).then(
    () => 200,
    (error: unknown) => (error as { status?: number }).status ?? 0,
  );
}
