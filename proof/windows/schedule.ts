/** Schedules and durations of sync windows, as Argo CD reads them: robfig/cron with five fields, and Go's durations. */

/** A schedule or a duration that Argo CD refuses. The message says why. */
export class ScheduleError extends Error {
  override readonly name = "ScheduleError";
}

interface Field {
  readonly values: ReadonlySet<number>;
  /** Written as `*` or `?`, without a step. */
  readonly any: boolean;
}

/** When a window opens, by the clock on the wall. */
export interface Schedule {
  readonly minute: Field;
  readonly hour: Field;
  readonly dayOfMonth: Field;
  readonly month: Field;
  readonly dayOfWeek: Field;
}

const months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** Reads five fields. @throws ScheduleError */
export function readSchedule(text: string): Schedule {
  const [minute, hour, dayOfMonth, month, dayOfWeek, ...more] = text.trim().split(/\s+/);
  if (minute === undefined || hour === undefined || dayOfMonth === undefined || month === undefined || dayOfWeek === undefined) {
    throw new ScheduleError(`"${text}" has fewer than five fields`);
  }
  if (more.length > 0) throw new ScheduleError(`"${text}" has more than five fields`);
  return {
    minute: readField(minute, 0, 59),
    hour: readField(hour, 0, 23),
    dayOfMonth: readField(dayOfMonth, 1, 31),
    month: readField(month, 1, 12, months),
    dayOfWeek: readField(dayOfWeek, 0, 6, days),
  };
}

function readField(text: string, least: number, most: number, names: readonly string[] = []): Field {
  const values = new Set<number>();
  let any = false;
  for (const part of text.split(",")) {
    const [range = "", step, ...more] = part.split("/");
    const [low = "", high, ...rest] = range.split("-");
    if (more.length > 0 || rest.length > 0) throw new ScheduleError(`"${part}" is no range`);
    const every = step === undefined ? 1 : whole(step);
    if (every === 0) throw new ScheduleError(`"${part}" has a step of 0`);
    const wild = low === "*" || low === "?";
    if (wild && high !== undefined) throw new ScheduleError(`"${part}" is no range`);
    const first = wild ? least : numberOf(low, least, names);
    const last = wild ? most : high === undefined ? (step === undefined ? first : most) : numberOf(high, least, names);
    if (first < least || last > most || first > last) throw new ScheduleError(`"${part}" is not within ${least} to ${most}`);
    any ||= wild && every === 1;
    for (let value = first; value <= last; value += every) values.add(value);
  }
  return { values, any };
}

function numberOf(text: string, least: number, names: readonly string[]): number {
  const place = names.indexOf(text.toUpperCase());
  return place >= 0 ? place + least : whole(text);
}

function whole(text: string): number {
  if (!/^\d+$/.test(text)) throw new ScheduleError(`"${text}" is no number`);
  return Number(text);
}

/** Minutes of a day at which the schedule starts; none where the day is not one of its. Midnight of the day as if it were in UTC. */
export function startsOn(schedule: Schedule, day: Date): readonly number[] {
  if (!schedule.month.values.has(day.getUTCMonth() + 1)) return [];
  const { dayOfMonth, dayOfWeek } = schedule;
  const byDate = dayOfMonth.values.has(day.getUTCDate());
  const byWeekday = dayOfWeek.values.has(day.getUTCDay());
  // Where both are limited, either is enough.
  const isDay = dayOfMonth.any || dayOfWeek.any ? byDate && byWeekday : byDate || byWeekday;
  if (!isDay) return [];
  const minutes = [...schedule.minute.values].sort((a, b) => a - b);
  return [...schedule.hour.values].sort((a, b) => a - b).flatMap((hour) => minutes.map((minute) => hour * 60 + minute));
}

const units: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** A Go duration such as `1h30m`, in milliseconds. @throws ScheduleError */
export function readDuration(text: string): number {
  const [, sign = "", rest = ""] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (rest === "0") return 0;
  const parts = rest.match(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g) ?? [];
  if (parts.length === 0 || parts.join("") !== rest) throw new ScheduleError(`"${text}" is no duration, such as 8h or 1h30m`);
  const length = parts.reduce((sum, part) => {
    const [, amount = "0", unit = ""] = /^([\d.]+)(\D+)$/.exec(part) ?? [];
    return sum + Number(amount) * (units[unit] ?? 0);
  }, 0);
  return sign === "-" ? -length : length;
}
