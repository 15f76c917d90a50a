/** Sets of time: sorted intervals that neither meet nor overlap, each from its first moment to the first one after it. */

export interface Interval {
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
}

/** The same moments as sorted intervals, each as long as can be. */
export function normalize(intervals: readonly Interval[]): readonly Interval[] {
  const result: Interval[] = [];
  for (const interval of [...intervals].filter(({ from, to }) => from < to).sort((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last !== undefined && interval.from <= last.to) result[result.length - 1] = { from: last.from, to: Math.max(last.to, interval.to) };
    else result.push(interval);
  }
  return result;
}

/** What is in both; both normalized. */
export function intersect(one: readonly Interval[], two: readonly Interval[]): readonly Interval[] {
  const result: Interval[] = [];
  let [a, b] = [0, 0];
  for (;;) {
    const [left, right] = [one[a], two[b]];
    if (left === undefined || right === undefined) return result;
    const [from, to] = [Math.max(left.from, right.from), Math.min(left.to, right.to)];
    if (from < to) result.push({ from, to });
    if (left.to < right.to) a += 1;
    else b += 1;
  }
}

/** What is in the whole and not in the others; the others normalized. */
export function without(whole: Interval, others: readonly Interval[]): readonly Interval[] {
  const result: Interval[] = [];
  let from = whole.from;
  for (const other of others) {
    if (other.to <= from) continue;
    if (other.from >= whole.to) break;
    if (from < other.from) result.push({ from, to: other.from });
    from = other.to;
  }
  if (from < whole.to) result.push({ from, to: whole.to });
  return result;
}
