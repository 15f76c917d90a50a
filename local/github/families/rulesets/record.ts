/** Inner shapes of the rulesets that `core/records.ts` stores, as the API names them. */
import type { RulesetRecord } from "../../core/records.ts";

export type { RulesetRecord };
export type RulesetTarget = RulesetRecord["target"];
export type BypassActor = RulesetRecord["bypassActors"][number];
export type Rule = RulesetRecord["rules"][number];

export interface RulesetConditions {
  readonly ref_name?: NamePatterns;
  readonly repository_name?: NamePatterns & { readonly protected?: boolean };
  readonly repository_id?: { readonly repository_ids?: readonly number[] };
  readonly repository_property?: { readonly include?: readonly PropertySpec[]; readonly exclude?: readonly PropertySpec[] };
}

export interface NamePatterns {
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
}

export interface PropertySpec {
  readonly name: string;
  readonly property_values: readonly string[];
  readonly source?: "custom" | "system";
}
