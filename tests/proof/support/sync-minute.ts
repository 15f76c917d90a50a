/** Whether Argo CD lets an automated sync start in one minute, found the slow way: it shares nothing with the proof. */

export interface RawWindow {
  readonly kind: "allow" | "deny";
  readonly schedule: string;
  readonly duration: string;
  readonly timeZone: string;
}

const names = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const months = ["", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

export function maySync(windows: readonly RawWindow[], time: number): boolean {
  const active = windows.filter((window) => isActive(window, time));
  if (active.some(({ kind }) => kind === "deny")) return false;
  return active.some(({ kind }) => kind === "allow") || windows.every(({ kind }) => kind === "deny");
}

/** Some minute back to the length of the window is one at which it opens, by what the wall shows now. */
function isActive({ schedule, duration, timeZone }: RawWindow, time: number): boolean {
  const shown = wall(timeZone, time);
  const minutes = minutesOf(duration);
  for (let back = 0; back < minutes; back += 1) if (opens(schedule, shown - back * 60_000)) return true;
  return false;
}

const walls = new Map<string, Map<number, number>>();

/** What the wall shows, as if that were in UTC. */
function wall(timeZone: string, time: number): number {
  const known = remembered(walls, timeZone);
  const shown = known.get(time) ?? Date.parse(`${new Date(time).toLocaleString("sv-SE", { timeZone }).replace(" ", "T")}Z`);
  known.set(time, shown);
  return shown;
}

function remembered<T>(all: Map<string, Map<number, T>>, key: string): Map<number, T> {
  const found = all.get(key) ?? new Map<number, T>();
  all.set(key, found);
  return found;
}

function minutesOf(duration: string): number {
  const [, hours = "0"] = /(\d+)h/.exec(duration) ?? [];
  const [, minutes = "0"] = /(\d+)m/.exec(duration) ?? [];
  return Number(hours) * 60 + Number(minutes);
}

const results = new Map<string, Map<number, boolean>>();

function opens(schedule: string, minute: number): boolean {
  const known = remembered(results, schedule);
  const result = known.get(minute) ?? matches(schedule, minute);
  known.set(minute, result);
  return result;
}

function matches(schedule: string, minute: number): boolean {
  const [m = "", h = "", dom = "", mon = "", dow = ""] = schedule.split(" ");
  const date = new Date(minute);
  const byDate = has(dom, date.getUTCDate(), 1);
  const byDay = has(dow, date.getUTCDay(), 0);
  const limited = (field: string) => !["*", "?"].includes(field);
  const day = limited(dom) && limited(dow) ? byDate || byDay : byDate && byDay;
  return has(m, date.getUTCMinutes(), 0) && has(h, date.getUTCHours(), 0) && has(mon, date.getUTCMonth() + 1, 1) && day;
}

function has(field: string, value: number, least: number): boolean {
  return field.split(",").some((part) => {
    const [range = "", step = "1"] = part.split("/");
    const [low = "", high = part.includes("/") ? "99" : low] = range.split("-");
    if (["*", "?"].includes(low)) return (value - least) % Number(step) === 0;
    const first = numberOf(low);
    return first <= value && value <= numberOf(high) && (value - first) % Number(step) === 0;
  });
}

function numberOf(text: string): number {
  const day = names.indexOf(text);
  const month = months.indexOf(text);
  return day >= 0 ? day : month > 0 ? month : Number(text);
}
