/** Labels of a repository: their rules and the nine that GitHub gives every new repository. */
import type { FieldError } from "../../core/errors.ts";
import type { Collection, Store } from "../../core/store.ts";

/** Kind `label`, owner the repository's id, key name (so "Bug" and "bug" are one). */
export interface LabelRecord {
  readonly name: string;
  /** Six hexadecimal digits in lower case, no `#`. */
  readonly color: string;
  readonly description: string | null;
  /** One of the nine, by origin: a rename keeps it. */
  readonly isDefault: boolean;
}

export const labels = (store: Store): Collection<LabelRecord> => store.collection("label");

export const DEFAULT_LABELS: readonly Omit<LabelRecord, "isDefault">[] = [
  { name: "bug", color: "d73a4a", description: "Something isn't working" },
  { name: "documentation", color: "0075ca", description: "Improvements or additions to documentation" },
  { name: "duplicate", color: "cfd3d7", description: "This issue or pull request already exists" },
  { name: "enhancement", color: "a2eeef", description: "New feature or request" },
  { name: "good first issue", color: "7057ff", description: "Good for newcomers" },
  { name: "help wanted", color: "008672", description: "Extra attention is needed" },
  { name: "invalid", color: "e4e669", description: "This doesn't seem right" },
  { name: "question", color: "d876e3", description: "Further information is requested" },
  { name: "wontfix", color: "ffffff", description: "This will not be worked on" },
];

/** The color of a label that is created without one. */
export const PLAIN_COLOR = "ededed";

export function labelFaults(label: Pick<LabelRecord, "name" | "color" | "description">): FieldError[] {
  const faults: FieldError[] = [];
  if (label.name.trim() === "") faults.push({ resource: "Label", code: "missing_field", field: "name" });
  if (label.name.length > 50) {
    faults.push({ resource: "Label", code: "custom", field: "name", message: "name is too long (maximum is 50 characters)" });
  }
  if (!/^[0-9a-f]{6}$/.test(label.color)) faults.push({ resource: "Label", code: "invalid", field: "color" });
  if ((label.description?.length ?? 0) > 100) {
    faults.push({
      resource: "Label",
      code: "custom",
      field: "description",
      message: "description is too long (maximum is 100 characters)",
    });
  }
  return faults;
}
