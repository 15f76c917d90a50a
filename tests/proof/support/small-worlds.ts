/** Small worlds: one repository, two branches, and every setting that opens or closes a way to production, at random. */
import fc from "fast-check";

export interface SmallGuard {
  readonly kind: "RepositoryRuleset" | "OrganizationRuleset";
  readonly enforcement: "active" | "evaluate" | "disabled";
  readonly includes: readonly string[];
  readonly excludes: readonly string[];
  readonly review: {
    readonly approvals: number;
    readonly dismiss: boolean;
    readonly owners: boolean;
    readonly lastPush: boolean;
    readonly methods: readonly string[];
  } | null;
  /** A check that nobody's app is pinned to, or one that Actions must report. */
  readonly check: "none" | "anybody" | "actions";
  readonly linear: boolean;
  readonly signed: boolean;
  readonly bypass: readonly { readonly type: string; readonly id: number | null; readonly mode: string }[];
}

export interface SmallWorld {
  readonly account: "organization" | "user";
  readonly guards: readonly SmallGuard[];
  /** Rights of the teams 1 and 2 of an organization, of the collaborators of a user. */
  readonly grants: readonly ("pull" | "push" | "admin")[];
  /** Members of the teams. */
  readonly members: readonly (readonly string[])[];
  readonly mayApprove: boolean;
  readonly owners: "none" | "all" | "all but overlays" | "a team of no rights";
  readonly environment: {
    readonly reviewed: boolean;
    readonly selfReview: boolean;
    readonly adminBypass: boolean;
    readonly from: "any" | "main" | "x/*" | "tags";
    readonly hasKey: boolean;
    readonly trusted: boolean;
  };
  readonly keyInRepository: boolean;
  readonly jobWrites: boolean;
  readonly deployKey: boolean;
  readonly follows: "main" | "HEAD" | "release";
  readonly tag: "sha-1" | "latest";
  readonly trigger: "always" | "paths" | "other branch" | "push";
  readonly opens: "nothing" | "token" | "app";
  readonly methods: { readonly merge: boolean; readonly squash: boolean; readonly rebase: boolean };
}

const often = <T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, { weight: 2, arbitrary: fc.constantFrom(...others) });

const guard: fc.Arbitrary<SmallGuard> = fc.record({
  kind: often<SmallGuard["kind"]>("RepositoryRuleset", "OrganizationRuleset"),
  enforcement: often<SmallGuard["enforcement"]>("active", "evaluate", "disabled"),
  includes: often<readonly string[]>(
    ["refs/heads/main", "refs/heads/release"],
    ["~ALL"],
    ["~DEFAULT_BRANCH"],
    ["refs/heads/main"],
    ["refs/heads/x/*"],
  ),
  excludes: often<readonly string[]>([], ["refs/heads/main"], ["refs/heads/r*"]),
  review: fc.option(
    fc.record({
      approvals: fc.nat({ max: 2 }),
      dismiss: often(true, false),
      owners: fc.boolean(),
      lastPush: often(true, false),
      methods: often<readonly string[]>(["merge", "squash"], ["merge"], ["rebase"], []),
    }),
    { freq: 8 },
  ),
  check: often<SmallGuard["check"]>("actions", "none", "anybody"),
  linear: often(false, true),
  signed: often(true, false),
  bypass: often<SmallGuard["bypass"]>(
    [],
    [{ type: "Team", id: 1, mode: "always" }],
    [{ type: "Team", id: 2, mode: "pull_request" }],
    [{ type: "RepositoryRole", id: 5, mode: "pull_request" }],
    [{ type: "OrganizationAdmin", id: null, mode: "always" }],
    [{ type: "Integration", id: 15_368, mode: "always" }],
    [{ type: "Integration", id: 77, mode: "always" }],
    [{ type: "DeployKey", id: null, mode: "always" }],
  ),
});

const members = fc.subarray(["ann", "bob", "cyd"]);

/** Most settings most often safe: a world with everything open tells nothing about the rest. */
export const smallWorlds: fc.Arbitrary<SmallWorld> = fc.record({
  account: often<SmallWorld["account"]>("organization", "user"),
  guards: fc.array(guard, { minLength: 1, maxLength: 2 }),
  grants: fc.array(fc.constantFrom("pull" as const, "push" as const, "push" as const, "admin" as const), { maxLength: 2 }),
  members: fc.tuple(members, members),
  mayApprove: often(false, true),
  owners: often<SmallWorld["owners"]>("all", "none", "all but overlays", "a team of no rights"),
  environment: fc.record({
    reviewed: fc.boolean(),
    selfReview: often(false, true),
    adminBypass: often(false, true),
    from: often<SmallWorld["environment"]["from"]>("main", "any", "x/*", "tags"),
    hasKey: fc.boolean(),
    trusted: often(false, true),
  }),
  keyInRepository: often(false, true),
  jobWrites: often(false, true),
  deployKey: often(false, true),
  follows: often<SmallWorld["follows"]>("main", "HEAD", "release"),
  tag: often<SmallWorld["tag"]>("sha-1", "latest"),
  trigger: often<SmallWorld["trigger"]>("always", "paths", "other branch", "push"),
  opens: fc.constantFrom("nothing", "token", "app"),
  methods: often(
    { merge: true, squash: true, rebase: true },
    { merge: true, squash: false, rebase: false },
    { merge: false, squash: false, rebase: true },
  ),
});
