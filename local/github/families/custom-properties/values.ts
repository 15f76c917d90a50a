/** Custom properties: what an organization defines, and the values that its repositories have. */
import type { RepositoryRecord } from "../../core/records.ts";
import type { Collection, Store, Stored } from "../../core/store.ts";
import { single } from "../support/single.ts";

export type PropertyValue = string | readonly string[] | null;

/** Kind `custom-property`, owner the organization's id, key the name. */
export interface PropertyDefinition {
  readonly property_name: string;
  readonly value_type: "string" | "single_select" | "multi_select" | "true_false" | "url";
  readonly required: boolean;
  readonly default_value: PropertyValue;
  readonly description: string | null;
  readonly allowed_values: readonly string[] | null;
  readonly values_editable_by: "org_actors" | "org_and_repo_actors";
}

export const definitions = (store: Store): Collection<PropertyDefinition> => store.collection("custom-property");

/** By property name, for one repository. */
export const storedValues = single<Readonly<Record<string, PropertyValue>>>("custom-property-values", {});

/** The value of every property that the owner defines: what was set, else the default of a required one, else null. */
export function propertyValues(store: Store, repository: Stored<RepositoryRecord>): Record<string, PropertyValue> {
  const own = storedValues.read(store, repository.id);
  return Object.fromEntries(
    definitions(store)
      .list(repository.owner)
      .map(({ value }) => [value.property_name, own[value.property_name] ?? (value.required ? value.default_value : null)]),
  );
}

/** What is wrong with a value by its definition; undefined when nothing is. */
export function valueFault(definition: PropertyDefinition, value: PropertyValue): string | undefined {
  const { property_name: name, value_type: type, allowed_values: allowed } = definition;
  if (value === null) return undefined;
  if (type === "multi_select" ? !Array.isArray(value) : typeof value !== "string") {
    return `Property '${name}' must be ${type === "multi_select" ? "a list of strings" : "a string"}`;
  }
  const values = [value].flat();
  if (type === "true_false" && !values.every((one) => one === "true" || one === "false"))
    return `Property '${name}' must be 'true' or 'false'`;
  if (type === "url" && !values.every((one) => URL.canParse(one))) return `Property '${name}' must be a URL`;
  const foreign = type.endsWith("_select") ? values.filter((one) => !(allowed ?? []).includes(one)) : [];
  if (foreign.length > 0)
    return `Property '${name}' has no allowed value '${foreign.join("', '")}'. Allowed: ${(allowed ?? []).join(", ")}`;
  return undefined;
}

/** What is wrong with a definition; empty when it may be stored. */
export function definitionFaults(definition: PropertyDefinition): string[] {
  const faults: string[] = [];
  const select = definition.value_type.endsWith("_select");
  const allowed = definition.allowed_values ?? [];
  if (!/^[A-Za-z0-9_$#-]{1,75}$/.test(definition.property_name)) {
    faults.push("Property name must be 1 to 75 letters, digits, or one of _ - $ #");
  }
  if (select && allowed.length === 0) faults.push("Allowed values can't be blank for a select property");
  if (!select && allowed.length > 0) faults.push(`Allowed values are not supported for ${definition.value_type}`);
  if (allowed.length > 200) faults.push("A property may have at most 200 allowed values");
  if (definition.required && definition.default_value === null) faults.push("A required property needs a default value");
  if (!definition.required && definition.default_value !== null) faults.push("Only a required property may have a default value");
  const fault = valueFault(definition, definition.default_value);
  if (fault) faults.push(`Invalid default value: ${fault}`);
  return faults;
}
