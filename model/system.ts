/**
 * What a delivery system declares: plain data, no Pulumi, no functions.
 *
 * Everywhere: `null` means "deliberately not enforced" and is listed in the report; an absent field means the default, and the default
 * is the safe choice. Names are GitHub's and Argo CD's own.
 */

import type { Channel, NotificationRule } from "./notification.ts";
import type { Strategy } from "./strategy.ts";
import type { DeploymentWindows } from "./windows.ts";

/** One delivery system: a repository, its gates, and the places it is deployed to. Exported by `systems/<name>/system.ts`. */
export interface System {
  /** Folder under `systems/`, and the key of this system in stack configuration. Lower case letters, digits and `-`. */
  readonly name: string;
  readonly title: string;
  readonly repository: Repository;
  /** From first to last; the last one, and only the last, has `production: true`. */
  readonly tiers: readonly Tier[];
  /** Long-lived branches. Exactly one has `default: true`. */
  readonly branches: readonly Branch[];
  /** Tags that releases are made from. */
  readonly tags: readonly TagGate[];
  readonly environments: readonly Environment[];
  /** Secrets of the repository itself. Prefer an environment's. */
  readonly secrets?: readonly Secret[];
  readonly variables?: readonly Variable[];
  readonly packages?: readonly Package[];
  /** Where notifications go, by name. Their secrets belong to the environment `notifications`. */
  readonly channels?: Readonly<Record<string, Channel>>;
  /** Who hears of what. Every failure of a production tier must reach somebody. */
  readonly notifications?: readonly NotificationRule[];
  /** Self-hosted runners that workflows name. */
  readonly runners?: readonly Runner[];
  /** Which workflows are its CI and its CD: what the figures of both are counted from. */
  readonly workflows?: Workflows;
  /** What the document promises of them. */
  readonly objectives?: Objectives;
}

/** File names under `.github/workflows/`. */
export interface Workflows {
  readonly ci: readonly string[];
  readonly cd: readonly string[];
}

/** What is promised: rates in percent, to be above; times in minutes, to be below. */
export interface Objectives {
  /** CI runs that pass. */
  readonly ci?: number;
  /** CD runs that pass. */
  readonly cd?: number;
  /** Deployments that succeed, over all tiers. */
  readonly deployment?: number;
  /** What 95 of 100 CI runs take less than. */
  readonly ciMinutes?: number;
  /** Mean time until CI has said that it failed or passed. */
  readonly feedbackMinutes?: number;
}

/** Kind and plan of the account that owns the repository: some features exist only on some of them. */
export interface Account {
  readonly login: string;
  readonly kind: "organization" | "user";
  /** Organizations: free, team, enterprise. Users: free, pro. */
  readonly plan: "free" | "pro" | "team" | "enterprise";
}

export interface Repository {
  readonly owner: Account;
  readonly name: string;
  readonly description: string;
  readonly visibility: "public" | "private" | "internal";
  readonly homepage?: string;
  readonly topics?: readonly string[];
  readonly features?: { readonly issues?: boolean; readonly wiki?: boolean; readonly projects?: boolean; readonly discussions?: boolean };
  /** At least one. @default squash only */
  readonly mergeMethods?: readonly ("merge" | "squash" | "rebase")[];
  /** Text of a squash commit. @default `PR_TITLE` and `PR_BODY` */
  readonly squashCommit?: { readonly title: "PR_TITLE" | "COMMIT_OR_PR_TITLE"; readonly message: "PR_BODY" | "COMMIT_MESSAGES" | "BLANK" };
  /** @default false: auto-merge is a way to merge that nobody looks at. */
  readonly autoMerge?: boolean;
  /**
   * GitHub deletes a merged head branch even where a ruleset forbids deletion, so a promotion from one long-lived branch to another
   * would lose the first. @default true with a single long-lived branch, else false
   */
  readonly deleteBranchOnMerge?: boolean;
  /** Teams' rights by slug; the teams must exist. Organizations only. */
  readonly teams?: Readonly<Record<string, Permission>>;
  /** Rights of single users by login. */
  readonly collaborators?: Readonly<Record<string, Permission>>;
  readonly actions: ActionsPermissions;
  readonly security?: RepositorySecurity;
  readonly labels?: readonly Label[];
  readonly autolinks?: readonly { readonly prefix: string; readonly url: string }[];
  readonly pages?: { readonly buildType: "workflow" };
  /**
   * Claims that make up the subject of OpenID Connect tokens, in order. A cloud that compares the whole subject needs `repository_id` and
   * `context`: see `model/subject.ts`. @default GitHub's own: `repo`, `context`
   */
  readonly oidcSubject?: readonly SubjectClaim[];
}

export type SubjectClaim = "repo" | "context" | "job_workflow_ref" | "ref" | "environment" | "actor" | "repository_id" | "repository_owner";

export type Permission = "pull" | "triage" | "push" | "maintain" | "admin";

export interface Label {
  readonly name: string;
  /** Six hexadecimal digits, no `#`. */
  readonly color: string;
  readonly description?: string;
}

export interface ActionsPermissions {
  /** Actions that workflows may use besides the owner's own, as `owner/repo@*` patterns. */
  readonly allowedActions: readonly string[];
  /** Actions made by GitHub itself. @default true */
  readonly githubOwnedAllowed?: boolean;
  /** Actions by verified creators. @default false */
  readonly verifiedAllowed?: boolean;
  /** Every action must be pinned to a full commit SHA. @default true */
  readonly shaPinningRequired?: boolean;
  /** Default rights of `GITHUB_TOKEN`. @default "read" */
  readonly defaultWorkflowPermissions?: "read" | "write";
  /**
   * May `GITHUB_TOKEN` create and approve pull requests? One switch at GitHub for both. @default false.
   * A system whose CD proposes promotion pull requests with `GITHUB_TOKEN` sets it, and its ruleset must then ask for a code owner or
   * a last-push approval so that the approval of a workflow is never enough.
   */
  readonly canApprovePullRequestReviews?: boolean;
}

/** All default to on, where the plan and the visibility allow. */
export interface RepositorySecurity {
  readonly vulnerabilityAlerts?: boolean | null;
  readonly dependabotSecurityUpdates?: boolean | null;
  readonly secretScanning?: boolean | null;
  readonly secretScanningPushProtection?: boolean | null;
}

/** One place that a system is deployed to. Each belongs to exactly one stack. */
export interface Tier {
  readonly name: string;
  readonly production?: boolean;
  readonly target?: Target;
  /** When it may be deployed to. @default always */
  readonly windows?: DeploymentWindows;
}

export type Target = GitOpsTarget | DockerTarget;

/** A container on a Docker host, in a network of its own. */
export interface DockerTarget {
  readonly kind: "docker";
  /** Name of the container. */
  readonly container: string;
  /** One of the system's packages; a stack says which tag. */
  readonly package: string;
  /** Port of the host's loopback address. */
  readonly hostPort: number;
  /** Port that the image listens on. */
  readonly containerPort: number;
  /** Asked with GET; anything but 200 is unhealthy. */
  readonly health: {
    readonly path: string;
    readonly intervalSeconds?: number;
    readonly timeoutSeconds?: number;
    readonly retries?: number;
  };
  /** Environment variables; nothing secret. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Named volumes: name → path in the container. */
  readonly volumes?: Readonly<Record<string, string>>;
}

/** A kind of self-hosted runner, and who may use it. */
export interface Runner {
  /** @example ["self-hosted", "Linux", "X64"] */
  readonly labels: readonly string[];
  /** Files under `.github/workflows/` whose jobs may run on it. No event of a fork may start one of them. */
  readonly workflows: readonly string[];
  /** Runner group that holds it to these workflows. Organizations only: a user account has none. */
  readonly group?: string;
}

/** An Argo CD Application in an AppProject of its own, which allows just what the Application needs. */
export interface GitOpsTarget {
  readonly kind: "argocd";
  /** Name of the Application, and of its AppProject. */
  readonly application: string;
  /** Namespace deployed to; created by Gatehouse with the pull secret in it. */
  readonly namespace: string;
  /** One of the system's branches. */
  readonly branch: string;
  /** Folder of the Kustomize overlay, relative to the repository's root. */
  readonly path: string;
  /** Kinds that the overlay may create, as `group/Kind` (`/Service` for the core group). Nothing else is allowed by the AppProject. */
  readonly kinds: readonly string[];
  /** @default prune and selfHeal */
  readonly automated?: { readonly prune: boolean; readonly selfHeal: boolean } | null;
  /** Only commits signed by a key of the stack's `signatureKeys` are synced. @default true for production */
  readonly signedCommits?: boolean | null;
  /** How new versions take the place of old ones, one per workload. @default the overlay's own Deployments, rolling */
  readonly strategies?: readonly Strategy[];
}

/** A check that must succeed before a merge, named by the job that makes it. The context is derived from the workflow file. */
export interface CheckRef {
  /** File name under `.github/workflows/`. */
  readonly workflow: string;
  /** Job id in that file. For a matrix job every combination that will report is required. */
  readonly job: string;
}

export interface Branch {
  readonly name: string;
  readonly default?: boolean;
  /** The tier that is deployed from it: decides which stack owns the ruleset. A branch without one belongs to the foundation. */
  readonly tier?: string;
  readonly gate: BranchGate | null;
}

/** Somebody who may step around a ruleset, by name. */
export type BypassActor =
  | { readonly kind: "team"; readonly slug: string; readonly mode: "always" | "pull_request" }
  | { readonly kind: "role"; readonly role: "maintain" | "write" | "admin"; readonly mode: "always" | "pull_request" }
  | { readonly kind: "organizationAdmin"; readonly mode: "always" | "pull_request" };

export interface BranchGate {
  readonly pullRequest: PullRequestRule | null;
  readonly checks: RequiredChecks | null;
  /** @default true on a branch of a production tier, else false */
  readonly signedCommits?: boolean | null;
  /** @default false */
  readonly linearHistory?: boolean;
  readonly mergeQueue?: { readonly method: "MERGE" | "SQUASH" | "REBASE" };
  /** @default [] : nobody */
  readonly bypass?: readonly BypassActor[];
}

export interface PullRequestRule {
  /** 0 to 10. @default 1 */
  readonly approvals?: number;
  /** @default true */
  readonly dismissStaleReviews?: boolean;
  /** @default true where the repository carries a CODEOWNERS file */
  readonly codeOwners?: boolean;
  /** @default true */
  readonly lastPushApproval?: boolean;
  /** @default true */
  readonly threadResolution?: boolean;
}

export interface RequiredChecks {
  readonly required: readonly CheckRef[];
  /** The branch must be up to date before a merge. @default true */
  readonly strict?: boolean;
}

/** Tags that cannot be moved or deleted. */
export interface TagGate {
  /** fnmatch pattern, such as `v*`. */
  readonly pattern: string;
  /** Who may create such a tag. @default anyone with push; creation is what a release workflow does */
  readonly bypass?: readonly BypassActor[];
}

/** A GitHub deployment environment. */
export interface Environment {
  readonly name: string;
  /** The tier whose stack owns it. */
  readonly tier: string;
  /** At most six. One approval by any of them is enough for GitHub. */
  readonly reviewers?: readonly Reviewer[];
  /**
   * Another environment, that other people approve: every job of this one must need a job of that one, so that two different people
   * approve. One environment alone cannot do that: GitHub is satisfied by one approval, however many reviewers it lists.
   * The teams may have no member in common, which is looked up before anything is changed.
   */
  readonly approvedAfter?: string;
  /** 0 to 43,200. @default 0 */
  readonly waitTimerMinutes?: number;
  /** May whoever started the run approve it? @default false */
  readonly selfReview?: boolean;
  /** May administrators skip the rules? @default false */
  readonly adminBypass?: boolean;
  /** What may deploy to it. Never empty: an environment that any branch may use guards nothing. */
  readonly deployFrom: { readonly branches?: readonly string[]; readonly tags?: readonly string[] };
  readonly secrets?: readonly Secret[];
  readonly variables?: readonly Variable[];
  /** Clouds and registries that trust this environment's OpenID Connect token: no long-lived credential is stored for them. */
  readonly trustedBy?: readonly TrustedPublisher[];
}

/** Who accepts the OpenID Connect token of a job, and for what. Set up there; the subject is what has to be entered. */
export type TrustedPublisher =
  | { readonly kind: "azure"; /** Name of the federated credential. */ readonly credential: string }
  | {
      readonly kind: "pypi";
      readonly project: string;
      readonly workflow: string;
      /** TestPyPI is a rehearsal: nobody installs from it, so publishing there is no deployment to production. @default PyPI */
      readonly index?: "testpypi";
    };

export type Reviewer = { readonly kind: "team"; readonly slug: string } | { readonly kind: "user"; readonly login: string };

/** A secret by name; its value comes from stack configuration or the environment, never from here. */
export interface Secret {
  readonly name: string;
  /** What it is for, and where a person gets the value. */
  readonly purpose: string;
  /** Days after which it must be renewed. @default 90 */
  readonly maxAgeDays?: number;
}

export interface Variable {
  readonly name: string;
  readonly value: string;
}

/** A container image in GHCR under the repository's owner. */
export interface Package {
  /** Name without the registry and the owner, such as `dex`. */
  readonly name: string;
  /** GitHub has no API to set it: it is what a check compares with. */
  readonly visibility: "public" | "private" | "internal";
  /** Tags that never move, as patterns (`sha-*`), and tags that do (`latest`). */
  readonly tags: { readonly immutable: readonly string[]; readonly moving: readonly string[] };
  /** Overlays' tag at the first commit, before CD has built anything: the image that a new installation starts from. */
  readonly initialTag: string;
  /** Untagged versions older than this may be removed. @default 90 */
  readonly retentionDays?: number;
}
