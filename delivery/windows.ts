/**
 * Deployment windows as Argo CD's sync windows. Argo CD reads a schedule by the clock on the wall of its time zone, so a window is open
 * for the same hours on days when that clock changes.
 */
import { lengthOf, minuteOf } from "../model/calendar.ts";
import { weekdays, type DeploymentWindows, type OpenHours } from "../model/windows.ts";

export { freezeAt, isOpen, misplacedFreezes, nextSlot, type MisplacedFreeze, type Slot } from "../model/calendar.ts";

/** A sync window of an AppProject, as Argo CD's API has it. */
export interface SyncWindow {
  readonly kind: "allow" | "deny";
  /** Five cron fields: when the window opens. */
  readonly schedule: string;
  /** A Go duration. */
  readonly duration: string;
  readonly timeZone: string;
  readonly description?: string;
  readonly applications: readonly string[];
  /** Does a sync that runs at the end of an open window go on? */
  readonly syncOverrun: true;
  /** May a person sync, so roll back, against the window? */
  readonly manualSync: true;
}

/**
 * One `allow` window for each open hours, which denies automated syncs outside of all of them, and one `deny` window for each freeze.
 *
 * @param application Name of the Application that they hold for.
 */
export function syncWindows({ open, freezes = [], timeZone = "UTC" }: DeploymentWindows, application: string): SyncWindow[] {
  // A sync that the end of a window cuts off stays stuck, and cannot even be synced by hand (argo-cd#25361, #26215).
  const common = { timeZone, applications: [application], syncOverrun: true, manualSync: true } as const;
  return [
    ...open.map((hours) => ({ kind: "allow" as const, schedule: scheduleOf(hours), duration: durationOf(hours), ...common })),
    ...freezes.map((freeze) => ({
      kind: "deny" as const,
      schedule: `0 0 ${Number(freeze.from.slice(8))} ${Number(freeze.from.slice(5, 7))} *`,
      duration: `${lengthOf(freeze) * 24}h`,
      description: freeze.reason,
      ...common,
    })),
  ];
}

function scheduleOf({ days, from }: OpenHours): string {
  const minute = minuteOf(from);
  return `${minute % 60} ${Math.floor(minute / 60)} * * ${weekdayField(days)}`;
}

function durationOf({ from, to }: OpenHours): string {
  const minutes = minuteOf(to) - minuteOf(from);
  return `${Math.floor(minutes / 60)}h${minutes % 60 === 0 ? "" : `${minutes % 60}m`}`;
}

/** `1-5`, `2,4`, `*` */
function weekdayField(days: OpenHours["days"]): string {
  const numbers = [...new Set(days)].map((day) => weekdays.indexOf(day)).sort((a, b) => a - b);
  const [first = 0, last = 0] = [numbers[0], numbers.at(-1)];
  if (numbers.length === weekdays.length) return "*";
  return numbers.length > 2 && last - first === numbers.length - 1 ? `${first}-${last}` : numbers.join(",");
}
