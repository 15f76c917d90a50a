import { execFile } from "node:child_process";
import { generateKeyPairSync, sign } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Octokit } from "@octokit/rest";
import { expect } from "chai";
import type { Permissions } from "../../local/github/core/permissions.ts";
import { requiredPermission } from "../../local/github/core/permissions.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { newRepository, refusal, type RepositoryName } from "./families/world.ts";
import { startGitHub, type TestGitHub, WORLD } from "./harness.ts";

const run = promisify(execFile);

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const PEM = publicKey.export({ type: "spki", format: "pem" }).toString();

const WITH_APP = {
  ...WORLD,
  apps: [
    {
      slug: "deploy-bot",
      owner: "acme",
      publicKey: PEM,
      permissions: { contents: "write", pull_requests: "write", deployments: "write", checks: "write" },
      installations: [{ account: "acme" }],
    },
  ],
} as const;

const base64 = (value: object | Buffer): string =>
  (Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value))).toString("base64url");

/** A JSON web token as an app signs it. */
function jwt(claims: { iss: string | number; iat?: number; exp?: number }, key = privateKey): string {
  const now = Math.floor(Date.now() / 1_000);
  const text = `${base64({ alg: "RS256", typ: "JWT" })}.${base64({ iat: now - 30, exp: now + 300, ...claims })}`;
  return `${text}.${base64(sign("RSA-SHA256", Buffer.from(text), key))}`;
}

describe("local GitHub: what a token may do", () => {
  let github: TestGitHub;
  let repository: RepositoryName;

  before(async () => {
    github = await startGitHub({ world: WITH_APP });
  });
  after(async () => {
    expect(await github.violations()).to.deep.equal([]);
    await github.stop();
  });
  beforeEach(async () => {
    repository = await newRepository(github, { visibility: "private", auto_init: true });
  });

  const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  const by = (auth: string): Octokit => new Octokit({ baseUrl: github.url, auth, log: silent });
  const made = async (route: string, body: object): Promise<string> => {
    const answer = await fetch(`${github.url}/_gatehouse/${route}`, { method: "POST", body: JSON.stringify(body) });
    expect(answer.status, await answer.clone().text()).to.equal(200);
    return ((await answer.json()) as { token: string }).token;
  };
  const fineGrained = (permissions: Permissions, more: object = {}): Promise<string> =>
    made("tokens", { login: "acme-owner", resourceOwner: "acme", permissions, ...more });
  const ofJob = (permissions: Permissions): Promise<string> =>
    made("job-tokens", { owner: repository.owner, repository: repository.repo, permissions });
  const write = (octokit: Octokit, path = "a.txt"): Promise<unknown> =>
    octokit.repos.createOrUpdateFileContents({ ...repository, path, message: "x", content: Buffer.from("x").toString("base64") });
  const events = async (): Promise<{ event: string; action: string | null; actor: string }[]> =>
    (await fetch(`${github.url}/_gatehouse/events?owner=${repository.owner}&repository=${repository.repo}`)).json() as never;
  /** Pushes a new commit to a branch. Answers with what git said. */
  async function push(token: string, branch: string, file = "pushed.txt"): Promise<{ code: number; stderr: string }> {
    const folder = temporaryFolder("gatehouse-push-");
    const remote = `${github.url.replace("//", `//x:${token}@`)}/${repository.owner}/${repository.repo}.git`;
    const git = (...args: string[]) => run("git", ["-c", "user.name=T", "-c", "user.email=t@example.com", ...args], { cwd: folder });
    await git("clone", "-q", github.remote(`${repository.owner}/${repository.repo}`), ".");
    await run("mkdir", ["-p", join(folder, file, "..")]);
    writeFileSync(join(folder, file), `${Math.random()}`);
    await git("add", ".");
    await git("commit", "-qm", "x");
    return git("push", remote, `HEAD:refs/heads/${branch}`).then(
      ({ stderr }) => ({ code: 0, stderr }),
      (error: unknown) => error as { code: number; stderr: string },
    );
  }

  describe("with scopes", () => {
    it("workflow files need the scope workflow, by push and by API", async () => {
      const writer = github.as("platform-1");
      await github.octokit.repos.addCollaborator({ ...repository, username: "platform-1", permission: "push" });
      expect((await refusal(write(writer, ".github/workflows/ci.yml"))).status).to.equal(404);
      const folder = await push("token-of-platform-1-0001", "feature", ".github/workflows/ci.yml");
      expect(folder.code).to.not.equal(0);
      expect(folder.stderr).to.include(
        "refusing to allow a Personal Access Token to create or update workflow `.github/workflows/ci.yml` without `workflow` scope",
      );
      await write(github.octokit, ".github/workflows/ci.yml");
    });
  });

  describe("fine-grained", () => {
    it("does what its permissions allow and is refused everything else, in GitHub's words and with the permission named", async () => {
      const octokit = by(await fineGrained({ contents: "write", metadata: "read" }));
      await write(octokit);
      const answer = await refusal(octokit.repos.createOrUpdateEnvironment({ ...repository, environment_name: "prod" }));
      expect(answer).to.deep.include({ status: 403, message: "Resource not accessible by personal access token" });
      const error = await octokit.actions.createRepoVariable({ ...repository, name: "A", value: "1" }).catch((caught: unknown) => caught);
      expect((error as { response: { headers: Record<string, string> } }).response.headers["x-accepted-github-permissions"]).to.equal(
        "actions_variables=write",
      );
    });

    it("never exceeds what its owner may do", async () => {
      const token = await made("tokens", { login: "acme-member", resourceOwner: "acme", permissions: { administration: "write" } });
      expect((await refusal(by(token).repos.update({ ...repository, description: "x" }))).status).to.equal(403);
    });

    it("reaches the repositories that it names: others are not there for it", async () => {
      const other = await newRepository(github, { visibility: "private", auto_init: true });
      const octokit = by(await fineGrained({ contents: "read" }, { repositories: [repository.repo] }));
      expect((await octokit.repos.getContent({ ...repository, path: "README.md" })).status).to.equal(200);
      expect((await refusal(octokit.repos.getContent({ ...other, path: "README.md" }))).status).to.equal(404);
    });

    it("reads what is public without a permission, and writes nothing there", async () => {
      const open = await newRepository(github, { auto_init: true });
      const octokit = by(await fineGrained({ contents: "write" }, { repositories: [repository.repo] }));
      expect((await octokit.repos.getContent({ ...open, path: "README.md" })).status).to.equal(200);
      const answer = await refusal(octokit.issues.create({ ...open, title: "x" }));
      expect(answer).to.deep.include({ status: 403, message: "Resource not accessible by personal access token" });
    });

    it("pushes with contents: write only", async () => {
      const reading = await push(await fineGrained({ contents: "read" }), "feature");
      expect(reading.stderr).to.include("403");
      expect((await push(await fineGrained({ contents: "write" }), "feature")).code).to.equal(0);
    });
  });

  describe("of an app", () => {
    const app = async (): Promise<number> => (await github.octokit.apps.getBySlug({ app_slug: "deploy-bot" })).data?.id ?? 0;
    const installation = async (): Promise<number> => {
      const { data } = await by(jwt({ iss: await app() })).apps.getOrgInstallation({ org: "acme" });
      return data.id;
    };
    const token = async (more: object = {}): Promise<string> => {
      const octokit = by(jwt({ iss: await app() }));
      return (await octokit.apps.createInstallationAccessToken({ installation_id: await installation(), ...more })).data.token;
    };

    it("is asked for with a signed JSON web token, and with no other", async () => {
      const { data } = await by(jwt({ iss: await app() })).apps.getAuthenticated();
      expect(data).to.deep.include({ slug: "deploy-bot", installations_count: 1 });
      const now = Math.floor(Date.now() / 1_000);
      const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
      for (const [bad, status, words] of [
        [jwt({ iss: await app() }, stranger), 401, "could not be decoded"],
        [jwt({ iss: await app(), exp: now + 3_600 }), 401, "too far in the future"],
        [jwt({ iss: await app(), exp: now - 1 }), 401, "Expiration time"],
        [jwt({ iss: 999_999_999 }), 404, "Integration not found"],
      ] as const) {
        const answer = await refusal(by(bad).apps.getAuthenticated());
        expect(answer.status, words).to.equal(status);
        expect(answer.message).to.include(words);
      }
      expect((await refusal(by(jwt({ iss: await app() })).repos.get(repository))).status, "the app itself reads nothing").to.equal(403);
    });

    it("acts as the app's bot within the installation's permissions", async () => {
      const octokit = by(await token());
      await write(octokit);
      const { data: commits } = await octokit.repos.listCommits(repository);
      expect(commits[0]?.author?.login).to.equal("deploy-bot[bot]");
      const answer = await refusal(octokit.repos.update({ ...repository, description: "x" }));
      expect(answer).to.deep.include({ status: 403, message: "Resource not accessible by integration" });
      expect((await refusal(octokit.users.getAuthenticated())).status).to.equal(403);
      const { data: run } = await octokit.checks.create({
        ...repository,
        name: "scan",
        head_sha: commits[0]?.sha ?? "",
        conclusion: "success",
      });
      expect(run.app?.slug).to.equal("deploy-bot");
    });

    it("has fewer rights where the app asks for fewer, and never more", async () => {
      const narrow = by(await token({ permissions: { contents: "read" }, repositories: [repository.repo] }));
      expect((await narrow.apps.listReposAccessibleToInstallation()).data.repositories.map(({ name }) => name)).to.deep.equal([
        repository.repo,
      ]);
      expect((await refusal(write(narrow))).status).to.equal(403);
      expect((await refusal(token({ permissions: { administration: "write" } }))).status).to.equal(422);
      expect((await refusal(token({ repositories: ["no-such-repository"] }))).status).to.equal(422);
    });

    it("ends when it is revoked", async () => {
      const octokit = by(await token());
      await octokit.apps.revokeInstallationAccessToken();
      expect((await refusal(octokit.repos.get(repository))).status).to.equal(401);
    });

    it("passes a rule whose ruleset names the app, and no other", async () => {
      const ruleset = async (bypass: readonly { actor_id: number; actor_type: "Integration"; bypass_mode: "always" }[]) =>
        github.octokit.repos.createRepoRuleset({
          ...repository,
          name: `gate-${bypass.length}`,
          target: "branch",
          enforcement: "active",
          bypass_actors: [...bypass],
          conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
          rules: [{ type: "update" }],
        });
      await ruleset([{ actor_id: await app(), actor_type: "Integration", bypass_mode: "always" }]);
      const bot = by(await token());
      await write(bot, "one.txt");
      expect((await refusal(write(github.octokit, "two.txt"))).status).to.equal(409);
      await ruleset([]);
      expect((await refusal(write(bot, "three.txt"))).status).to.equal(409);
    });
  });

  describe("GITHUB_TOKEN of a job", () => {
    const writing = { contents: "write", pull_requests: "write", issues: "write" } as const;

    async function letActionsPropose(): Promise<void> {
      const allowed = { can_approve_pull_request_reviews: true };
      await github.octokit.actions.setGithubActionsDefaultWorkflowPermissionsOrganization({ org: "acme", ...allowed });
      await github.octokit.actions.setGithubActionsDefaultWorkflowPermissionsRepository({ ...repository, ...allowed });
    }

    it("may do what the job's permissions say, in its own repository", async () => {
      await write(by(await ofJob(writing)));
      const reading = by(await ofJob({ contents: "read" }));
      const answer = await refusal(write(reading));
      expect(answer).to.deep.include({ status: 403, message: "Resource not accessible by integration" });
      const other = await newRepository(github, { visibility: "private", auto_init: true });
      expect((await refusal(by(await ofJob(writing)).repos.get(other))).status).to.equal(404);
    });

    it("changes no workflow, whatever its permissions", async () => {
      const token = await ofJob({ ...writing, workflows: "write" });
      const { stderr } = await push(token, "feature", ".github/workflows/ci.yml");
      expect(stderr).to.include(
        "refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` without `workflows` permission",
      );
      expect((await refusal(write(by(token), ".github/workflows/ci.yml"))).status).to.equal(403);
    });

    it("opens and approves pull requests only where the repository lets Actions do so", async () => {
      const octokit = by(await ofJob(writing));
      expect((await push(await ofJob(writing), "promotion")).code).to.equal(0);
      const open = (): ReturnType<typeof octokit.pulls.create> =>
        octokit.pulls.create({ ...repository, title: "x", head: "promotion", base: "main" });
      const refused = await refusal(open());
      expect(refused).to.deep.include({ status: 403, message: "GitHub Actions is not permitted to create or approve pull requests." });
      const { data: pull } = await github.octokit.pulls.create({ ...repository, title: "x", head: "promotion", base: "main" });
      const approval = await refusal(octokit.pulls.createReview({ ...repository, pull_number: pull.number, event: "APPROVE" }));
      expect(approval).to.deep.equal({
        status: 422,
        message: "Unprocessable Entity",
        errors: ["GitHub Actions is not permitted to approve pull requests."],
      });
      await letActionsPropose();
      await octokit.pulls.createReview({ ...repository, pull_number: pull.number, event: "APPROVE" });
    });

    it("starts no workflow: neither by a push, nor a pull request, nor a comment; a dispatch does", async () => {
      const workflow = "on: workflow_dispatch\njobs: { a: { runs-on: ubuntu-24.04, steps: [{ run: 'true' }] } }\n";
      await github.octokit.repos.createOrUpdateFileContents({
        ...repository,
        path: ".github/workflows/cd.yml",
        message: "x",
        content: Buffer.from(workflow).toString("base64"),
      });
      await letActionsPropose();
      const { data: issue } = await github.octokit.issues.create({ ...repository, title: "x" });
      const before = (await events()).length;
      expect(before, "the owner's own push").to.be.greaterThan(0);
      const token = await ofJob({ ...writing, actions: "write" });
      await push(token, "by-job");
      await by(token).pulls.create({ ...repository, title: "x", head: "by-job", base: "main" });
      await by(token).issues.createComment({ ...repository, issue_number: issue.number, body: "x" });
      expect(await events()).to.have.length(before);
      await by(token).actions.createWorkflowDispatch({ ...repository, workflow_id: "cd.yml", ref: "main" });
      await by(token).repos.createDispatchEvent({ ...repository, event_type: "deploy" });
      expect((await events()).slice(before).map(({ event, actor }) => [event, actor])).to.deep.equal([
        ["workflow_dispatch", "github-actions[bot]"],
        ["repository_dispatch", "github-actions[bot]"],
      ]);
    });
  });
});

describe("local GitHub: the permission that an operation asks for", () => {
  for (const [method, path, permission] of [
    ["GET", "/repos/{owner}/{repo}", "metadata=read"],
    ["PATCH", "/repos/{owner}/{repo}", "administration=write"],
    ["PUT", "/repos/{owner}/{repo}/pulls/{pull_number}/merge", "contents=write"],
    ["POST", "/repos/{owner}/{repo}/pulls", "pull_requests=write"],
    ["PUT", "/repos/{owner}/{repo}/environments/{environment_name}", "administration=write"],
    ["PUT", "/repos/{owner}/{repo}/environments/{environment_name}/secrets/{secret_name}", "environments=write"],
    ["POST", "/repos/{owner}/{repo}/actions/runs/{run_id}/pending_deployments", "deployments=write"],
    ["PUT", "/repos/{owner}/{repo}/actions/secrets/{secret_name}", "secrets=write"],
    ["GET", "/repos/{owner}/{repo}/rulesets", "metadata=read"],
    ["POST", "/repos/{owner}/{repo}/rulesets", "administration=write"],
    ["PUT", "/repos/{owner}/{repo}/branches/{branch}/protection", "administration=write"],
    ["POST", "/repos/{owner}/{repo}/git/refs", "contents=write"],
    ["PUT", "/orgs/{org}/actions/secrets/{secret_name}", "organization_secrets=write"],
    ["PUT", "/orgs/{org}/teams/{team_slug}/repos/{owner}/{repo}", "administration=write"],
  ] as const) {
    it(`${method} ${path}: ${permission}`, () => {
      const required = requiredPermission(method, path);
      expect(`${required?.anyOf.join("|") ?? ""}=${required?.access ?? ""}`).to.equal(permission);
    });
  }
});
