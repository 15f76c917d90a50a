/** The edges of one actor: all that leads on from what they may do, to what runs in a production tier or is published from it. */
import { github, type Declaration } from "../../policies/rules/declaration.ts";
import { resolveRequiredChecks, type WorkflowFacts } from "../../pipelines/index.ts";
import type { Identity } from "./actors.ts";
import { deployRefsOf, passAlone } from "./environment.ts";
import { defaultBranch, demandsOn, guardsOf } from "./gate.ts";
import { unownedFile } from "./owners.ts";
import type { Edge, Fact } from "./search.ts";
import { isTagGuarded, nameLike } from "./tags.ts";
import { actionsMayApprove, appKeys } from "./tokens.ts";
import { waysInto } from "./ways.ts";
import type { Step } from "../theorem.ts";
import type { ProofSystem, ProofWorld } from "../world.ts";

export const commit = (branch: string): Fact => `commit on ${branch}`;
const code = (branch: string): Fact => `code of jobs on ${branch}`;
export const job = (environment: string): Fact => `job of ${environment.toLowerCase()}`;
export const TOKEN: Fact = "token of a job";
const APP: Fact = "key of the app";
const HEADS: Fact = "commit on a branch of theirs";
const tagged = (pattern: string): Fact => `commit at tag ${pattern}`;

const all = { contents: "write", pullRequests: "write", packages: "write" };
/** Who writes the job says what its token may. */
const ownToken = { kind: "token", text: "a job of theirs", permissions: all } as const;
/** Which App a key belongs to is known at GitHub only, so it may be any that a ruleset names. */
const ownApp = { kind: "app", text: "the App, whose key they have,", app: "any", permissions: all } as const;

/** What one actor can do in one repository. */
export class Paths {
  readonly #world: ProofWorld;
  readonly #of: ProofSystem;
  readonly #who: Identity;
  readonly #alone: boolean;

  constructor(world: ProofWorld, of: ProofSystem, who: Identity, alone: boolean) {
    this.#world = world;
    this.#of = of;
    this.#who = who;
    this.#alone = alone;
  }

  /** From nothing to a branch's head. `relevant`: files whose change matters there. @throws UnknownValue */
  toBranch(branch: string, relevant: (path: string) => boolean): readonly Edge[] {
    const { repository, files } = this.#of;
    const person = this.#who.kind === "person" && !this.#alone;
    const { may, at } = actionsMayApprove(this.#world, this.#of);
    const ways = waysInto({
      branch,
      repository,
      guards: guardsOf(this.#world, this.#of, branch),
      who: this.#who,
      ...(person && {
        token: { fact: TOKEN, may, at, who: { ...ownToken, at } },
        app: { fact: APP, at: this.#appAt(), who: { ...ownApp, at: this.#appAt() } },
        heads: HEADS,
      }),
      owners: { matter: unownedFile(files, relevant) === undefined, include: this.#isOwner() },
      checks: checksOf(this.#of, branch),
      alone: this.#alone,
    });
    return ways.map(({ from, steps }) => ({ from, to: commit(branch), steps }));
  }

  /** What a person who pushes gets without any gate: branches, jobs of their own with their tokens, tags. @throws UnknownValue */
  ownJobs(): readonly Edge[] {
    if (this.#who.kind !== "person") {
      // Of a declared job nothing but an image is its own: it runs the code that was reviewed.
      return this.#who.permissions?.packages === "write" ? [{ from: [], to: TOKEN, steps: [this.#has()] }] : [];
    }
    if (this.#alone) return [];
    const name = "topic";
    const guards = guardsOf(this.#world, this.#of, name);
    const heads = demandsOn(guards, this.#who, "push").pullRequest !== undefined ? [] : [{ from: [], to: HEADS, steps: [] }];
    const [enabled] = this.#world.of(github("ActionsRepositoryPermissions"), this.#of.repository);
    if (enabled?.get("enabled") === false) return heads;
    const text = `${this.#who.text} pushes a branch with a workflow of their own, whose job has a GITHUB_TOKEN that writes`;
    return [...heads, { from: [HEADS], to: TOKEN, steps: [{ text, at: this.#who.at }] }];
  }

  /** Into a job of an environment with code of theirs. `runs`: files that jobs read their code from. @throws UnknownValue */
  toEnvironment(environment: Declaration, runs: (path: string) => boolean): readonly Edge[] {
    const name = environment.text("environment") ?? "";
    const pass = passAlone(environment, this.#who);
    if (this.#who.kind !== "person" || this.#alone || pass === undefined) return [];
    const edges: Edge[] = [];
    for (const { kind, pattern, at } of deployRefsOf(this.#world, this.#of, environment)) {
      if (kind === "any") {
        edges.push({ from: [TOKEN], to: job(name), steps: [{ text: "any branch may deploy, theirs as well", at }, pass] });
      } else if (kind === "tag") {
        edges.push(...this.#toTag(pattern), { from: [tagged(pattern)], to: job(name), steps: [pass] });
      } else {
        const branch = /[*?[]/u.test(pattern) ? nameLike(pattern) : pattern;
        // Not the fact that Argo CD deploys from the branch: other files matter there, and each may be easier to change than these.
        const into = this.toBranch(branch, runs).map((edge) => ({ ...edge, to: code(branch) }));
        edges.push(...into, { from: [code(branch)], to: job(name), steps: [pass] });
      }
    }
    return edges;
  }

  /** A tag of theirs, on a commit of theirs, where no ruleset says who may make one. */
  #toTag(pattern: string): readonly Edge[] {
    if (isTagGuarded(this.#world, this.#of, pattern)) return [];
    const text = `${this.#who.text} makes a tag ${pattern} on a commit with a workflow of their own, which starts with it`;
    return [{ from: [HEADS], to: tagged(pattern), steps: [{ text, at: `${this.#of.repository} tags ${pattern}` }] }];
  }

  /** From secrets to the App whose key they are. @throws UnknownValue */
  toApp(): readonly Edge[] {
    const keys = appKeys(this.#of.workflows);
    const isKey = (secret: Declaration): boolean => keys.has(secret.text("secretName")?.toUpperCase() ?? "");
    const read = (secret: Declaration, from: Fact): Edge => ({
      from: [from],
      to: APP,
      steps: [{ text: `the job reads secret ${secret.text("secretName") ?? ""}, the key of an App`, at: `${secret.name} secretName` }],
    });
    return [
      ...this.#world
        .of(github("ActionsSecret"), this.#of.repository)
        .filter(isKey)
        .map((secret) => read(secret, TOKEN)),
      ...this.#world
        .of(github("ActionsEnvironmentSecret"), this.#of.repository)
        .filter(isKey)
        .map((secret) => read(secret, job(secret.text("environment") ?? ""))),
    ];
  }

  #appAt(): string {
    const [workflow] = this.#of.workflows.filter((each: WorkflowFacts) => appKeys([each]).size > 0);
    const step = workflow?.jobs
      .flatMap(({ steps }) => steps)
      .find((each) => Object.keys(each.with).some((input) => /private[-_]key/iu.test(input)));
    return `${workflow?.file ?? this.#of.repository}:${step?.line ?? 1}`;
  }

  #isOwner(): boolean {
    const { owns } = this.#who;
    if (owns === "all") return true;
    const text = [...this.#of.files].filter(([path]) => path.endsWith("CODEOWNERS")).map(([, each]) => each);
    return text.some((each) => (owns ?? []).some((name) => each.toLowerCase().includes(`@${name.toLowerCase()}`)));
  }

  #has(): Step {
    return { text: `${this.#who.text} has a GITHUB_TOKEN that may write`, at: this.#who.at };
  }
}

const contexts = new WeakMap<ProofSystem, Map<string, readonly string[]>>();

/** Contexts that a system declares as the checks of a branch; worked out once, as every actor comes by every branch. */
export function checksOf(of: ProofSystem, branch: string): readonly string[] {
  const known = contexts.get(of) ?? new Map<string, readonly string[]>();
  contexts.set(of, known);
  const checks = known.get(branch) ?? declaredChecks(of, branch);
  known.set(branch, checks);
  return checks;
}

function declaredChecks(of: ProofSystem, branch: string): readonly string[] {
  const gate = of.system.branches.find(({ name }) => name === branch)?.gate;
  if (gate?.checks == null) return [];
  const resolved = resolveRequiredChecks(of.pipelines, gate.checks.required, { branch, repository: of.repository });
  return resolved.contexts.map(({ context }) => context);
}

/** The branch that a revision of an Application stands for; `undefined` for a tag or a commit. @throws UnknownValue */
export function branchOf(world: ProofWorld, of: ProofSystem, revision: string): string | undefined {
  if (revision === "HEAD" || revision === "") return defaultBranch(world, of);
  const name = revision.replace(/^refs\/heads\//u, "");
  return /^[0-9a-f]{40}$/u.test(name) || name.startsWith("refs/tags/") ? undefined : name;
}
