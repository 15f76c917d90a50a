/** What stands before a branch, and every way past it that shows a change to nobody. */
import { github } from "../../policies/rules/declaration.ts";
import { guardsOfBranch, type Guard } from "../../policies/rules/branch-guards.ts";
import { bypassOf, type Identity } from "./actors.ts";
import type { Step } from "../theorem.ts";
import type { ProofSystem, ProofWorld } from "../world.ts";

/** What is asked of one branch by the rulesets that somebody cannot step around. */
export interface Demands {
  readonly guards: readonly Guard[];
  readonly pullRequest?: Guard;
  readonly approvals: number;
  readonly codeOwners: boolean;
  readonly lastPush: boolean;
  readonly dismissal: boolean;
}

const found = new WeakMap<ProofSystem, Map<string, readonly Guard[]>>();

/** The guards of a branch; looked for once, as every actor comes by them. @throws UnknownValue where there may be more of them */
export function guardsOf(world: ProofWorld, of: ProofSystem, branch: string): readonly Guard[] {
  const known = found.get(of) ?? new Map<string, readonly Guard[]>();
  found.set(of, known);
  const guards = known.get(branch) ?? findGuards(world, of, branch);
  known.set(branch, guards);
  return guards;
}

function findGuards(world: ProofWorld, of: ProofSystem, branch: string): readonly Guard[] {
  const { name } = of.system.repository;
  return [...guardsOfBranch({ repository: name, branch, isDefault: branch === defaultBranch(world, of) }, world.declared).each()];
}

/** @throws UnknownValue */
export function defaultBranch(world: ProofWorld, of: ProofSystem): string {
  const [declared] = world.of(github("BranchDefault"), of.repository);
  return declared?.text("branch") ?? of.system.branches.find((branch) => branch.default === true)?.name ?? "main";
}

/** Whether somebody steps around a guard by doing this. Classic protection lets administrators and those it names around. */
export function isAround(guard: Guard, who: Identity, by: "push" | "merge"): Step["at"] | undefined {
  if (guard.kind === "classic") {
    if (who.role === "admin" && !guard.declaration.flag("enforceAdmins")) return `${guard.declaration.name} enforceAdmins`;
    // Who the rest are is known by node ids only, so any person who pushes may be one of them.
    const named = guard.bypasses().filter((each) => each !== "administrators");
    return who.kind === "person" && named.length > 0 && by === "merge" ? `${guard.declaration.name} ${named.join(", ")}` : undefined;
  }
  const bypass = bypassOf(guard.declaration, who);
  return bypass !== undefined && (bypass.mode === "always" || by === "merge") ? bypass.at : undefined;
}

/** What is left of a branch's rules for somebody. @throws UnknownValue */
export function demandsOn(guards: readonly Guard[], who: Identity, by: "push" | "merge"): Demands {
  const left = guards.filter((guard) => isAround(guard, who, by) === undefined);
  const pullRequest = left.find((guard) => guard.requiresPullRequest());
  return {
    guards: left,
    ...(pullRequest !== undefined && { pullRequest }),
    approvals: Math.max(0, ...left.map((guard) => (guard.requiresPullRequest() ? guard.approvals() : 0))),
    codeOwners: left.some((guard) => guard.requiresPullRequest() && guard.requiresCodeOwners()),
    lastPush: left.some((guard) => guard.requiresPullRequest() && guard.requiresLastPushApproval()),
    dismissal: left.some((guard) => guard.requiresPullRequest() && guard.dismissesStaleReviews()),
  };
}

/** Nobody may push to a branch whose updates a ruleset restricts, but those around it. */
export const isFrozen = (guards: readonly Guard[]): boolean =>
  guards.some(({ kind, declaration }) => kind === "ruleset" && declaration.flag("rules.update"));

/** Property of a pull request's rule, in the words of the resource that has it. */
export function reviewProperty(guard: Guard, ruleset: string, classic: string): string {
  if (guard.kind === "ruleset") return `${guard.declaration.name} rules.pullRequest.${ruleset}`;
  const list = Array.isArray(guard.declaration.get("requiredPullRequestReviews"));
  return `${guard.declaration.name} requiredPullRequestReviews${list ? ".0" : ""}.${classic}`;
}
