/** How GitHub names a check run: the rules of its own job name builder (MIT, `actions/runner`, `src/Sdk/WorkflowParser/Conversion`). */
import { data } from "@actions/expressions";

/** Characters that one job's part of a name may have; the rest is cut and replaced by `...`. */
export const MAX_NAME_LENGTH = 100;

/** Cuts one job's part of a name the way GitHub does: UTF-16 units, 97 of them and three dots. */
export function cutName(name: string): string {
  return name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH - 3)}...` : name;
}

/** Name of one combination of a matrix: `base (v1, v2)`. Without a segment the base stands alone. */
export function matrixName(base: string, segments: readonly string[]): string {
  return cutName(segments.length === 0 ? base : `${base} (${segments.join(", ")})`);
}

/** Name of a job inside a reusable workflow, from the outermost caller to the job itself. */
export function callName(parts: readonly string[]): string {
  return parts.join(" / ");
}

/** All leaf values of a combination in order, as text; null and the empty string leave no segment. */
export function nameSegments(value: data.ExpressionData): string[] {
  if (value instanceof data.Dictionary || value instanceof data.Array) return value.values().flatMap(nameSegments);
  if (value.kind === data.Kind.Null) return [];
  const text = value instanceof data.NumberData ? formatNumber(value.value) : value.coerceString();
  return text === "" ? [] : [text];
}

/** A number whose text is what GitHub prints: 15 significant digits, so `3.10` is `3.1`. */
export class GitHubNumber extends data.NumberData {
  override coerceString(): string {
    return formatNumber(this.value);
  }
}

/**
 * A number as .NET's invariant `G15` prints it, which is what GitHub uses: at most 15 significant digits, no trailing zeros, and an
 * exponent (`1E+15`, `1E-05`) where it is 15 or more, or less than -4.
 */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity";
  if (value === 0) return "0";
  const [mantissa = "", power = "0"] = value.toExponential(14).split("e");
  const exponent = Number(power);
  const digits = mantissa.replace("-", "").replace(".", "").replace(/0+$/u, "");
  const sign = value < 0 ? "-" : "";
  if (exponent >= 15 || exponent < -4) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${sign}${digits.charAt(0)}${fraction}E${exponent < 0 ? "-" : "+"}${size}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  const fraction = digits.slice(exponent + 1);
  return `${sign}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}
