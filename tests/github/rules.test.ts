import { expect } from "chai";
import { ownersOf, parseCodeOwners } from "../../local/github/rules/codeowners.ts";
import { evaluate } from "../../local/github/rules/engine.ts";
import type { ActiveRule, ChangeFacts, PullRequestFacts } from "../../local/github/rules/model.ts";

const rule = (type: string, parameters: Record<string, unknown> = {}, bypass: ActiveRule["bypass"] = "never"): ActiveRule => ({
  type,
  parameters,
  source: "main",
  classic: false,
  bypass,
});

const push: ChangeFacts = {
  ref: "refs/heads/main",
  kind: "update",
  fastForward: true,
  commits: [],
  checks: [],
  upToDate: true,
  deployedTo: [],
  files: [],
  pullRequest: undefined,
};

const pullRequest: PullRequestFacts = {
  authorId: 1,
  lastPusherId: 1,
  headSha: "head",
  method: "squash",
  reviews: [],
  codeOwners: [],
  draft: false,
};
const approval = (userId: number, more: object = {}) => ({ userId, state: "APPROVED" as const, commitSha: "head", counts: true, ...more });
const messages = (rules: ActiveRule[], facts: Partial<ChangeFacts>): string[] =>
  evaluate(rules, { ...push, ...facts }).map(({ message }) => message);

describe("rules engine", () => {
  it("lets everything pass where no rule holds", () => {
    expect(messages([], { kind: "delete", fastForward: false })).to.deep.equal([]);
  });

  it("forbids creation, update, deletion and force pushes, each alone", () => {
    expect(messages([rule("creation")], { kind: "create" })).to.have.length(1);
    expect(messages([rule("creation")], {})).to.deep.equal([]);
    expect(messages([rule("update")], {})).to.have.length(1);
    expect(messages([rule("deletion")], { kind: "delete" })).to.deep.equal(["Cannot delete this branch"]);
    expect(messages([rule("non_fast_forward")], { fastForward: false })).to.deep.equal(["Cannot force-push to this branch"]);
    expect(messages([rule("non_fast_forward")], {})).to.deep.equal([]);
  });

  it("honours a bypass: always, or for pull requests only", () => {
    expect(messages([rule("update", {}, "always")], {})).to.deep.equal([]);
    expect(messages([rule("update", {}, "pull_request")], {})).to.have.length(1);
    expect(messages([rule("update", {}, "pull_request")], { pullRequest })).to.deep.equal([]);
  });

  describe("pull_request", () => {
    const reviewed = (parameters: object, facts: Partial<PullRequestFacts>): string[] =>
      messages([rule("pull_request", { required_approving_review_count: 1, ...parameters })], {
        pullRequest: { ...pullRequest, ...facts },
      });

    it("refuses a direct push, but not the making of the branch", () => {
      expect(messages([rule("pull_request")], {})).to.deep.equal(["Changes must be made through a pull request."]);
      expect(messages([rule("pull_request")], { kind: "create" })).to.deep.equal([]);
    });

    it("counts approvals of others with write access only", () => {
      expect(reviewed({}, { reviews: [approval(2)] })).to.deep.equal([]);
      expect(reviewed({}, {})[0]).to.contain("At least 1 approving review is required");
      expect(reviewed({}, { reviews: [approval(2, { counts: false })] })).to.have.length(1);
      expect(reviewed({}, { reviews: [approval(1)] })).to.have.length(1);
      expect(reviewed({ required_approving_review_count: 2 }, { reviews: [approval(2)] })).to.have.length(1);
    });

    it("is held up by requested changes", () => {
      const reviews = [approval(2), approval(3, { state: "CHANGES_REQUESTED" })];
      expect(reviewed({}, { reviews })).to.deep.equal(["Changes were requested by a reviewer with write access."]);
    });

    it("takes no stale approval where pushes dismiss", () => {
      const reviews = [approval(2, { commitSha: "older" })];
      expect(reviewed({ dismiss_stale_reviews_on_push: true }, { reviews })).to.have.length(1);
      expect(reviewed({ dismiss_stale_reviews_on_push: false }, { reviews })).to.deep.equal([]);
    });

    it("wants somebody else than the last pusher", () => {
      const facts = { reviews: [approval(2)], lastPusherId: 2 };
      expect(reviewed({ require_last_push_approval: true }, facts)).to.have.length(1);
      expect(reviewed({ require_last_push_approval: true }, { ...facts, reviews: [approval(2), approval(3)] })).to.deep.equal([]);
    });

    it("waits for the code owners of every path", () => {
      const codeOwners = [{ path: "deploy/x", owners: ["@acme/platform"], userIds: [7] }];
      expect(reviewed({ require_code_owner_review: true }, { reviews: [approval(2)], codeOwners })).to.deep.equal([
        "Waiting on code owner review from @acme/platform.",
      ]);
      expect(reviewed({ require_code_owner_review: true }, { reviews: [approval(7)], codeOwners })).to.deep.equal([]);
    });

    it("allows the merge methods that it names", () => {
      expect(reviewed({ required_approving_review_count: 0, allowed_merge_methods: ["merge"] }, {})).to.have.length(1);
      expect(reviewed({ required_approving_review_count: 0, allowed_merge_methods: ["squash"] }, {})).to.deep.equal([]);
    });
  });

  describe("required_status_checks", () => {
    const wants = (more: object = {}): ActiveRule =>
      rule("required_status_checks", { required_status_checks: [{ context: "test", integration_id: 15368 }], ...more });
    const check = (state: "success" | "pending" | "failure", appId: number | null = 15368) => ({ context: "test", appId, state });

    it("expects what did not report, and refuses what failed or runs", () => {
      expect(messages([wants()], {})).to.deep.equal(['Required status check "test" is expected.']);
      expect(messages([wants()], { checks: [check("failure")] })).to.deep.equal(['Required status check "test" is failing.']);
      expect(messages([wants()], { checks: [check("pending")] })).to.deep.equal(['Required status check "test" is in progress.']);
      expect(messages([wants()], { checks: [check("success")] })).to.deep.equal([]);
    });

    it("takes a pinned check from its app only", () => {
      expect(messages([wants()], { checks: [check("success", null)] })).to.have.length(1);
      expect(messages([wants()], { checks: [check("success", 29110)] })).to.have.length(1);
    });

    it("wants a branch that is up to date where it is strict", () => {
      const facts = { checks: [check("success")], upToDate: false, pullRequest };
      expect(messages([wants({ strict_required_status_checks_policy: true })], facts)).to.have.length(1);
      expect(messages([wants()], facts)).to.deep.equal([]);
    });

    it("may excuse the making of a branch", () => {
      expect(messages([wants({ do_not_enforce_on_create: true })], { kind: "create" })).to.deep.equal([]);
      expect(messages([wants()], { kind: "create" })).to.have.length(1);
    });
  });

  it("judges the commits that a ref gains: merges, signatures, words and addresses", () => {
    const commit = {
      sha: "c1",
      parents: 2,
      verified: false,
      message: "wip",
      authorEmail: "a@other.example",
      committerEmail: "a@acme.example",
    };
    expect(messages([rule("required_linear_history")], { commits: [commit] })).to.have.length(1);
    expect(messages([rule("required_signatures")], { commits: [commit] })[0]).to.contain("c1");
    const pattern = { operator: "starts_with", pattern: "feat:" };
    expect(messages([rule("commit_message_pattern", pattern)], { commits: [commit] })).to.have.length(1);
    expect(messages([rule("commit_message_pattern", { ...pattern, negate: true })], { commits: [commit] })).to.deep.equal([]);
    const address = { operator: "ends_with", pattern: "@acme.example" };
    expect(
      messages([rule("commit_author_email_pattern", address), rule("committer_email_pattern", address)], { commits: [commit] }),
    ).to.have.length(1);
  });

  it("judges names of new refs, files and deployments", () => {
    const named = rule("branch_name_pattern", { operator: "regex", pattern: "^feature/" });
    expect(messages([named], { kind: "create" })).to.have.length(1);
    expect(messages([named], { kind: "create", ref: "refs/heads/feature/x" })).to.deep.equal([]);
    const files = [{ path: "secrets/prod.env", size: 5 }];
    expect(messages([rule("file_path_restriction", { restricted_file_paths: ["secrets/**"] })], { files })).to.have.length(1);
    expect(messages([rule("file_extension_restriction", { restricted_file_extensions: ["*.env"] })], { files })).to.have.length(1);
    expect(messages([rule("max_file_path_length", { max_file_path_length: 5 })], { files })).to.have.length(1);
    expect(messages([rule("max_file_size", { max_file_size: 1 })], { files: [{ path: "big", size: 2 ** 21 }] })).to.have.length(1);
    const deployed = rule("required_deployments", { required_deployment_environments: ["staging"] });
    expect(messages([deployed], {})).to.have.length(1);
    expect(messages([deployed], { deployedTo: ["staging"] })).to.deep.equal([]);
  });
});

describe("CODEOWNERS", () => {
  const lines = parseCodeOwners(`
# comment
*            @acme/everyone
*.go         @acme/go  # trailing comment
/docs/*      @acme/docs
/deploy/     @acme/platform
apps/        @acme/apps
/build/logs/
**/secret    @acme/security
`);
  const cases: [path: string, owners: string[]][] = [
    ["README.md", ["@acme/everyone"]],
    ["cmd/main.go", ["@acme/go"]],
    ["docs/a.md", ["@acme/docs"]],
    ["docs/deep/a.md", ["@acme/everyone"]],
    ["deploy/prod/x.yaml", ["@acme/platform"]],
    ["nested/deploy/x.yaml", ["@acme/everyone"]],
    ["nested/apps/x.yaml", ["@acme/apps"]],
    ["build/logs/a.log", []],
    ["a/b/secret", ["@acme/security"]],
  ];
  for (const [path, owners] of cases) {
    it(`gives ${path} to ${owners.join(", ") || "nobody"}: the last line that matches wins`, () => {
      expect(ownersOf(lines, path)).to.deep.equal(owners);
    });
  }
});
