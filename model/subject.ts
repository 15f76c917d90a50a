/**
 * The subject of a job's OpenID Connect token: what has to be entered where it is trusted.
 * https://docs.github.com/actions/reference/security/oidc
 */
import type { Environment, SubjectClaim, System } from "./system.ts";

/** What is known once the repository exists. */
export interface SubjectFacts {
  /** Account that really owns the repository. */
  readonly owner: string;
  /** Number of the repository at GitHub; never given to another one. */
  readonly repositoryId: number;
}

/**
 * The subject of a token that a job of this environment gets.
 *
 * @throws Error for a claim that `judgeTrust` refuses, since nobody can know its value before the job runs.
 */
export function subjectOf(system: System, environment: Environment, { owner, repositoryId }: SubjectFacts): string {
  const escaped = (text: string): string => text.replaceAll(":", "%3A");
  const value = (claim: SubjectClaim): string => {
    switch (claim) {
      case "context":
      case "environment":
        return `environment:${escaped(environment.name)}`;
      case "repository_id":
        return `repository_id:${repositoryId}`;
      case "repository_owner":
        return `repository_owner:${owner}`;
      case "ref": {
        const ref = onlyRef(environment);
        if (ref !== undefined) return `ref:${escaped(ref)}`;
        break;
      }
      default:
    }
    throw new Error(`The subject of environment ${environment.name} cannot be known: claim ${claim}`);
  };
  return claimsOf(system).map(value).join(":");
}

/** The claims in their order. */
export function claimsOf(system: System): readonly SubjectClaim[] {
  return system.repository.oidcSubject ?? ["repo", "context"];
}

/** The one ref that may deploy to the environment; nothing where there are several, or a pattern. */
export function onlyRef({ deployFrom: { branches = [], tags = [] } }: Environment): string | undefined {
  const refs = [...branches.map((name) => `refs/heads/${name}`), ...tags.map((name) => `refs/tags/${name}`)];
  return refs.length === 1 && !/[*?[]/.test(refs[0] ?? "*") ? refs[0] : undefined;
}
