import { assert } from "chai";
import fc from "fast-check";
import { freezeAt, isOpen, misplacedFreezes, nextSlot, syncWindows } from "../../delivery/windows.ts";
import { weekdays, type DeploymentWindows } from "../../model/windows.ts";

const mornings: DeploymentWindows = {
  timeZone: "Europe/Berlin",
  open: [{ days: ["Tue", "Wed", "Thu"], from: "09:00", to: "12:00" }],
  freezes: [{ from: "2026-12-24", to: "2027-01-02", reason: "holidays" }],
};
const at = (time: string) => new Date(time);
const slotAfter = (windows: DeploymentWindows, time: string) => {
  const slot = nextSlot(windows, at(time));
  return slot && [slot.opens.toISOString().slice(0, 16), slot.closes.toISOString().slice(0, 16)];
};

/** What Argo CD 3.5 does: the clock on the wall is read as if it were UTC, and the schedule's next start must lie before it. */
function argoCdAllows(windows: DeploymentWindows, now: Date): boolean {
  const rendered = syncWindows(windows, "shop");
  const wall = wallClock(windows.timeZone ?? "UTC", now.getTime());
  const isActive = ({ schedule, duration }: (typeof rendered)[number]) => {
    const [hours = "0", minutes = "0"] = /^(\d+)h(?:(\d+)m)?$/.exec(duration)?.slice(1) ?? [];
    const length = (Number(hours) * 60 + Number(minutes || 0)) * 60_000;
    for (let start = Math.floor(wall / 60_000) * 60_000; start > wall - length; start -= 60_000)
      if (start < wall && fires(schedule, start)) return true;
    return false;
  };
  const active = rendered.filter(isActive);
  return active.some(({ kind }) => kind === "allow") && !active.some(({ kind }) => kind === "deny");
}

function fires(schedule: string, time: number): boolean {
  const date = new Date(time);
  const shown = [date.getUTCMinutes(), date.getUTCHours(), date.getUTCDate(), date.getUTCMonth() + 1, date.getUTCDay()];
  return schedule.split(" ").every((field, index) => {
    const value = shown[index] ?? -1;
    if (field === "*") return true;
    const [from, to] = field.split("-");
    return to === undefined ? field.split(",").map(Number).includes(value) : Number(from) <= value && value <= Number(to);
  });
}

function wallClock(timeZone: string, time: number): number {
  const text = new Date(time).toLocaleString("sv-SE", { timeZone });
  return Date.parse(`${text.replace(" ", "T")}Z`);
}

/** The rule by itself, minute for minute: no leaps, no sharing of code. */
function isOpenByTheRule({ timeZone = "UTC", open, freezes = [] }: DeploymentWindows, time: number): boolean {
  const wall = new Date(wallClock(timeZone, time)).toISOString();
  const [day, clock] = [wall.slice(0, 10), wall.slice(11, 16)];
  const frozen = freezes.some(({ from, to }) =>
    [-1, 0, 1].some((years) => {
      const move = (date: string) => `${String(Number(date.slice(0, 4)) + years).padStart(4, "0")}${date.slice(4)}`;
      return move(from) <= day && day <= move(to);
    }),
  );
  const weekday = weekdays[new Date(`${day}T00:00:00Z`).getUTCDay()];
  return !frozen && open.some(({ days, from, to }) => weekday !== undefined && days.includes(weekday) && from <= clock && clock < to);
}

describe("deployment windows", () => {
  it("are open from the first minute to the last by the clock of their time zone, in summer and in winter", () => {
    assert.isFalse(isOpen(mornings, at("2026-07-01T06:59:59Z")));
    assert.isTrue(isOpen(mornings, at("2026-07-01T07:00:00Z")));
    assert.isTrue(isOpen(mornings, at("2026-07-01T09:59:59Z")));
    assert.isFalse(isOpen(mornings, at("2026-07-01T10:00:00Z")));
    assert.isTrue(isOpen(mornings, at("2026-12-01T08:00:00Z")));
    assert.isFalse(isOpen(mornings, at("2026-12-04T08:00:00Z")), "a Friday");
  });

  it("are closed on the days of a freeze, first and last included, and say why", () => {
    assert.isTrue(isOpen(mornings, at("2026-12-23T08:00:00Z")));
    assert.isFalse(isOpen(mornings, at("2026-12-24T08:00:00Z")));
    assert.equal(freezeAt(mornings, at("2027-01-02T22:59:00Z"))?.reason, "holidays");
    assert.isUndefined(freezeAt(mornings, at("2027-01-02T23:00:00Z")));
  });

  it("tell the slot that is open, or the next one behind nights, weekends and freezes", () => {
    assert.deepEqual(slotAfter(mornings, "2026-07-01T08:30:30Z"), ["2026-07-01T08:30", "2026-07-01T10:00"]);
    assert.deepEqual(slotAfter(mornings, "2026-07-02T10:00:00Z"), ["2026-07-07T07:00", "2026-07-07T10:00"]);
    assert.deepEqual(slotAfter(mornings, "2026-12-23T11:00:00Z"), ["2027-01-05T08:00", "2027-01-05T11:00"]);
  });

  it("make one slot of hours that meet, over midnight too", () => {
    const night: DeploymentWindows = {
      open: [
        { days: ["Mon"], from: "22:00", to: "24:00" },
        { days: ["Tue"], from: "00:00", to: "02:00" },
      ],
    };
    assert.deepEqual(slotAfter(night, "2026-11-21T12:00:00Z"), ["2026-11-23T22:00", "2026-11-24T02:00"]);
  });

  it("agree with the rule minute by minute, on days when the clock changes too", function () {
    this.timeout(60_000);
    // Changes by an hour and by half an hour, at midnight, and a zone without any.
    const zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Asia/Kolkata", "UTC"];
    const starts = ["2026-03-27", "2026-10-23", "2026-03-07", "2026-10-31", "2026-04-03", "2026-10-02", "2026-09-04", "2026-12-30"];
    const time = fc.integer({ min: 0, max: 287 }).map((slot) => clock(slot * 5));
    const hours = fc
      .record({ days: fc.subarray([...weekdays], { minLength: 1 }), from: time, length: fc.integer({ min: 5, max: 600 }) })
      .map(({ days, from, length }) => ({
        days,
        from,
        to: clock(Math.min(Number(from.slice(0, 2)) * 60 + Number(from.slice(3)) + length, 1440)),
      }));
    const windows = fc.record({
      timeZone: fc.constantFrom(...zones),
      open: fc.array(hours, { minLength: 1, maxLength: 2 }),
      freezes: fc.constantFrom(
        [],
        [{ from: "2025-10-24", to: "2025-10-25", reason: "x" }],
        [{ from: "2026-12-31", to: "2027-01-01", reason: "x" }],
      ),
    });
    fc.assert(
      fc.property(windows, fc.constantFrom(...starts), fc.integer({ min: 0, max: 2880 }), (declared, start, minutes) => {
        const now = Date.parse(`${start}T00:00:00Z`) + minutes * 60_000;
        assert.equal(isOpen(declared, new Date(now)), isOpenByTheRule(declared, now));
        let walker = now;
        const end = now + 4 * 86_400_000;
        while (walker < end && !isOpenByTheRule(declared, walker)) walker += 60_000;
        const slot = nextSlot(declared, new Date(now));
        if (walker >= end) assert.isTrue(slot === undefined || slot.opens.getTime() >= end);
        else assert.equal(slot?.opens.toISOString(), new Date(walker).toISOString());
        while (walker < end && isOpenByTheRule(declared, walker)) walker += 60_000;
        if (walker < end) assert.equal(slot?.closes.toISOString(), new Date(walker).toISOString());
      }),
      { numRuns: 60 },
    );
  });

  it("are told to Argo CD so that it allows a sync exactly when they are open", () => {
    for (const zone of ["Europe/Berlin", "UTC", "America/New_York"]) {
      const windows = { ...mornings, timeZone: zone };
      // Half a minute off: Argo CD leaves the very instant of a boundary open to both readings.
      for (let time = Date.parse("2026-12-18T00:00:30Z"); time < Date.parse("2027-01-09T00:00:00Z"); time += 37 * 60_000)
        assert.equal(argoCdAllows(windows, new Date(time)), isOpen(windows, new Date(time)), `${zone} ${new Date(time).toISOString()}`);
    }
  });
});

describe("sync windows", () => {
  it("are an allow window for open hours and a deny window for a freeze, both with manual sync", () => {
    const common = { timeZone: "Europe/Berlin", applications: ["shop"], syncOverrun: true, manualSync: true } as const;
    assert.deepEqual(syncWindows(mornings, "shop"), [
      { kind: "allow", schedule: "0 9 * * 2-4", duration: "3h", ...common },
      { kind: "deny", schedule: "0 0 24 12 *", duration: "240h", description: "holidays", ...common },
    ]);
  });

  it("write weekdays as a range, a list or a star, and half hours in minutes", () => {
    const of = (days: DeploymentWindows["open"][number]["days"], from = "09:30", to = "10:15") => {
      const [window] = syncWindows({ open: [{ days, from, to }] }, "shop");
      return [window?.schedule, window?.duration];
    };
    assert.deepEqual(of(["Fri", "Mon"]), ["30 9 * * 1,5", "0h45m"]);
    assert.deepEqual(of([...weekdays], "00:00", "24:00"), ["0 0 * * *", "24h"]);
  });
});

describe("freezes", () => {
  it("hold on the same days of the next year until they are removed, as Argo CD's windows do", () => {
    assert.isFalse(isOpen(mornings, at("2027-12-28T08:30:00Z")));
  });

  it("are shown to people when they are over or more than a year ahead, and not otherwise", () => {
    const kinds = (today: string) => misplacedFreezes(mornings, today).map(({ is }) => is);
    assert.deepEqual(kinds("2025-12-23"), ["early"]);
    assert.deepEqual(kinds("2026-11-21"), []);
    assert.deepEqual(kinds("2027-01-02"), []);
    assert.deepEqual(kinds("2027-01-03"), ["over"]);
  });
});

function clock(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}
