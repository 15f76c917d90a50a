/** When Argo CD lets an Application sync, from the sync windows of its AppProject. The reading is that of Argo CD's `CanSync`. */
import type { Declaration } from "../../policies/rules/declaration.ts";
import { globMatches } from "../glob.ts";
import { intersect, normalize, without, type Interval } from "./intervals.ts";
import { readDuration, readSchedule, ScheduleError, startsOn } from "./schedule.ts";
import { isTimeZone, timesOf } from "./zone.ts";

const DAY = 86_400_000;

/** A sync window that holds for an Application. */
export interface Window {
  /** Its place in `spec.syncWindows`. */
  readonly index: number;
  readonly kind: "allow" | "deny";
  readonly manualSync: boolean;
  readonly syncOverrun: boolean;
  /** When it is active; normalized. */
  readonly active: readonly Interval[];
}

/** A window that Argo CD cannot read, and why. */
export interface UnreadableWindow {
  readonly index: number;
  readonly property: string;
  readonly why: string;
}

export interface Windows {
  readonly windows: readonly Window[];
  readonly unreadable: readonly UnreadableWindow[];
}

/** The windows that hold for an Application, within a span of time. @throws UnknownValue */
export function windowsOf(project: Declaration, application: Declaration, span: Interval): Windows {
  const windows: Window[] = [];
  const unreadable: UnreadableWindow[] = [];
  for (const [index] of project.list("spec.syncWindows").entries()) {
    const path = `spec.syncWindows.${index}`;
    if (!holdsFor(project, path, application)) continue;
    const read = (property: string, why: string) => unreadable.push({ index, property: `${path}.${property}`, why });
    const kind = project.text(`${path}.kind`);
    const timeZone = project.text(`${path}.timeZone`) ?? "UTC";
    if (kind !== "allow" && kind !== "deny") {
      read("kind", `it is ${JSON.stringify(kind ?? "")}, and Argo CD knows allow and deny`);
      continue;
    }
    if (!isTimeZone(timeZone)) {
      read("timeZone", `no time zone is called ${timeZone}, and Argo CD then goes by UTC`);
      continue;
    }
    try {
      const active = activeTimes(project.text(`${path}.schedule`) ?? "", project.text(`${path}.duration`) ?? "", timeZone, span);
      const flags = { manualSync: project.flag(`${path}.manualSync`), syncOverrun: project.flag(`${path}.syncOverrun`) };
      windows.push({ index, kind, ...flags, active });
    } catch (error) {
      if (!(error instanceof ScheduleError)) throw error;
      read("schedule", error.message);
    }
  }
  return { windows, unreadable };
}

/** Selectors add up, or with `andOperator` all that are there must match. */
function holdsFor(project: Declaration, path: string, application: Declaration): boolean {
  const matches = (property: string, texts: readonly (string | undefined)[]): boolean | undefined => {
    const patterns = project.texts(`${path}.${property}`);
    if (patterns.length === 0) return undefined;
    return patterns.some((pattern) => texts.some((text) => text !== undefined && globMatches(pattern, text)));
  };
  const selected = [
    matches("applications", [application.text("metadata.name")]),
    matches("namespaces", [application.text("spec.destination.namespace")]),
    matches("clusters", [application.text("spec.destination.server"), application.text("spec.destination.name")]),
  ].filter((match) => match !== undefined);
  return project.flag(`${path}.andOperator`) ? selected.length > 0 && selected.every(Boolean) : selected.some(Boolean);
}

function activeTimes(schedule: string, duration: string, timeZone: string, span: Interval): readonly Interval[] {
  const fields = readSchedule(schedule);
  const length = readDuration(duration);
  const wall: Interval[] = [];
  // What opened before the span may still be open in it; a day more on either side for the time zone.
  const first = Math.floor((span.from - length) / DAY - 1) * DAY;
  for (let day = first; day < span.to + DAY; day += DAY) {
    for (const minute of startsOn(fields, new Date(day))) {
      const from = day + minute * 60_000;
      const last = wall.at(-1);
      if (last !== undefined && from <= last.to) wall[wall.length - 1] = { from: last.from, to: Math.max(last.to, from + length) };
      else wall.push({ from, to: from + length });
    }
  }
  return timesOf(wall, timeZone, span);
}

/** When an automated sync may start: no deny window is active, and one allow window is, where there are any. Normalized. */
export function openTimes(windows: readonly Window[], span: Interval): readonly Interval[] {
  const allows = windows.filter(({ kind }) => kind === "allow");
  const open = allows.length === 0 ? [span] : normalize(allows.flatMap(({ active }) => active));
  const denied = normalize(windows.filter(({ kind }) => kind === "deny").flatMap(({ active }) => active));
  return intersect(open, without(span, denied));
}

/** A time in which not even a person may sync, so nothing can be rolled back, and the window whose `manualSync` is missing. */
export interface Blocked {
  readonly window: Window;
  readonly time: Interval;
}

/** The first such time of each window that makes one. */
export function blockedTimes(windows: readonly Window[], span: Interval): readonly Blocked[] {
  const denies = windows.filter(({ kind }) => kind === "deny");
  const allowed = normalize(windows.filter(({ kind }) => kind === "allow").flatMap(({ active }) => active));
  const denied = normalize(denies.flatMap(({ active }) => active));
  // Between the allow windows, and where no deny window decides, every closed one of them must let a person sync.
  const closed = intersect(without(span, allowed), without(span, denied));
  return windows
    .filter(({ manualSync }) => !manualSync)
    .flatMap((window) => {
      const [time] = window.kind === "deny" ? window.active : closed;
      return time === undefined ? [] : [{ window, time }];
    });
}
