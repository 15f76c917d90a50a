/** One thing that is wrong with what was declared, told to whoever can put it right. */
export interface Fault {
  /** Where: property path, such as `dataenginex.branches[0].gate.checks.required[1].job`. */
  readonly path: string;
  /** What stands there. Leave it `undefined` when the value is a secret or is missing. */
  readonly value: unknown;
  /** The rule it breaks, and whose rule it is. */
  readonly rule: string;
  /** What to do. */
  readonly fix: string;
  /** File that carries the fault, relative to the project's root or to the repository's. */
  readonly file?: string;
  /** Line in that file, from 1. */
  readonly line?: number;
}

/** All faults of one judgement in one error, so that a person mends them in one go. */
export class FaultsError extends Error {
  override readonly name = "FaultsError";
  readonly faults: readonly Fault[];

  /**
   * @param subject What was judged, such as `The declared systems`.
   * @param faults At least one.
   */
  constructor(subject: string, faults: readonly Fault[]) {
    super(describeFaults(subject, faults));
    this.faults = faults;
  }
}

/** Throws one `FaultsError` if there is any fault; does nothing otherwise. */
export function refuse(subject: string, faults: readonly Fault[]): void {
  if (faults.length > 0) throw new FaultsError(subject, faults);
}

function describeFaults(subject: string, faults: readonly Fault[]): string {
  const count = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
  const width = String(faults.length).length;
  const blocks = faults.map((fault, index) => {
    const place = fault.file === undefined ? "" : ` (${fault.file}${fault.line === undefined ? "" : `:${fault.line}`})`;
    const value = fault.value === undefined ? "" : ` = ${showValue(fault.value)}`;
    const indent = " ".repeat(width + 4);
    return `  ${String(index + 1).padStart(width)}. ${fault.path}${value}${place}\n${indent}rule: ${fault.rule}\n${indent}fix:  ${fault.fix}`;
  });
  return `${subject}: ${count}. Nothing was changed.\n${blocks.join("\n")}`;
}

/** A value on one line, cut at 80 characters: enough to recognise it. */
function showValue(value: unknown): string {
  if (typeof value === "function" || typeof value === "symbol" || typeof value === "bigint") return `a ${typeof value}`;
  if (typeof value === "number") return String(value);
  let text: string;
  try {
    text = JSON.stringify(value);
  } catch {
    text = "a value that refers to itself";
  }
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
