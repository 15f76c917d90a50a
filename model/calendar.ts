/** Reading deployment windows by the clock of their time zone. Pure: the moment is an argument. */
import { weekdays, type DeploymentWindows, type Freeze, type OpenHours } from "./windows.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** How far ahead a slot is looked for: every weekday comes around between two freezes of one year. */
const HORIZON_DAYS = 750;

/** A time in which a tier may be deployed to. */
export interface Slot {
  /** First moment. */
  readonly opens: Date;
  /** First moment after it. */
  readonly closes: Date;
}

export interface MisplacedFreeze {
  readonly freeze: Freeze;
  readonly is: "over" | "early";
}

/** What the clock on the wall shows. */
interface WallClock {
  /** Midnight of the local day, as if it were in UTC: a number that days can be counted with. */
  readonly day: number;
  /** Minutes since local midnight. */
  readonly minute: number;
}

/** May the tier be deployed to at this moment? */
export function isOpen(windows: DeploymentWindows, now: Date): boolean {
  const { day, minute } = wallClock(now.getTime(), windows.timeZone);
  return isOpenAt(windows, day, minute);
}

/** The freeze that holds at this moment. */
export function freezeAt(windows: DeploymentWindows, now: Date): Freeze | undefined {
  const { day } = wallClock(now.getTime(), windows.timeZone);
  return windows.freezes?.find((freeze) => holdsOn(freeze, day));
}

/**
 * The slot that is open now, or else the next one. Open hours that meet are one slot.
 *
 * @returns `undefined` where none opens within two years, which validated windows never do.
 */
export function nextSlot(windows: DeploymentWindows, now: Date): Slot | undefined {
  const horizon = now.getTime() + HORIZON_DAYS * DAY_MS;
  const opens = seek(windows, Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS, true, horizon);
  if (opens === undefined) return undefined;
  const closes = seek(windows, opens, false, horizon) ?? horizon;
  return { opens: new Date(opens), closes: new Date(closes) };
}

/**
 * Freezes that a person should look at, for people and not for machines: what is declared decides, whatever the day.
 *
 * @param today `YYYY-MM-DD`
 * @returns Those that lie wholly in the past, so that they would hold again next year, and those more than a year ahead, which hold
 * on the same days before.
 */
export function misplacedFreezes(windows: DeploymentWindows, today: string): MisplacedFreeze[] {
  return (windows.freezes ?? []).flatMap((freeze): MisplacedFreeze[] => {
    if (freeze.to < today) return [{ freeze, is: "over" }];
    return dayNumber(freeze.from) - dayNumber(today) > 365 * DAY_MS ? [{ freeze, is: "early" }] : [];
  });
}

/** Do the windows leave an open day in the year that begins with this day (`YYYY-MM-DD`)? */
export function opensWithinYear(windows: DeploymentWindows, from: string): boolean {
  const first = dayNumber(from);
  return Array.from({ length: 366 }, (_, index) => first + index * DAY_MS).some((day) => hoursOn(windows, day).length > 0);
}

/** `09:30` → 570 */
export function minuteOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

/** Days from the first to the last, both included. */
export function lengthOf({ from, to }: Pick<Freeze, "from" | "to">): number {
  return (dayNumber(to) - dayNumber(from)) / DAY_MS + 1;
}

/** Midnight in UTC of `YYYY-MM-DD`, in milliseconds. */
function dayNumber(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}

/** The first whole minute from `start` on at which the windows are open, or closed. */
function seek(windows: DeploymentWindows, start: number, open: boolean, horizon: number): number | undefined {
  for (let time = start; time < horizon;) {
    const { day, minute } = wallClock(time, windows.timeZone);
    if (isOpenAt(windows, day, minute) === open) return time;
    const changes = [...hoursOn(windows, day).flatMap(({ from, to }) => [minuteOf(from), minuteOf(to)]), 24 * 60];
    const leap = (Math.min(...changes.filter((change) => change > minute)) - minute) * MINUTE_MS;
    const then = wallClock(time + leap, windows.timeZone);
    const shown = then.day - day + (then.minute - minute) * MINUTE_MS;
    // A clock that is put forward or back on the way may show a time that the leap would miss.
    time += shown === leap ? leap : MINUTE_MS;
  }
  return undefined;
}

function isOpenAt(windows: DeploymentWindows, day: number, minute: number): boolean {
  return hoursOn(windows, day).some(({ from, to }) => minuteOf(from) <= minute && minute < minuteOf(to));
}

function hoursOn({ open, freezes = [] }: DeploymentWindows, day: number): readonly OpenHours[] {
  const weekday = weekdays[new Date(day).getUTCDay()];
  if (weekday === undefined || freezes.some((freeze) => holdsOn(freeze, day))) return [];
  return open.filter(({ days }) => days.includes(weekday));
}

/** On the same days of every year. One that begins on 29 February holds in leap years only, as a schedule of that day does. */
function holdsOn(freeze: Freeze, day: number): boolean {
  const year = new Date(day).getUTCFullYear();
  return [year, year - 1].some((candidate) => {
    const first = new Date(`${String(candidate).padStart(4, "0")}${freeze.from.slice(4)}T00:00:00Z`).getTime();
    const isSameDay = new Date(first).toISOString().slice(4, 10) === freeze.from.slice(4);
    return isSameDay && first <= day && day < first + lengthOf(freeze) * DAY_MS;
  });
}

const formats = new Map<string, Intl.DateTimeFormat>();

function wallClock(time: number, timeZone = "UTC"): WallClock {
  let format = formats.get(timeZone);
  if (format === undefined) {
    const digits = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" } as const;
    format = new Intl.DateTimeFormat("en-US", { timeZone, hourCycle: "h23", calendar: "iso8601", numberingSystem: "latn", ...digits });
    formats.set(timeZone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts;
  return { day: Date.UTC(year, month - 1, day), minute: hour * 60 + minute };
}
