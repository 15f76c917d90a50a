/** Deployment windows that no slot comes out of, or two readings. */
import { minuteOf, opensWithinYear } from "../calendar.ts";
import { members, type Loose } from "../shape.ts";
import type { DeploymentWindows, OpenHours } from "../windows.ts";
import { refuseDuplicates, type Judged } from "./report.ts";

export function judgeWindows(judged: Judged): void {
  for (const [index, { windows }] of members(judged.system.tiers)) {
    if (windows === undefined) continue;
    const path = `tiers[${index}].windows`;
    judgeHours(judged, windows, path);
    judgeFreezes(judged, windows, path);
  }
}

function judgeHours(judged: Judged, windows: Loose<DeploymentWindows>, path: string): void {
  const hours = [...members(windows.open)];
  for (const [index, { days, from, to }] of hours) {
    const at = `${path}.open[${index}]`;
    refuseDuplicates(judged, `${at}.days`, days, (day) => day);
    if (from === undefined || to === undefined || from < to) continue;
    const rule = "must be later than from: hours over midnight belong to two days, and a freeze of one of them would be read in two ways";
    judged.report(`${at}.to`, to, rule, "write two entries, one to 24:00 and one from 00:00 of the next day");
  }
  for (const [index, later] of hours) {
    const first = hours.find(([before, earlier]) => before < index && overlap(earlier, later));
    if (first === undefined) continue;
    const rule = `overlaps ${path}.open[${first[0]}]: one of the two would be changed and the other keep the time open`;
    judged.report(`${path}.open[${index}]`, `${later.from ?? "?"}-${later.to ?? "?"}`, rule, "let the one end where the other begins");
  }
}

function overlap(a: Loose<OpenHours>, b: Loose<OpenHours>): boolean {
  if (a.from === undefined || a.to === undefined || b.from === undefined || b.to === undefined) return false;
  const sharesDay = a.days?.some((day) => day !== undefined && b.days?.includes(day) === true) ?? false;
  return sharesDay && minuteOf(a.from) < minuteOf(b.to) && minuteOf(b.from) < minuteOf(a.to);
}

function judgeFreezes(judged: Judged, windows: Loose<DeploymentWindows>, path: string): void {
  const { report } = judged;
  let sound = windows.freezes?.every((freeze) => freeze !== undefined) ?? true;
  for (const [index, { from, to }] of members(windows.freezes)) {
    if (from === undefined || to === undefined) sound = false;
    else if (to < from) {
      report(`${path}.freezes[${index}].to`, to, "must not be before from", "name the last day of the freeze");
      sound = false;
    }
  }
  const complete = windows.open?.every((hours) => hours?.days !== undefined && hours.from !== undefined && hours.to !== undefined) ?? false;
  if (!sound || !complete) return;
  const whole = windows as DeploymentWindows;
  for (const [index, { from, to }] of (whole.freezes ?? []).entries()) {
    if (opensWithinYear(whole, from)) continue;
    const rule = "leaves no open slot within a year of its first day: nothing could be deployed any more";
    report(`${path}.freezes[${index}]`, `${from} to ${to}`, rule, "shorten the freeze, or open other hours");
    return;
  }
}
