/** From the clock on the wall of a time zone to the time. */
import { intersect, normalize, type Interval } from "./intervals.ts";

const DAY = 86_400_000;
const MINUTE = 60_000;

/** A time with one and the same difference to UTC. */
interface Period extends Interval {
  /** What the wall shows minus UTC, in milliseconds. */
  readonly offset: number;
}

/** Does the runtime know a time zone of this name? */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: name });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** The moments at which the wall shows one of these times, within a span. Normalized. */
export function timesOf(wall: readonly Interval[], timeZone: string, span: Interval): readonly Interval[] {
  const shown = normalize(wall);
  return normalize(
    periodsOf(timeZone, span).flatMap((period) => {
      const seen = { from: period.from + period.offset, to: period.to + period.offset };
      return intersect(shown, [seen]).map(({ from, to }) => ({ from: from - period.offset, to: to - period.offset }));
    }),
  );
}

const known = new Map<string, readonly Period[]>();

/** No clock is put forward and back within one day. */
function periodsOf(timeZone: string, span: Interval): readonly Period[] {
  const key = [timeZone, span.from, span.to].join(" ");
  const done = known.get(key);
  if (done !== undefined) return done;
  const offsetAt = offsetOf(timeZone);
  const periods: Period[] = [];
  let period: Period = { from: span.from, to: span.to, offset: offsetAt(span.from) };
  for (let time = span.from; time < span.to; time += DAY) {
    const next = Math.min(time + DAY, span.to);
    if (offsetAt(next) === period.offset) continue;
    let [before, after] = [time, next];
    while (after - before > MINUTE) {
      const middle = before + Math.floor((after - before) / 2 / MINUTE) * MINUTE;
      if (offsetAt(middle) === period.offset) before = middle;
      else after = middle;
    }
    periods.push({ ...period, to: after });
    period = { from: after, to: span.to, offset: offsetAt(after) };
  }
  periods.push(period);
  known.set(key, periods);
  return periods;
}

function offsetOf(timeZone: string): (time: number) => number {
  const format = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
  return (time) => {
    const name = format.formatToParts(time).find(({ type }) => type === "timeZoneName")?.value ?? "";
    const [, sign = "+", hours = "0", minutes = "0"] = /^GMT([+-])(\d+):(\d+)/.exec(name) ?? [];
    return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * MINUTE;
  };
}
