/** What stands before a deployment environment. */
import { github, type Declaration } from "../../policies/rules/declaration.ts";
import type { Identity } from "./actors.ts";
import type { Step } from "../theorem.ts";
import type { ProofSystem, ProofWorld } from "../world.ts";

/** The resource that declares an environment; GitHub makes one without any rule where a job names another. @throws UnknownValue */
export function environmentOf(world: ProofWorld, of: ProofSystem, name: string): Declaration | undefined {
  const same = (one: Declaration): boolean => one.text("environment")?.toLowerCase() === name.toLowerCase();
  return world.of(github("RepositoryEnvironment"), of.repository).find(same);
}

/** Ids of teams and people that may approve; empty where nobody has to. @throws UnknownValue */
export function reviewersOf(environment: Declaration): { readonly teams: readonly string[]; readonly users: readonly string[] } {
  const all = environment.list("reviewers") as readonly Record<string, unknown>[];
  const ids = (kind: string): readonly string[] => all.flatMap((one) => (Array.isArray(one[kind]) ? one[kind].map(String) : []));
  return { teams: ids("teams"), users: ids("users") };
}

/** Does a job of it wait for somebody? @throws UnknownValue */
export function waitsForReviewer(environment: Declaration | undefined): boolean {
  if (environment === undefined) return false;
  const { teams, users } = reviewersOf(environment);
  return teams.length + users.length > 0;
}

/** A ref that may deploy. `*` where any may. */
export interface DeployRef {
  readonly kind: "branch" | "tag" | "any";
  readonly pattern: string;
  /** The policy that lets it. */
  readonly at: string;
}

/** @throws UnknownValue */
export function deployRefsOf(world: ProofWorld, of: ProofSystem, environment: Declaration): readonly DeployRef[] {
  if (environment.flag("deploymentBranchPolicy.protectedBranches")) {
    const at = `${environment.name} deploymentBranchPolicy.protectedBranches`;
    return of.system.branches.map(({ name }) => ({ kind: "branch", pattern: name, at }));
  }
  if (!environment.flag("deploymentBranchPolicy.customBranchPolicies")) {
    return [{ kind: "any", pattern: "*", at: `${environment.name} deploymentBranchPolicy` }];
  }
  const name = environment.text("environment");
  return world
    .of(github("RepositoryEnvironmentDeploymentPolicy"), of.repository)
    .filter((policy) => policy.text("environment") === name)
    .flatMap((policy): DeployRef[] => {
      const [branch, tag] = [policy.text("branchPattern"), policy.text("tagPattern")];
      if (branch !== undefined) return [{ kind: "branch", pattern: branch, at: `${policy.name} branchPattern` }];
      return tag === undefined ? [] : [{ kind: "tag", pattern: tag, at: `${policy.name} tagPattern` }];
    });
}

/** How somebody alone gets a job of theirs past the rules of an environment; `undefined` where another person has to approve. */
export function passAlone(environment: Declaration, who: Identity): Step | undefined {
  const name = environment.text("environment") ?? environment.name;
  if (!waitsForReviewer(environment)) {
    return { text: `a job of theirs uses environment ${name}, which waits for nobody`, at: `${environment.name} reviewers` };
  }
  // GitHub's own default lets administrators.
  if (who.role === "admin" && environment.get("canAdminsBypass") !== false) {
    return {
      text: `${who.text} lets a job of theirs past the reviewers of environment ${name}`,
      at: `${environment.name} canAdminsBypass`,
    };
  }
  if (who.kind !== "person" || environment.flag("preventSelfReview")) return undefined;
  const text = `${who.text}, being a reviewer too, approves a job of their own for environment ${name}`;
  return { text, at: `${environment.name} preventSelfReview` };
}
