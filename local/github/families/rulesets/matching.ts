import { fnmatch } from "../../../../model/fnmatch.ts";
import type { NamePatterns, PropertySpec, RulesetConditions, RulesetRecord, RulesetTarget } from "./record.ts";

/** What a ruleset's conditions are judged against. */
export interface RuleSubject {
  /** Full name of the ref, `refs/heads/main` or `refs/tags/v1`. */
  readonly ref: string;
  /** Name of the default branch without `refs/heads/`. */
  readonly defaultBranch: string;
  readonly repository: {
    readonly id: number;
    readonly name: string;
    /** Values of custom properties. */
    readonly properties?: Readonly<Record<string, string | readonly string[] | null>>;
    /** Values of the properties that GitHub itself keeps, such as `visibility`. */
    readonly systemProperties?: Readonly<Record<string, string>>;
  };
}

/**
 * The rulesets that apply to a ref, in the order given. Disabled ones never apply; those that only evaluate are left out unless asked for.
 * Pure: the caller brings the rulesets of the repository and of its organization.
 */
export function matchingRulesets<T extends Pick<RulesetRecord, "target" | "enforcement" | "conditions">>(
  rulesets: readonly T[],
  subject: RuleSubject,
  options: { readonly evaluate?: boolean } = {},
): T[] {
  return rulesets.filter(
    (ruleset) =>
      (ruleset.enforcement === "active" || (options.evaluate === true && ruleset.enforcement === "evaluate")) &&
      targetMatches(ruleset.target, subject.ref) &&
      conditionsMatch(ruleset.conditions as RulesetConditions | null, ruleset.target, subject),
  );
}

function targetMatches(target: RulesetTarget, ref: string): boolean {
  if (target === "branch") return ref.startsWith("refs/heads/");
  if (target === "tag") return ref.startsWith("refs/tags/");
  return target === "push";
}

function conditionsMatch(conditions: RulesetConditions | null, target: RulesetTarget, subject: RuleSubject): boolean {
  return repositoryMatches(conditions, subject.repository) && (target === "push" || refMatches(conditions?.ref_name, subject));
}

/** Without `include` nothing matches, as at GitHub: a ruleset without targets protects nothing. */
export function refMatches(patterns: NamePatterns | undefined, subject: Pick<RuleSubject, "ref" | "defaultBranch">): boolean {
  const matches = (pattern: string): boolean => {
    if (pattern === "~ALL") return true;
    if (pattern === "~DEFAULT_BRANCH") return subject.ref === `refs/heads/${subject.defaultBranch}`;
    return fnmatch(pattern, subject.ref);
  };
  return (patterns?.include ?? []).some(matches) && !(patterns?.exclude ?? []).some(matches);
}

/** A repository's own ruleset has no repository condition and always matches. */
export function repositoryMatches(conditions: RulesetConditions | null, repository: RuleSubject["repository"]): boolean {
  const { repository_name: names, repository_id: ids, repository_property: properties } = conditions ?? {};
  if (names) {
    const matches = (pattern: string): boolean => pattern === "~ALL" || fnmatch(pattern.toLowerCase(), repository.name.toLowerCase());
    if (!(names.include ?? []).some(matches) || (names.exclude ?? []).some(matches)) return false;
  }
  if (ids && !(ids.repository_ids ?? []).includes(repository.id)) return false;
  if (properties) {
    const holds = (spec: PropertySpec): boolean => propertyHolds(spec, repository);
    if (!(properties.include ?? []).every(holds) || (properties.exclude ?? []).some(holds)) return false;
  }
  return true;
}

function propertyHolds(spec: PropertySpec, repository: RuleSubject["repository"]): boolean {
  const values = spec.source === "system" ? repository.systemProperties : repository.properties;
  const value = values?.[spec.name];
  if (value === undefined || value === null) return false;
  return [value].flat().some((one) => spec.property_values.includes(one));
}
