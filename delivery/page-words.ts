import type { DeploymentWindows } from "../model/windows.ts";

/** `Tue Wed Thu 09:00-12:00 Europe/Paris; frozen 2026-12-24 to 2027-01-02 (holidays)`. */
export function describeWindows({ open, freezes = [], timeZone = "UTC" }: DeploymentWindows): string {
  const slots = open.map(({ days, from, to }) => `${days.join(" ")} ${from}-${to}`).join(", ");
  return [`${slots} ${timeZone}`, ...freezes.map(({ from, to, reason }) => `frozen ${from} to ${to} (${reason})`)].join("; ");
}
