/** That after all that was done to it the project is what it declares: once, whole, and nothing else. */
import { argocdTarget } from "../../../model/target.ts";
import { createHash } from "node:crypto";

import { expect } from "chai";

import { judgeFleet } from "../../../components/fleet/judge.ts";
import { loadStackFiles, loadSystems } from "../../../components/fleet/load.ts";
import type { Deployment } from "../../../cli/up/pending.ts";
import type { System } from "../../../model/system.ts";
import { eventually } from "./eventually.ts";
import { openGitHub, type GitHub, type Rig } from "./rig.ts";

const at = { owner: "TheDataEngineX", repo: "DEX" };

interface Named {
  readonly metadata: { readonly name: string };
}
interface Application extends Named {
  readonly status?: { readonly sync?: { readonly status: string }; readonly health?: { readonly status: string } };
}

/** Runs the last `up`, and compares everything that can be read back with what is declared. */
export async function expectConverged(rig: Rig): Promise<void> {
  await rig.up();
  const { systems } = judgeFleet(await loadSystems(rig.project), await loadStackFiles(rig.project));
  const { system, files } = systems.find((judged) => judged.system.name === "dataenginex")!;
  const github = await openGitHub(rig);
  await expectNoChanges(rig);
  for (const stack of ["prod", "dev"]) await expectCleanState(rig, stack);
  await expectRepository(github, system);
  await expectFiles(github, system, files);
  await expectCluster(rig, system);
  expect(await (await fetch(`${github.url}/_gatehouse/violations`)).json(), "answers that GitHub would not give").to.deep.equal([]);
}

/** Every file that the local GitHub said was written has its commit. */
export async function expectNothingLost(github: GitHub): Promise<void> {
  const answer = await fetch(`${github.url}/_gatehouse/requests?limit=500000`);
  const { entries } = (await answer.json()) as { entries: { operationId: string; path: string; status: number }[] };
  const written = entries
    .filter(({ operationId, status }) => operationId === "repos/create-or-update-file-contents" && (status === 200 || status === 201))
    .map(({ path }) => decodeURIComponent(path.split("/contents/")[1] ?? ""));
  expect(written).to.not.be.empty;
  const commits = await github.octokit.paginate("GET /repos/{owner}/{repo}/commits", { ...at, per_page: 100 });
  const messages = commits.map(({ commit }) => commit.message);
  for (const file of new Set(written)) {
    const answered = written.filter((path) => path === file).length;
    const kept = messages.filter((message) => message === `chore: seed ${file} [skip ci]`).length;
    expect(kept, `commits that write ${file}`).to.be.at.least(answered);
  }
}

async function expectNoChanges(rig: Rig): Promise<void> {
  const { stacks } = await rig.json<{ stacks: { stack: string; changes: Record<string, number> }[] }>(
    "preview",
    "--",
    "--expect-no-changes",
  );
  for (const { stack, changes } of stacks) expect(Object.keys(changes), stack).to.deep.equal(["same"]);
}

/** Nothing is pending, nothing is known twice: neither under one name, nor one thing under two. */
async function expectCleanState(rig: Rig, stack: string): Promise<void> {
  const { stdout } = await rig.pulumi(stack, "stack", "export");
  const { deployment } = JSON.parse(stdout) as Deployment;
  expect(deployment.pending_operations ?? [], `pending in ${stack}`).to.deep.equal([]);
  const resources = deployment.resources ?? [];
  expectOnce(
    resources.map(({ urn }) => urn),
    `resources of ${stack}`,
  );
  expectOnce(
    resources.filter(({ custom, id }) => custom === true && id !== undefined).map(({ type, id }) => `${type} ${id ?? ""}`),
    `things of ${stack}`,
  );
}

function expectOnce(names: readonly string[], what: string): void {
  expect(
    names.filter((name, index) => names.indexOf(name) !== index),
    `${what} that are doubled`,
  ).to.deep.equal([]);
}

async function expectRepository({ octokit }: GitHub, system: System): Promise<void> {
  const { data: repositories } = await octokit.rest.repos.listForOrg({ org: at.owner });
  expect(repositories.map(({ name }) => name)).to.deep.equal([at.repo]);
  const { data: branches } = await octokit.rest.repos.listBranches(at);
  expect(branches.map(({ name }) => name)).to.have.members(system.branches.map(({ name }) => name));
  const { data: rulesets } = await octokit.rest.repos.getRepoRulesets({ ...at, includes_parents: false });
  // One ruleset a gate; the gates of branches and tags are named for what they guard.
  const gates = [
    ...system.branches.filter(({ gate }) => gate !== null).map(({ name }) => name),
    ...system.tags.map(({ pattern }) => pattern),
  ];
  expect(rulesets).to.have.length(gates.length);
  for (const gate of gates) {
    expect(
      rulesets.filter(({ name }) => name.includes(gate)),
      `rulesets of ${gate}`,
    ).to.have.length(1);
  }
  const { data: labels } = await octokit.rest.issues.listLabelsForRepo({ ...at, per_page: 100 });
  expect(labels.map(({ name, color }) => ({ name, color }))).to.have.deep.members(
    (system.repository.labels ?? []).map(({ name, color }) => ({ name, color })),
  );
  const { data: teams } = await octokit.rest.repos.listTeams(at);
  expect(Object.fromEntries(teams.map(({ slug, permission }) => [slug, permission]))).to.deep.equal(system.repository.teams);
  const { data: environments } = await octokit.rest.repos.getAllEnvironments(at);
  expect(environments.environments?.map(({ name }) => name)).to.have.members(system.environments.map(({ name }) => name));
  for (const { name, deployFrom, variables = [], secrets = [] } of system.environments) {
    const environment = { ...at, environment_name: name };
    const { data: policies } = await octokit.rest.repos.listDeploymentBranchPolicies(environment);
    const { branches: fromBranches = [], tags = [] } = deployFrom;
    expect(
      policies.branch_policies.map((policy) => policy.name),
      `policies of ${name}`,
    ).to.have.members([...fromBranches, ...tags]);
    const { data: known } = await octokit.rest.actions.listEnvironmentVariables(environment);
    expect(
      known.variables.map((variable) => ({ name: variable.name, value: variable.value })),
      `variables of ${name}`,
    ).to.have.deep.members([...variables]);
    const { data: sealed } = await octokit.rest.actions.listEnvironmentSecrets(environment);
    expect(
      sealed.secrets.map((secret) => secret.name),
      `secrets of ${name}`,
    ).to.have.members(secrets.map((secret) => secret.name));
  }
}

/** By content: git names a file's text by its hash. */
async function expectFiles({ octokit }: GitHub, system: System, files: ReadonlyMap<string, string>): Promise<void> {
  const declared = Object.fromEntries([...files].map(([file, text]) => [file, blobId(text)]));
  for (const { name } of system.branches) {
    const { data } = await octokit.rest.git.getTree({ ...at, tree_sha: name, recursive: "1" });
    const found = Object.fromEntries(data.tree.filter(({ type }) => type === "blob").map(({ path, sha }) => [path, sha]));
    expect(found, `files of ${name}`).to.deep.equal(declared);
  }
}

function blobId(text: string): string {
  const bytes = Buffer.from(text);
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

async function expectCluster(rig: Rig, system: System): Promise<void> {
  const targets = system.tiers.flatMap(({ target }) => argocdTarget(target) ?? []);
  const names = targets.map(({ application }) => application);
  await eventually(`${names.join(" and ")} are Synced and Healthy, and there is no other Application`, async () => {
    const { items } = await rig.kubectl<{ items: Application[] }>("get", "applications", "-n", "argocd");
    const well = items.filter(({ status }) => status?.sync?.status === "Synced" && status.health?.status === "Healthy");
    return items.length === names.length && names.every((name) => well.some(({ metadata }) => metadata.name === name));
  });
  const { items: projects } = await rig.kubectl<{ items: Named[] }>("get", "appprojects", "-n", "argocd");
  expect(projects.filter(({ metadata }) => metadata.name !== "default")).to.have.length(targets.length);
  const { items: secrets } = await rig.kubectl<{ items: Named[] }>(
    ...["get", "secrets", "-n", "argocd", "-l", "argocd.argoproj.io/secret-type=repository"],
  );
  expect(secrets, "repositories that Argo CD knows").to.have.length(targets.length);
  for (const { namespace } of targets) {
    const { items: pulls } = await rig.kubectl<{ items: Named[] }>(
      ...["get", "secrets", "-n", namespace, "--field-selector", "type=kubernetes.io/dockerconfigjson"],
    );
    expect(pulls, `pull secrets in ${namespace}`).to.have.length(1);
  }
}
