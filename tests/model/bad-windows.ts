/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-return, @typescript-eslint/no-unsafe-call --
   bad data is the point: the types forbid every one of these changes */
/** Deployment windows that cannot be kept. */
import type { Changeable } from "../support/systems.ts";
import { bad, type BadCase } from "./bad-systems.ts";

const windows = (system: Changeable) => system.tiers[1].windows;

export const badWindows: readonly BadCase[] = [
  bad("no such time zone", (s) => (windows(s).timeZone = "Europe/Bonn"), "tiers[1].windows.timeZone", /IANA/),
  bad("a time zone as offset", (s) => (windows(s).timeZone = "+02:00"), "tiers[1].windows.timeZone", /IANA/),
  bad("no open hours", (s) => (windows(s).open = []), "tiers[1].windows.open", /at least 1/),
  bad("an unknown weekday", (s) => (windows(s).open[0].days = ["Tues"]), "tiers[1].windows.open[0].days[0]", /one of "Mon"/, /"Tue"/),
  bad("a weekday twice", (s) => windows(s).open[0].days.push("Tue"), "tiers[1].windows.open[0].days[3]", /is the same as/),
  bad("25 o'clock", (s) => (windows(s).open[0].from = "25:00"), "tiers[1].windows.open[0].from", /HH:MM/),
  bad("open hours over midnight", (s) => (windows(s).open[0].from = "22:00"), "tiers[1].windows.open[0].to", /later than from/, /24:00/),
  bad("open hours of no length", (s) => (windows(s).open[0].to = "09:00"), "tiers[1].windows.open[0].to", /later than from/),
  bad(
    "open hours that overlap",
    (s) => windows(s).open.push({ days: ["Thu", "Fri"], from: "11:59", to: "13:00" }),
    "tiers[1].windows.open[1]",
    /overlaps tiers\[1\]\.windows\.open\[0\]/,
  ),
  bad("a day that is none", (s) => (windows(s).freezes[0].to = "2027-02-29"), "tiers[1].windows.freezes[0].to", /YYYY-MM-DD/),
  bad("a freeze without a reason", (s) => delete windows(s).freezes[0].reason, "tiers[1].windows.freezes[0].reason", /is required/),
  bad("a freeze that ends before it begins", (s) => (windows(s).freezes[0].to = "2026-12-23"), "tiers[1].windows.freezes[0].to", /before/),
  bad("a freeze of a year", (s) => (windows(s).freezes[0].to = "2027-12-23"), "tiers[1].windows.freezes[0]", /no open slot within a year/),
  bad(
    "freezes that leave no open day between them",
    (s) => {
      windows(s).open[0].days = ["Sat"];
      windows(s).freezes.push({ from: "2027-01-04", to: "2027-12-18", reason: "migration" });
    },
    "tiers[1].windows.freezes[0]",
    /no open slot within a year/,
  ),
];
