import { expect } from "chai";
import { startGitHub, type TestGitHub } from "./harness.ts";

const RULE = `... on BranchProtectionRule { id pattern isAdminEnforced requiresApprovingReviews requiredApprovingReviewCount lockBranch
  allowsDeletions requiredStatusCheckContexts repository { id name }
  bypassPullRequestAllowances(first: 100) { nodes { actor { ... on App { id name slug } ... on Team { id name slug } ... on User { id name login } } } } }`;

describe("local GitHub: GraphQL", () => {
  let github: TestGitHub;
  const repo = { owner: "acme", repo: "graph" };

  before(async () => {
    github = await startGitHub();
    await github.octokit.rest.repos.createInOrg({ org: "acme", name: "graph", auto_init: true });
  });
  after(async () => {
    expect(await github.violations()).to.deep.equal([]);
    await github.stop();
  });

  interface Answer {
    readonly data: Record<string, Record<string, unknown> | null> | null;
    readonly errors?: { readonly type?: string; readonly message: string }[];
  }

  /** As the GitHub provider sends it: its Accept header names a preview media type only. */
  const ask = async (query: string, variables: object = {}, token = github.token, path = "/api/graphql"): Promise<Answer> => {
    const answer = await fetch(github.url + path, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        accept: "application/vnd.github.stone-crop-preview+json",
        "content-type": "application/json",
      },
      body: JSON.stringify({ query, variables }),
    });
    return (await answer.json()) as Answer;
  };

  const repositoryId = async (): Promise<string> =>
    String(
      (await ask(`query ($o: String!, $n: String!) { repository(owner: $o, name: $n) { id } }`, { o: "acme", n: "graph" })).data?.[
        "repository"
      ]?.["id"],
    );

  it("answers who asks, under both addresses", async () => {
    for (const path of ["/graphql", "/api/graphql"]) {
      expect(await ask("{ viewer { login } }", {}, undefined, path)).to.deep.equal({ data: { viewer: { login: "acme-owner" } } });
    }
  });

  it("gives teams with their members, and the organization's members with roles, page by page", async () => {
    const team = await ask(
      `{ organization(login: "acme") { team(slug: "platform") { id members(membership: IMMEDIATE, first: 1) {
        edges { role node { login } } pageInfo { hasNextPage endCursor } } } } }`,
    );
    const members = (team.data?.["organization"]?.["team"] as { members: { edges: unknown[]; pageInfo: { hasNextPage: boolean } } })
      .members;
    expect(members.edges).to.deep.equal([{ role: "MEMBER", node: { login: "platform-1" } }]);
    expect(members.pageInfo.hasNextPage).to.equal(true);
    const { data } = await ask(`{ organization(login: "acme") { membersWithRole(first: 100) { edges { role node { login email } } } } }`);
    const { edges } = data?.["organization"]?.["membersWithRole"] as { edges: unknown[] };
    expect(edges).to.deep.include({ role: "ADMIN", node: { login: "acme-owner", email: "" } });
  });

  it("makes, reads, changes and removes classic protection, which REST sees too", async () => {
    const made = await ask(
      `mutation ($input: CreateBranchProtectionRuleInput!) { createBranchProtectionRule(input: $input) { branchProtectionRule { id } } }`,
      {
        input: {
          repositoryId: await repositoryId(),
          pattern: "main",
          requiresApprovingReviews: true,
          requiredApprovingReviewCount: 2,
          requiresStatusChecks: true,
          requiredStatusCheckContexts: ["test"],
          isAdminEnforced: true,
        },
      },
    );
    const id = (made.data?.["createBranchProtectionRule"]?.["branchProtectionRule"] as { id: string }).id;
    const read = await ask(`query ($id: ID!) { node(id: $id) { ${RULE} } }`, { id });
    expect(read.errors).to.equal(undefined);
    expect(read.data?.["node"]).to.deep.include({
      pattern: "main",
      requiredApprovingReviewCount: 2,
      isAdminEnforced: true,
      requiredStatusCheckContexts: ["test"],
    });
    const rest = await github.octokit.rest.repos.getBranchProtection({ ...repo, branch: "main" });
    expect(rest.data.required_pull_request_reviews?.required_approving_review_count).to.equal(2);
    expect(rest.data.required_status_checks?.contexts).to.deep.equal(["test"]);

    await ask(`mutation ($input: UpdateBranchProtectionRuleInput!) { updateBranchProtectionRule(input: $input) { clientMutationId } }`, {
      input: { branchProtectionRuleId: id, lockBranch: true },
    });
    expect((await github.octokit.rest.repos.getBranchProtection({ ...repo, branch: "main" })).data.lock_branch?.enabled).to.equal(true);
    await ask(`mutation ($input: DeleteBranchProtectionRuleInput!) { deleteBranchProtectionRule(input: $input) { clientMutationId } }`, {
      input: { branchProtectionRuleId: id },
    });
    const gone = await ask(`query ($id: ID!) { node(id: $id) { id } }`, { id });
    expect(gone.errors?.[0]).to.include({ type: "NOT_FOUND" });
    expect(gone.errors?.[0]?.message).to.contain("Could not resolve to a node with the global id");
  });

  it("refuses a mutation without admin rights and changes nothing", async () => {
    const input = { repositoryId: await repositoryId(), pattern: "release/*" };
    const mutation = `mutation ($input: CreateBranchProtectionRuleInput!) { createBranchProtectionRule(input: $input) { clientMutationId } }`;
    const refused = await ask(mutation, { input }, "token-of-acme-member-0001");
    expect(refused.errors?.[0]).to.include({ type: "FORBIDDEN" });
    const rules = await ask(`{ repository(owner: "acme", name: "graph") { branchProtectionRules(first: 10) { totalCount } } }`);
    expect(rules.data?.["repository"]).to.deep.equal({ branchProtectionRules: { totalCount: 0 } });
  });

  it("says so where it does not implement a field, instead of an empty answer", async () => {
    const { errors } = await ask("{ viewer { bio } }");
    expect(errors?.[0]).to.deep.include({ type: "NOT_IMPLEMENTED", message: "The local GitHub does not implement User.bio." });
  });

  it("counts mutations as writes and queries as reads", async () => {
    const { summary: before } = await github.requests();
    await ask("{ viewer { login } }");
    await ask(`mutation { deleteBranchProtectionRule(input: { branchProtectionRuleId: "x" }) { clientMutationId } }`);
    const { summary } = await github.requests(before.last);
    expect(summary).to.deep.include({ total: 2, writes: 1, byOperation: { "graphql/deleteBranchProtectionRule": 1, "graphql/viewer": 1 } });
  });

  it("refuses a wrong token", async () => {
    const answer = await fetch(`${github.url}/graphql`, {
      method: "POST",
      headers: { authorization: "Bearer nobody-knows-this" },
      body: "{}",
    });
    expect(answer.status).to.equal(401);
  });
});
