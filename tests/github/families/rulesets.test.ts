import { expect } from "chai";
import type { RestEndpointMethodTypes } from "@octokit/rest";
import { familyServer, newRepository, refusal, refusedWith } from "./world.ts";

type NewRuleset = RestEndpointMethodTypes["repos"]["createRepoRuleset"]["parameters"];
type Rules = NonNullable<NewRuleset["rules"]>;
type Actors = NonNullable<NewRuleset["bypass_actors"]>;

const reviews: Rules[number] = {
  type: "pull_request",
  parameters: {
    dismiss_stale_reviews_on_push: true,
    require_code_owner_review: true,
    require_last_push_approval: true,
    required_approving_review_count: 1,
    required_review_thread_resolution: true,
  },
};

const checks = (...required: { context: string; integration_id?: number }[]): Rules[number] => ({
  type: "required_status_checks",
  parameters: { required_status_checks: required, strict_required_status_checks_policy: true },
});

const onMain = { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } };

describe("rulesets of repositories", () => {
  const server = familyServer();
  const create = (repository: { owner: string; repo: string }, more: Partial<NewRuleset> = {}) =>
    server.github.octokit.repos.createRepoRuleset({
      ...repository,
      name: "main",
      enforcement: "active",
      conditions: onMain,
      rules: [],
      ...more,
    });
  const errorsOf = async (request: Promise<unknown>): Promise<readonly unknown[]> => {
    const { status, message, errors } = await refusal(request);
    expect([status, message]).to.deep.equal([422, "Validation Failed"]);
    return errors;
  };

  it("a ruleset reads back as it was declared, with GitHub's defaults filled in", async () => {
    const repository = await newRepository(server.github);
    const { data: made } = await create(repository, {
      rules: [
        { type: "deletion" },
        { type: "non_fast_forward" },
        reviews,
        checks({ context: "preflight", integration_id: 15368 }, { context: "lint" }),
      ],
      bypass_actors: [{ actor_type: "OrganizationAdmin", actor_id: 1, bypass_mode: "pull_request" }],
    });
    const { data: read } = await server.github.octokit.repos.getRepoRuleset({ ...repository, ruleset_id: made.id });
    expect(read).to.deep.equal(made);
    expect(read).to.deep.include({
      name: "main",
      target: "branch",
      enforcement: "active",
      source_type: "Repository",
      source: `acme/${repository.repo}`,
      conditions: { ref_name: { exclude: [], include: ["~DEFAULT_BRANCH"] } },
      bypass_actors: [{ actor_id: null, actor_type: "OrganizationAdmin", bypass_mode: "pull_request" }],
      current_user_can_bypass: "pull_requests_only",
    });
    expect(read.rules?.[2]).to.deep.include({
      parameters: { ...reviews.parameters, allowed_merge_methods: ["merge", "squash", "rebase"], required_reviewers: [] },
    });
    expect(read.rules?.[3]).to.deep.nested.include({
      "parameters.do_not_enforce_on_create": false,
      "parameters.required_status_checks": [{ context: "preflight", integration_id: 15368 }, { context: "lint" }],
    });
    expect(read._links?.self?.href).to.match(new RegExp(`/repos/acme/${repository.repo}/rulesets/${made.id}$`));
  });

  it("an update replaces what it names and keeps the rest; a delete removes the ruleset", async () => {
    const repository = await newRepository(server.github);
    const { repos } = server.github.octokit;
    const { data: made } = await create(repository, { rules: [{ type: "deletion" }] });
    const named = { ...repository, ruleset_id: made.id };
    const { data: changed } = await repos.updateRepoRuleset({ ...named, name: "trunk", enforcement: "disabled" });
    expect(changed).to.deep.include({ id: made.id, name: "trunk", enforcement: "disabled", rules: [{ type: "deletion" }] });
    await repos.deleteRepoRuleset(named);
    expect(await refusedWith(repos.getRepoRuleset(named))).to.equal(404);
    expect(await refusedWith(repos.deleteRepoRuleset(named))).to.equal(404);
  });

  it("two rulesets of one repository may not share a name, those of two may", async () => {
    const [one, other] = [await newRepository(server.github), await newRepository(server.github)];
    const { data: first } = await create(one);
    await create(other);
    expect(await errorsOf(create(one))).to.deep.equal(["Name must be unique"]);
    const { data: second } = await create(one, {
      name: "tags",
      target: "tag",
      conditions: { ref_name: { include: ["~ALL"], exclude: [] } },
    });
    const rename = server.github.octokit.repos.updateRepoRuleset({ ...one, ruleset_id: second.id, name: "main" });
    expect(await errorsOf(rename)).to.deep.equal(["Name must be unique"]);
    const same = await server.github.octokit.repos.updateRepoRuleset({ ...one, ruleset_id: first.id, name: "main" });
    expect(same.status).to.equal(200);
  });

  const refused: readonly (readonly [string, Partial<NewRuleset>, RegExp])[] = [
    [
      "a rule of branches on tags",
      { target: "tag", conditions: { ref_name: { include: ["~ALL"] } }, rules: [reviews] },
      /^Invalid rule 'pull_request': $/,
    ],
    [
      "a check from an app that does not exist",
      { rules: [checks({ context: "x", integration_id: 1 })] },
      /^Invalid rule 'required_status_checks': .*Invalid integration ids$/,
    ],
    ["the same check twice", { rules: [checks({ context: "x" }, { context: "x" })] }, /Duplicate contexts/],
    ["a rule twice", { rules: [{ type: "deletion" }, { type: "deletion" }] }, /^Invalid rule 'deletion'/],
    ["a pattern without refs/heads/", { conditions: { ref_name: { include: ["main"] } } }, /Invalid target pattern 'main'/],
    ["an empty name", { name: " " }, /Name can't be blank/],
    [
      "a team that does not exist",
      { bypass_actors: [{ actor_type: "Team", actor_id: 1 }] },
      /must be part of the ruleset source or owner organization/,
    ],
    ["a role that may not push", { bypass_actors: [{ actor_type: "RepositoryRole", actor_id: 1 }] }, /RepositoryRole with id 1/],
    [
      "a bypass of pull requests for tags",
      {
        target: "tag",
        conditions: { ref_name: { include: ["~ALL"] } },
        bypass_actors: [{ actor_type: "RepositoryRole", actor_id: 5, bypass_mode: "pull_request" }],
      },
      /pull_request is only allowed for branch rulesets/,
    ],
    [
      "a pattern that is no regular expression",
      { rules: [{ type: "commit_message_pattern", parameters: { operator: "regex", pattern: "(" } }] },
      /not a regular expression/,
    ],
  ];
  for (const [what, body, expected] of refused) {
    it(`${what} is refused and nothing is stored`, async () => {
      const repository = await newRepository(server.github);
      const errors = await errorsOf(create(repository, body));
      expect(errors).to.have.length(1);
      expect(errors[0]).to.match(expected);
      expect((await server.github.octokit.repos.getRepoRulesets(repository)).data).to.deep.equal([]);
    });
  }

  it("all faults of a ruleset come in one answer", async () => {
    const repository = await newRepository(server.github);
    const body = {
      name: "",
      conditions: { ref_name: { include: ["dev"] } },
      bypass_actors: [{ actor_type: "Team", actor_id: 9 }] as Actors,
    };
    expect(await errorsOf(create(repository, body))).to.have.length(3);
  });

  it("[DEX-1] a merge queue needs an organization as owner, and an organization's ruleset cannot hold one", async () => {
    const queue = {
      type: "merge_queue",
      parameters: {
        check_response_timeout_minutes: 60,
        grouping_strategy: "ALLGREEN",
        max_entries_to_build: 5,
        max_entries_to_merge: 5,
        merge_method: "SQUASH",
        min_entries_to_merge: 1,
        min_entries_to_merge_wait_minutes: 5,
      },
    } as const;
    const inOrganization = await newRepository(server.github);
    expect((await create(inOrganization, { rules: [queue] })).data.rules).to.deep.equal([queue]);
    const { octokit } = server.github;
    await octokit.repos.createForAuthenticatedUser({ name: "own" });
    expect(await errorsOf(create({ owner: "acme-owner", repo: "own" }, { rules: [queue] }))).to.deep.equal([
      "Invalid rule 'merge_queue': ",
    ]);
    const body = {
      org: "acme",
      name: "queue",
      enforcement: "active" as const,
      conditions: { ...onMain, repository_name: { include: ["~ALL"], exclude: [] } },
    };
    expect(await refusedWith(octokit.request("POST /orgs/{org}/rulesets", { ...body, rules: [queue as never] }))).to.equal(422);
  });

  it("private repositories of a free organization have no rulesets; metadata rules and evaluation need Enterprise", async () => {
    const closed = await newRepository(server.github, { org: "acme-free", visibility: "private" });
    const { status, message } = await refusal(create(closed));
    expect([status, message]).to.deep.equal([403, "Upgrade to GitHub Pro or make this repository public to enable this feature."]);
    const open = await newRepository(server.github, { org: "acme-team" });
    const pattern: Rules[number] = { type: "commit_message_pattern", parameters: { operator: "contains", pattern: "JIRA" } };
    expect(await errorsOf(create(open, { enforcement: "evaluate", rules: [pattern] }))).to.have.length(2);
  });

  it("everybody who reads a repository reads its rulesets, but only admins see who may bypass and may change them", async () => {
    const repository = await newRepository(server.github);
    const { data: made } = await create(repository, { bypass_actors: [{ actor_type: "RepositoryRole", actor_id: 5 }] });
    const member = server.github.as("acme-member").repos;
    const { data: seen } = await member.getRepoRuleset({ ...repository, ruleset_id: made.id });
    expect(seen).to.not.have.property("bypass_actors");
    expect(seen.current_user_can_bypass).to.equal("never");
    expect(await refusedWith(member.deleteRepoRuleset({ ...repository, ruleset_id: made.id }))).to.equal(403);
  });

  it("the rules of a branch are those of every active ruleset that selects it, the organization's too", async () => {
    const repository = await newRepository(server.github);
    const { octokit } = server.github;
    const { data: own } = await create(repository, { rules: [{ type: "deletion" }] });
    await create(repository, { name: "off", enforcement: "disabled", rules: [{ type: "required_signatures" }] });
    await create(repository, { name: "dev", conditions: { ref_name: { include: ["refs/heads/dev"] } }, rules: [{ type: "update" }] });
    const { data: shared } = await octokit.repos.createOrgRuleset({
      org: "acme",
      name: `for ${repository.repo}`,
      enforcement: "active",
      conditions: {
        ref_name: { include: ["~ALL"], exclude: ["refs/heads/dev*"] },
        repository_name: { include: [repository.repo], exclude: [] },
      },
      rules: [{ type: "required_linear_history" }],
    });
    const rulesOf = async (branch: string) => (await octokit.repos.getBranchRules({ ...repository, branch })).data;
    expect(await rulesOf("main")).to.deep.equal([
      { type: "deletion", ruleset_source_type: "Repository", ruleset_source: `acme/${repository.repo}`, ruleset_id: own.id },
      { type: "required_linear_history", ruleset_source_type: "Organization", ruleset_source: "acme", ruleset_id: shared.id },
    ]);
    expect((await rulesOf("dev")).map(({ type }) => type)).to.deep.equal(["update"]);
    const names = async (includes_parents: boolean) =>
      (await octokit.repos.getRepoRulesets({ ...repository, includes_parents })).data.map(({ name }) => name);
    expect(await names(true)).to.deep.equal(["main", "off", "dev", `for ${repository.repo}`]);
    expect(await names(false)).to.deep.equal(["main", "off", "dev"]);
    expect((await octokit.repos.getRepoRuleset({ ...repository, ruleset_id: shared.id })).data.source_type).to.equal("Organization");
    const ownOnly = octokit.repos.getRepoRuleset({ ...repository, ruleset_id: shared.id, includes_parents: false });
    expect(await refusedWith(ownOnly)).to.equal(404);
    await octokit.repos.deleteOrgRuleset({ org: "acme", ruleset_id: shared.id });
    expect(await rulesOf("main")).to.have.length(1);
  });

  it("every version of a ruleset is kept, with who made it and what it said", async () => {
    const repository = await newRepository(server.github);
    const { octokit } = server.github;
    const { data: made } = await create(repository, { rules: [{ type: "deletion" }] });
    const named = { ...repository, ruleset_id: made.id };
    await octokit.repos.updateRepoRuleset({ ...named, enforcement: "disabled", rules: [] });
    const history = "/repos/{owner}/{repo}/rulesets/{ruleset_id}/history";
    const { data: versions } = (await octokit.request(`GET ${history}`, named)) as {
      data: { version_id: number; actor: { id: number } }[];
    };
    expect(versions).to.have.length(2);
    const { data: me } = await octokit.users.getAuthenticated();
    expect(versions.map(({ actor }) => actor.id)).to.deep.equal([me.id, me.id]);
    const first = { ...named, version_id: versions[1]!.version_id };
    const { data: then } = (await octokit.request(`GET ${history}/{version_id}`, first)) as { data: { state: unknown } };
    expect(then.state).to.deep.include({ enforcement: "active", rules: [{ type: "deletion" }] });
    expect(await refusedWith(octokit.request(`GET ${history}/{version_id}`, { ...named, version_id: 1 }))).to.equal(404);
  });

  it("rulesets of an organization are for its owners, and must select repositories", async () => {
    const body = { org: "acme", name: "all", enforcement: "active" as const, conditions: onMain, rules: [] };
    const member = server.github.as("acme-member");
    const selecting = { ...body, conditions: { ...onMain, repository_name: { include: ["~ALL"], exclude: [] } } };
    expect(await refusedWith(member.repos.createOrgRuleset(selecting))).to.equal(403);
    expect(await refusedWith(server.github.octokit.request("POST /orgs/{org}/rulesets", body as never))).to.equal(422);
  });
});
