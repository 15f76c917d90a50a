import { createHmac } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import sodium from "libsodium-wrappers";
import { openSecret, secretMatches } from "../../../local/github/families/secrets/index.ts";
import { SqliteStore } from "../../../local/github/core/sqlite-store.ts";
import { startGitHub } from "../harness.ts";
import { familyServer, idOf, newRepository, refusal, refusedWith } from "./world.ts";

/** As every client does it: a sealed box for the scope's public key. */
async function seal(value: string, key: { key: string; key_id: string }): Promise<{ encrypted_value: string; key_id: string }> {
  await sodium.ready;
  const box = sodium.crypto_box_seal(sodium.from_string(value), Buffer.from(key.key, "base64"));
  return { encrypted_value: Buffer.from(box).toString("base64"), key_id: key.key_id };
}

/** A value that is nobody's and easy to find. */
const CANARY = "canary-6f1d0c9a4b";

describe("secrets", () => {
  const server = familyServer();
  let store: SqliteStore;
  before(() => {
    store = new SqliteStore(join(server.github.dataDir, "state.sqlite"));
  });
  after(() => {
    store.close();
  });
  const gitRoot = (): string => join(server.github.dataDir, "git");
  const opened = (ownerId: number, name: string, app: "actions" | "dependabot" = "actions"): Promise<string | undefined> =>
    openSecret(store.reader, gitRoot(), { app, ownerId, name });

  it("a secret that is sealed as clients seal it arrives as it was declared, and is never answered", async () => {
    const repository = await newRepository(server.github);
    const repositoryId = await idOf(server.github, repository);
    const { actions } = server.github.octokit;
    const { data: key } = await actions.getRepoPublicKey(repository);
    const made = await actions.createOrUpdateRepoSecret({ ...repository, secret_name: "DEPLOY_TOKEN", ...(await seal(CANARY, key)) });
    expect(made.status).to.equal(201);
    const { data } = await actions.getRepoSecret({ ...repository, secret_name: "deploy_token" });
    expect(data).to.have.all.keys("name", "created_at", "updated_at");
    expect(data.name).to.equal("DEPLOY_TOKEN");
    expect(await opened(repositoryId, "DEPLOY_TOKEN")).to.equal(CANARY);
    const again = await actions.createOrUpdateRepoSecret({ ...repository, secret_name: "DEPLOY_TOKEN", ...(await seal("second", key)) });
    expect(again.status).to.equal(204);
    expect(await opened(repositoryId, "DEPLOY_TOKEN")).to.equal("second");
    await actions.deleteRepoSecret({ ...repository, secret_name: "DEPLOY_TOKEN" });
    expect((await actions.listRepoSecrets(repository)).data.total_count).to.equal(0);
  });

  it("a value can be compared without saying it", async () => {
    const repository = await newRepository(server.github);
    const { actions } = server.github.octokit;
    const { data: key } = await actions.getRepoPublicKey(repository);
    await actions.createOrUpdateRepoSecret({ ...repository, secret_name: "A", ...(await seal("right", key)) });
    const ownerId = await idOf(server.github, repository);
    const matches = (value: string): Promise<boolean> =>
      secretMatches(
        store.reader,
        gitRoot(),
        { app: "actions", ownerId, name: "A" },
        { nonce: "n", hmac: createHmac("sha256", "n").update(value).digest("hex") },
      );
    expect([await matches("right"), await matches("wrong")]).to.deep.equal([true, false]);
  });

  it("every value survives sealing, storing and opening", async () => {
    const repository = await newRepository(server.github);
    const { actions } = server.github.octokit;
    const { data: key } = await actions.getRepoPublicKey(repository);
    const repositoryId = await idOf(server.github, repository);
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme", minLength: 1 }), async (value) => {
        await actions.createOrUpdateRepoSecret({ ...repository, secret_name: "ANY", ...(await seal(value, key)) });
        expect(await opened(repositoryId, "ANY")).to.equal(value);
      }),
      { numRuns: 25 },
    );
  });

  it("nothing of a value is on disk, nor in the request log", async () => {
    const repository = await newRepository(server.github);
    const { actions } = server.github.octokit;
    const { data: key } = await actions.getRepoPublicKey(repository);
    await actions.createOrUpdateRepoSecret({ ...repository, secret_name: "TOKEN", ...(await seal(CANARY, key)) });
    expect(JSON.stringify(await server.github.requests())).to.not.include(CANARY);
    const files = readdirSync(server.github.dataDir, { recursive: true, encoding: "utf8" }).map((name) =>
      join(server.github.dataDir, name),
    );
    const readable = files.filter((file) => statSync(file).isFile());
    expect(readable).to.not.be.empty;
    expect(readable.filter((file) => readFileSync(file).includes(CANARY))).to.deep.equal([]);
    const [serverKey] = readable.filter((file) => file.endsWith("secrets.key"));
    expect(statSync(serverKey!).mode & 0o777).to.equal(0o600);
  });

  it("a box for another key, a damaged box and a stale key id are refused and nothing is stored", async () => {
    const [one, other] = [await newRepository(server.github), await newRepository(server.github)];
    const { actions } = server.github.octokit;
    const { data: key } = await actions.getRepoPublicKey(one);
    const { data: foreign } = await actions.getRepoPublicKey(other);
    expect(key.key).to.not.equal(foreign.key);
    const put = (body: { encrypted_value: string; key_id: string }) =>
      actions.createOrUpdateRepoSecret({ ...one, secret_name: "S", ...body });
    const wrongBox = await refusal(put({ ...(await seal("x", foreign)), key_id: key.key_id }));
    expect(wrongBox.status).to.equal(422);
    expect(wrongBox.message).to.match(/cannot be opened/);
    expect(await refusedWith(put({ encrypted_value: Buffer.from("short").toString("base64"), key_id: key.key_id }))).to.equal(422);
    expect((await refusal(put(await seal("x", foreign)))).message).to.match(/key_id/);
    expect((await actions.listRepoSecrets(one)).data.total_count).to.equal(0);
  });

  for (const [what, name] of [
    ["begins with GITHUB_", "GITHUB_X"],
    ["begins with a digit", "1X"],
    ["holds a hyphen", "A-B"],
  ] as const) {
    it(`a name that ${what} is refused`, async () => {
      const repository = await newRepository(server.github);
      const { actions } = server.github.octokit;
      const { data: key } = await actions.getRepoPublicKey(repository);
      const put = actions.createOrUpdateRepoSecret({ ...repository, secret_name: name, ...(await seal("x", key)) });
      expect(await refusedWith(put)).to.equal(422);
    });
  }

  it("a value of more than 48 KB is refused", async () => {
    const repository = await newRepository(server.github);
    const { actions } = server.github.octokit;
    const { data: key } = await actions.getRepoPublicKey(repository);
    const body = await seal("x".repeat(48 * 1024 + 1), key);
    expect(await refusedWith(actions.createOrUpdateRepoSecret({ ...repository, secret_name: "BIG", ...body }))).to.equal(422);
  });

  it("environments and Dependabot have keys and secrets of their own, also under the provider's addresses by number", async () => {
    const repository = await newRepository(server.github);
    const repositoryId = await idOf(server.github, repository);
    const { octokit } = server.github;
    const { data: environment } = await octokit.repos.createOrUpdateEnvironment({ ...repository, environment_name: "prod/eu" });
    const byId = { repository_id: repositoryId, environment_name: "prod/eu" };
    const base = "/repositories/{repository_id}/environments/{environment_name}/secrets";
    const { data: key } = (await octokit.request(`GET ${base}/public-key`, byId)) as { data: { key: string; key_id: string } };
    const put = await octokit.request(`PUT ${base}/{secret_name}`, { ...byId, secret_name: "TOKEN", ...(await seal("of prod", key)) });
    expect(put.status).to.equal(201);
    expect(await opened(environment.id, "TOKEN")).to.equal("of prod");
    const listed = await octokit.actions.listEnvironmentSecrets({ ...repository, environment_name: "prod/eu" });
    expect(listed.data.secrets.map(({ name }) => name)).to.deep.equal(["TOKEN"]);
    const { data: dependabotKey } = await octokit.dependabot.getRepoPublicKey(repository);
    await octokit.dependabot.createOrUpdateRepoSecret({ ...repository, secret_name: "TOKEN", ...(await seal("for bots", dependabotKey)) });
    expect(await opened(repositoryId, "TOKEN", "dependabot")).to.equal("for bots");
    expect((await octokit.actions.listRepoSecrets(repository)).data.total_count).to.equal(0);
  });

  it("an organization's secret reaches all, private or selected repositories", async () => {
    const [one, other] = [await newRepository(server.github), await newRepository(server.github)];
    const [oneId, otherId] = [await idOf(server.github, one), await idOf(server.github, other)];
    const { actions } = server.github.octokit;
    const { data: key } = await actions.getOrgPublicKey({ org: "acme" });
    const named = { org: "acme", secret_name: "SHARED" };
    await actions.createOrUpdateOrgSecret({
      ...named,
      ...(await seal("s", key)),
      visibility: "selected",
      selected_repository_ids: [oneId],
    });
    const reaching = async (repository: { owner: string; repo: string }) =>
      (await actions.listRepoOrganizationSecrets(repository)).data.secrets.map(({ name }) => name);
    expect([await reaching(one), await reaching(other)]).to.deep.equal([["SHARED"], []]);
    await actions.addSelectedRepoToOrgSecret({ ...named, repository_id: otherId });
    expect((await actions.listSelectedReposForOrgSecret(named)).data.repositories.map(({ name }) => name)).to.deep.equal([
      one.repo,
      other.repo,
    ]);
    await actions.removeSelectedRepoFromOrgSecret({ ...named, repository_id: oneId });
    expect([await reaching(one), await reaching(other)]).to.deep.equal([[], ["SHARED"]]);
    // A change of visibility alone keeps the value.
    await actions.createOrUpdateOrgSecret({ ...named, visibility: "all" });
    expect(await reaching(one)).to.deep.equal(["SHARED"]);
    expect(await refusedWith(actions.addSelectedRepoToOrgSecret({ ...named, repository_id: oneId }))).to.equal(409);
    expect(await refusedWith(server.github.as("acme-member").actions.getOrgPublicKey({ org: "acme" }))).to.equal(403);
    await actions.deleteOrgSecret(named);
  });

  it("who may only read sees neither secrets nor keys", async () => {
    const repository = await newRepository(server.github);
    const member = server.github.as("acme-member").actions;
    expect(await refusedWith(member.listRepoSecrets(repository))).to.equal(403);
    expect(await refusedWith(member.getRepoPublicKey(repository))).to.equal(403);
  });
});

describe("secrets over a restart", () => {
  it("what was stored before can be opened after, and a client's public key stays valid", async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "gatehouse-secrets-"));
    try {
      const first = await startGitHub({ dataDir });
      const { data: made } = await first.octokit.repos.createInOrg({ org: "acme", name: "kept" });
      const repository = { owner: "acme", repo: "kept" };
      const { data: key } = await first.octokit.actions.getRepoPublicKey(repository);
      await first.octokit.actions.createOrUpdateRepoSecret({ ...repository, secret_name: "BEFORE", ...(await seal("old", key)) });
      await first.stop();
      const second = await startGitHub({ dataDir });
      await second.octokit.actions.createOrUpdateRepoSecret({ ...repository, secret_name: "AFTER", ...(await seal("new", key)) });
      await second.stop();
      const store = new SqliteStore(join(dataDir, "state.sqlite"));
      const open = (name: string) => openSecret(store.reader, join(dataDir, "git"), { app: "actions", ownerId: made.id, name });
      expect([await open("BEFORE"), await open("AFTER")]).to.deep.equal(["old", "new"]);
      store.close();
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
});

describe("variables", () => {
  const server = familyServer();

  it("a variable is created, changed, renamed and deleted; names are in upper case", async () => {
    const repository = await newRepository(server.github);
    const { actions } = server.github.octokit;
    await actions.createRepoVariable({ ...repository, name: "region", value: "eu" });
    expect((await actions.getRepoVariable({ ...repository, name: "Region" })).data).to.include({ name: "REGION", value: "eu" });
    await actions.updateRepoVariable({ ...repository, name: "REGION", value: "us" });
    // Octokit's typed methods cannot tell the name of the path from that of the body.
    const url = `${server.github.url}/repos/${repository.owner}/${repository.repo}/actions/variables/REGION`;
    const headers = { authorization: `Bearer ${server.github.token}` };
    expect((await fetch(url, { method: "PATCH", headers, body: JSON.stringify({ name: "ZONE" }) })).status).to.equal(204);
    const { data } = await actions.listRepoVariables(repository);
    expect(data.variables.map(({ name, value }) => [name, value])).to.deep.equal([["ZONE", "us"]]);
    await actions.deleteRepoVariable({ ...repository, name: "ZONE" });
    expect((await actions.listRepoVariables(repository)).data.total_count).to.equal(0);
  });

  it("a name that is taken is a conflict; a bad name, an empty and a huge value are refused", async () => {
    const repository = await newRepository(server.github);
    const { actions } = server.github.octokit;
    await actions.createRepoVariable({ ...repository, name: "A", value: "1" });
    const create = (name: string, value: string): Promise<number> =>
      refusedWith(actions.createRepoVariable({ ...repository, name, value }));
    expect(await create("a", "2")).to.equal(409);
    expect(await create("GITHUB_A", "2")).to.equal(422);
    expect(await create("A B", "2")).to.equal(422);
    expect(await create("EMPTY", "")).to.equal(422);
    expect(await create("BIG", "x".repeat(48 * 1024 + 1))).to.equal(422);
    expect((await actions.listRepoVariables(repository)).data.total_count).to.equal(1);
  });

  it("the same name may hold one value in each environment", async () => {
    const repository = await newRepository(server.github);
    const { octokit } = server.github;
    for (const environment_name of ["dev", "prod"]) {
      await octokit.repos.createOrUpdateEnvironment({ ...repository, environment_name });
      await octokit.actions.createEnvironmentVariable({ ...repository, environment_name, name: "TIER", value: environment_name });
    }
    const { data } = await octokit.actions.getEnvironmentVariable({ ...repository, environment_name: "prod", name: "TIER" });
    expect(data.value).to.equal("prod");
  });

  it("an organization's variable reaches its selected repositories, and no foreign one may be selected", async () => {
    const repository = await newRepository(server.github);
    const foreign = await newRepository(server.github, { org: "acme-team" });
    const { actions } = server.github.octokit;
    const variable = { org: "acme", name: "SHARED", value: "1", visibility: "selected" as const };
    expect(
      await refusedWith(actions.createOrgVariable({ ...variable, selected_repository_ids: [await idOf(server.github, foreign)] })),
    ).to.equal(422);
    await actions.createOrgVariable({ ...variable, selected_repository_ids: [await idOf(server.github, repository)] });
    expect((await actions.listRepoOrganizationVariables(repository)).data.variables.map(({ name }) => name)).to.deep.equal(["SHARED"]);
    expect((await actions.getOrgVariable({ org: "acme", name: "SHARED" })).data).to.include({ visibility: "selected" });
    await actions.deleteOrgVariable({ org: "acme", name: "SHARED" });
  });
});
