/** A pull request through its gates, as the people and the workflows of a repository would take it: nothing is bypassed. */
import { readFile } from "node:fs/promises";
import path from "node:path";

import { Octokit } from "@octokit/rest";

import { proposeFiles } from "../../../cli/operations/repository.ts";
import type { Repository } from "../../../cli/propose/propose.ts";
import { kustomizationOf, withTags } from "../../../delivery/overlays.ts";
import { ensureBinaries } from "../../../local/engine/binaries.ts";
import { seedImages } from "../../../local/registry/seed.ts";
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

/** Has it been merged? */
export async function isMerged({ github }: Applied, at: Repository, pull_number: number): Promise<boolean> {
  return (await github.octokit.rest.pulls.get({ ...at, pull_number })).data.merged;
}

/** Puts an image of its own into the local registry for every package: what a build would have pushed. */
export async function pushImages({ rig }: Applied, owner: string, packages: readonly string[], tag: string): Promise<void> {
  const { services } = await rig.json<{ services: { name: string; port?: number }[] }>("local", "status");
  const host = `127.0.0.1:${services.find(({ name }) => name === "registry")?.port ?? 0}`;
  const { registry } = await ensureBinaries(["registry"], () => undefined);
  await seedImages(
    registry,
    host,
    packages.map((name) => ({ repository: `${owner}/${name}`, tags: [tag] })),
  );
}

/** Proposes tags for an overlay as a system's CD does. The answer is the pull request's number. */
export async function proposeTags(
  { github: { octokit } }: Applied,
  at: Repository,
  { base, folder, tags }: { readonly base: string; readonly folder: string; readonly tags: Readonly<Record<string, string>> },
): Promise<number> {
  const file = kustomizationOf(folder);
  const { data } = await octokit.rest.repos.getContent({ ...at, path: file, ref: base, mediaType: { format: "raw" } });
  // The media type makes it text, whatever the types say.
  const text = withTags(data as unknown as string, new Map(Object.entries(tags)));
  const title = `chore(${path.basename(folder)}): deploy ${Object.values(tags).join(", ")}`;
  const branch = `promotion/${path.basename(folder)}`;
  const { number } = await proposeFiles({ octokit, at }, { base, branch, title, body: "", files: new Map([[file, text]]) });
  return number;
}

/** Has Argo CD look at git now, and not at its next round. */
export async function refresh({ rig }: Applied, application: string): Promise<void> {
  const annotate = ["annotate", "applications.argoproj.io", application, "--overwrite", "argocd.argoproj.io/refresh=normal"];
  const { code, stderr } = await rig.run(["kubectl", "--", "-n", "argocd", ...annotate]);
  if (code !== 0) throw new Error(stderr);
}

/** Closes what operations opened and removes their branches. */
export async function tidy({ github }: Applied, at: Repository): Promise<void> {
  const { rest } = github.octokit;
  for (const { number, state, head } of (await rest.pulls.list({ ...at, state: "all" })).data) {
    if (!/^(gatehouse\/(promote|rollback)|promotion)\//.test(head.ref)) continue;
    if (state === "open") await rest.pulls.update({ ...at, pull_number: number, state: "closed" });
    // GitHub deletes a merged one by itself.
    await rest.git.deleteRef({ ...at, ref: `heads/${head.ref}` }).catch(() => undefined);
  }
}

/** The status of a merge: 200, or 405 where a rule refuses it. */
export async function merge({ github }: Applied, at: Repository, pull_number: number): Promise<number> {
  return github.octokit.rest.pulls.merge({ ...at, pull_number, merge_method: "squash" }).then(
    () => 200,
    (error: unknown) => (error as { status?: number }).status ?? 0,
  );
}
