/** A small world as GitHub reads it, for the walkers: written from GitHub's documents, and sharing nothing with the proof but its input. */
import { parse } from "yaml";
import type { Declaration } from "../../../policies/rules/declaration.ts";
import type { ProofWorldInput } from "../../../proof/index.ts";

export interface Rules {
  readonly bypass: readonly { readonly type: string; readonly id: string; readonly always: boolean }[];
  readonly review?: { readonly count: number; readonly dismiss: boolean; readonly owners: boolean; readonly lastPush: boolean };
  readonly methods: readonly string[];
  readonly checks: readonly { readonly context: string; readonly pinned: boolean }[];
  readonly linear: boolean;
  readonly signed: boolean;
}

export interface Access {
  readonly team?: string;
  readonly teamName?: string;
  readonly login?: string;
  readonly permission: string;
}

export class WalkedWorld {
  readonly #resources: readonly Declaration[];
  readonly #files: ReadonlyMap<string, string>;
  readonly #rules = new Map<string, readonly Rules[]>();
  readonly account: { readonly login: string; readonly isUser: boolean };
  readonly access: readonly Access[];
  readonly members: ReadonlyMap<string, readonly string[]>;
  /** Does a cloud take the tokens of the environment's jobs? */
  readonly isTrusted: boolean;

  constructor({ resources, systems, teams }: ProofWorldInput) {
    const [system] = systems;
    if (system === undefined) throw new Error("a small world has a system");
    this.#resources = resources;
    this.#files = system.files;
    const { login, kind } = system.system.repository.owner;
    this.account = { login, isUser: kind === "user" };
    this.isTrusted = system.system.environments.some(({ trustedBy = [] }) => trustedBy.length > 0);
    this.members = new Map([...(teams ?? [])].map(([name, logins]) => [name.split("/")[1] ?? "", logins]));
    this.access = [
      ...this.kind("TeamRepository").map((each) => ({
        team: String(each.get("teamId")),
        teamName: each.name.endsWith("one") ? "one" : "two",
        permission: String(each.get("permission")),
      })),
      ...this.kind("RepositoryCollaborator").map((each) => ({
        login: String(each.get("username")),
        permission: String(each.get("permission")),
      })),
    ].filter(({ permission }) => permission !== "pull");
  }

  /** Resources whose type ends so. */
  kind(name: string): readonly Declaration[] {
    return this.#resources.filter(({ type }) => type.endsWith(`:${name}`));
  }

  /** Only active rulesets that include the branch and do not exclude it. */
  rulesOf(branch: string): readonly Rules[] {
    const rules = this.#rules.get(branch) ?? this.#read(branch);
    this.#rules.set(branch, rules);
    return rules;
  }

  #read(branch: string): readonly Rules[] {
    return [...this.kind("RepositoryRuleset"), ...this.kind("OrganizationRuleset")]
      .filter((each) => {
        const { includes, excludes } = each.get("conditions.refName") as { includes: string[]; excludes: string[] };
        const matches = (pattern: string): boolean =>
          pattern === "~ALL" || (pattern === "~DEFAULT_BRANCH" && branch === "main") || like(pattern, `refs/heads/${branch}`);
        return each.get("enforcement") === "active" && includes.some(matches) && !excludes.some(matches);
      })
      .map(rulesIn);
  }

  get mayApprove(): boolean {
    return this.kind("WorkflowRepositoryPermissions")[0]?.get("canApprovePullRequestReviews") === true;
  }

  get paths(): readonly string[] {
    return [...this.#files.keys()];
  }

  /** Owners of a file by the last line that matches; none where nobody has to approve. */
  ownersOf(path: string): readonly string[] {
    let owners: readonly string[] = [];
    for (const line of (this.#files.get(".github/CODEOWNERS") ?? "").split("\n")) {
      const [pattern, ...names] = line.split(" ");
      if (pattern === "*" || (pattern === "/deploy/" && path.startsWith("deploy/")))
        owners = names.map((name) => name.replace("@acme/", ""));
    }
    return owners;
  }

  /** Does a workflow start on a pull request to a branch that changes only one file? */
  startsOn(branch: string, path: string, head: "here" | "fork"): boolean {
    const on = eventsOf(this.#files.get(".github/workflows/ci.yml") ?? "");
    if ("push" in on) return head === "here";
    const { branches, paths } = on["pull_request"] ?? {};
    return (
      (branches === undefined || branches.includes(branch)) &&
      (paths === undefined || paths.some((pattern) => path.startsWith(pattern.replace("**", ""))))
    );
  }

  /** Does a workflow open pull requests with its own token, and may it? */
  get tokenOpens(): boolean {
    const text = this.#files.get(".github/workflows/cd.yml") ?? "";
    return this.mayApprove && text.includes("gh pr create") && !text.includes("GH_TOKEN");
  }

  get jobWrites(): boolean {
    return (this.#files.get(".github/workflows/cd.yml") ?? "").includes("contents: write");
  }

  get productionBranch(): string {
    const revision = this.kind("Application")[0]?.get("spec.source.targetRevision");
    return revision === "HEAD" ? "main" : String(revision);
  }

  get followsMovingTag(): boolean {
    return (this.#files.get("deploy/kustomization.yaml") ?? "").includes("newTag: latest");
  }
}

type Events = Readonly<Record<string, Readonly<Record<string, string[]>> | null>>;
const known = new Map<string, Events>();

/** The files of small worlds are few, and reading YAML is slow. */
function eventsOf(text: string): Events {
  const events = known.get(text) ?? (parse(text) as { on: Events }).on;
  known.set(text, events);
  return events;
}

function rulesIn(ruleset: Declaration): Rules {
  const rules = ruleset.get("rules") as Record<string, unknown>;
  const review = rules["pullRequest"] as Record<string, unknown> | undefined;
  const checks =
    (rules["requiredStatusChecks"] as { requiredChecks: { context: string; integrationId?: number }[] } | undefined)?.requiredChecks ?? [];
  const actors = ruleset.get("bypassActors") as { actorType: string; actorId?: number; bypassMode: string }[];
  return {
    bypass: actors.map(({ actorType, actorId, bypassMode }) => ({ type: actorType, id: String(actorId), always: bypassMode === "always" })),
    ...(review !== undefined && {
      review: {
        count: Number(review["requiredApprovingReviewCount"]),
        dismiss: review["dismissStaleReviewsOnPush"] === true,
        owners: review["requireCodeOwnerReview"] === true,
        lastPush: review["requireLastPushApproval"] === true,
      },
    }),
    methods: (review?.["allowedMergeMethods"] as string[] | undefined) ?? [],
    checks: checks.map(({ context, integrationId }) => ({ context, pinned: integrationId !== undefined })),
    linear: rules["requiredLinearHistory"] === true,
    signed: rules["requiredSignatures"] === true,
  };
}

/** `*` stands for any text without a `/`. */
const like = (pattern: string, text: string): boolean =>
  new RegExp(`^${pattern.replace(/[.]/gu, "\\.").replace(/\*/gu, "[^/]*")}$`, "u").test(text);
