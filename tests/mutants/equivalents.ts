/** Changes that weaken no gate although they look like it, each with its reason. A mutant that nobody caught is missed unless it is here. */
import type { Mutant } from "./mutant.ts";

export interface Equivalent {
  readonly operator: RegExp;
  /** Of `Mutant.setting`. */
  readonly setting: RegExp;
  /** Of `Mutant.change`; any where it is absent. */
  readonly change?: RegExp;
  /** Of `Mutant.subject`; any where it is absent. */
  readonly subject?: RegExp;
  readonly reason: string;
}

export const equivalents: readonly Equivalent[] = [
  {
    operator: /^(drop|shorten)-filter$/,
    setting: /^workflow on\.(push|pull_request|release)\./,
    reason:
      "GitHub takes the file from the commit that was pushed, so whoever may push could leave the filter out anyway: what binds is the ruleset, and the branches and tags of the environment",
  },
  { operator: /^flip$/, setting: /^RepositoryRuleset rules\./, change: /false → true$/, reason: "it asks for more than before" },
];

export const equivalentOf = ({ operator, setting, change, subject }: Mutant): Equivalent | undefined =>
  equivalents.find(
    (each) =>
      each.operator.test(operator) &&
      each.setting.test(setting) &&
      (each.change?.test(change) ?? true) &&
      (each.subject?.test(subject) ?? true),
  );
