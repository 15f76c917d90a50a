import { ApiError, validationFailed } from "../../core/errors.ts";
import type { Collection, Store } from "../../core/store.ts";
import { canonicalName, configurationNameFaults, MAX_VALUE_BYTES } from "./names.ts";

/** Kind `variable`, owner the id of the repository, environment or organization, key the name. */
export interface VariableRecord {
  readonly name: string;
  readonly value: string;
  /** Of an organization's variable. */
  readonly visibility?: "all" | "private" | "selected";
  readonly selected?: readonly number[];
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const variables = (store: Store): Collection<VariableRecord> => store.collection("variable");

/** Variables that one scope may hold. */
export const VARIABLE_LIMITS = { repository: 500, environment: 100, organization: 1000 } as const;

export function removeVariablesOf(store: Store, ownerId: number): void {
  variables(store).removeOwned(ownerId);
}

/**
 * The canonical name, when name and value may be stored.
 * @throws ApiError 422 for a name or value that GitHub refuses, 409 for a name that another variable has.
 */
export function judgeVariable(store: Store, ownerId: number, variable: { name: string; value: string }, beforeId?: number): string {
  const faults = configurationNameFaults(variable.name, "Variable");
  if (variable.value === "") faults.push("Variable values can't be blank.");
  if (Buffer.byteLength(variable.value) > MAX_VALUE_BYTES) faults.push(`Variable values must be ${MAX_VALUE_BYTES} bytes or less.`);
  if (faults.length > 0) throw validationFailed(faults);
  const name = canonicalName(variable.name);
  const namesake = variables(store).get(ownerId, name);
  if (namesake && namesake.id !== beforeId) throw new ApiError(409, "Already exists - Variable already exists");
  return name;
}
