/** Figures of a list of numbers. A list without a member has none of them: `null`, never zero. */

/** How numbers are spread. */
export interface Distribution {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/**
 * The percentile by nearest rank: the smallest member that at least `percent` of all members do not exceed. It is always a member, so
 * nothing is interpolated between two runs that nobody saw.
 *
 * @param percent Above 0, up to 100.
 */
export function percentile(values: readonly number[], percent: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  // Multiplied first: 7 / 100 * 100 is a little more than 7, and would be rank 8.
  return sorted[Math.ceil((percent * sorted.length) / 100) - 1] ?? null;
}

export function distribution(values: readonly number[]): Distribution | null {
  const [p50, p95, p99] = [percentile(values, 50), percentile(values, 95), percentile(values, 99)];
  if (p50 === null || p95 === null || p99 === null) return null;
  return { count: values.length, mean: values.reduce((sum, value) => sum + value, 0) / values.length, p50, p95, p99 };
}

/** `part` of `whole` in percent. */
export function share(part: number, whole: number): number | null {
  return whole === 0 ? null : (part / whole) * 100;
}
