import { assert } from "chai";
import fc from "fast-check";
import type { DeploymentWindows } from "../../model/windows.ts";
import { Declaration, UNKNOWN } from "../../policies/rules/declaration.ts";
import { slotTheorem as t3 } from "../../proof/theorems/t3.ts";
import { openTimes, windowsOf } from "../../proof/windows/sync.ts";
import { prove } from "../../proof/index.ts";
import { realWorld } from "./support/real.ts";
import { maySync, type RawWindow } from "./support/sync-minute.ts";
import { lines, shop, tiers } from "./support/shop.ts";

const window = (more: object = {}): object => ({
  kind: "allow",
  schedule: "0 9 * * 1-5",
  duration: "8h",
  timeZone: "UTC",
  applications: ["shop"],
  syncOverrun: true,
  manualSync: true,
  ...more,
});
const businessHours: DeploymentWindows = { open: [{ days: ["Mon", "Tue", "Wed", "Thu", "Fri"], from: "09:00", to: "17:00" }] };

/** The shop whose production has these sync windows, made from the same windows of the tier unless others are given. */
const withWindows = (windows: readonly object[], declared: DeploymentWindows | null = businessHours, more: object = {}) =>
  shop({
    set: { "AppProject shop-prod": { "spec.syncWindows": windows }, ...more },
    ...(declared !== null && { system: tiers({ prod: { windows: declared } }) }),
  });

describe("T3: windows, wait timers and freezes leave a slot, and a rollback stays possible", () => {
  it("holds for the five systems", async () => {
    const [proved] = prove(await realWorld(), [t3]);
    assert.lengthOf(proved?.proofs ?? [], 12);
    assert.isEmpty(lines(t3, await realWorld()));
  });

  it("holds without windows, and with open hours, a freeze and a wait", () => {
    assert.isEmpty(lines(t3, shop()));
    const freeze = { from: "2026-12-20", to: "2027-01-03", reason: "Christmas" };
    const deny = window({ kind: "deny", schedule: "0 0 20 12 *", duration: "360h" });
    const world = withWindows(
      [window(), deny],
      { ...businessHours, freezes: [freeze] },
      { "RepositoryEnvironment shop-prod": { waitTimer: 30 } },
    );
    assert.isEmpty(lines(t3, world));
  });

  describe("a slot", () => {
    it("is not left by a deny window for ever", () => {
      assert.deepEqual(lines(t3, withWindows([window({ kind: "deny", schedule: "* * * * *", duration: "1h" })], null)), [
        "shop prod: nothing is deployed to shop prod from 2027-01-01 00:00 UTC to 2030-01-01 00:00 UTC",
        "deny window 0 is active from 2027-01-01 00:00 UTC to 2030-01-01 00:00 UTC (shop-prod spec.syncWindows.0)",
      ]);
    });

    it("is not left by a freeze over the only day on which a window opens", () => {
      const yearly = window({ schedule: "0 9 24 12 *" });
      const deny = window({ kind: "deny", schedule: "0 0 20 12 *", duration: "240h" });
      assert.deepEqual(lines(t3, withWindows([yearly, deny], null)), [
        "shop prod: nothing is deployed to shop prod from 2027-01-01 00:00 UTC to 2030-01-01 00:00 UTC",
        "allow window 0 opens 2027-12-24 09:00 UTC, and nothing else lets it sync (shop-prod spec.syncWindows.0)",
        "deny window 1 is active from 2027-12-20 00:00 UTC to 2027-12-30 00:00 UTC (shop-prod spec.syncWindows.1)",
      ]);
    });

    it("must come more often than in leap years", () => {
      const [claim, ...steps] = lines(t3, withWindows([window({ schedule: "0 9 29 2 *" })], null));
      assert.equal(claim, "shop prod: nothing is deployed to shop prod from 2027-01-01 00:00 UTC to 2028-02-29 09:00 UTC");
      assert.deepEqual(steps, ["allow window 0 opens 2028-02-29 09:00 UTC, and nothing else lets it sync (shop-prod spec.syncWindows.0)"]);
    });

    it("must be longer than the wait timers on the way", () => {
      const wait = { "RepositoryEnvironment shop-prod": { waitTimer: 480 } };
      assert.deepEqual(lines(t3, withWindows([window()], businessHours, wait)), [
        "shop prod: nothing is deployed to shop prod from 2027-01-01 00:00 UTC to 2030-01-01 00:00 UTC",
        "a slot opens 2027-01-01 09:00 UTC, and none is longer than 480 minutes (shop-prod spec.syncWindows)",
        "job prod of .github/workflows/cd.yml waits 480 minutes in environment prod (shop-prod waitTimer)",
      ]);
      assert.isEmpty(lines(t3, withWindows([window()], businessHours, { "RepositoryEnvironment shop-prod": { waitTimer: 479 } })));
    });

    it("is not left by wait timers that GitHub breaks off, one after the other", () => {
      const world = shop({
        set: { "RepositoryEnvironment shop-prod": { waitTimer: 43_200 }, "RepositoryEnvironment shop-dev": { waitTimer: 1 } },
        files: { ".github/workflows/cd.yml": (text) => text.replace("environment: prod", "environment: prod\n    needs: dev") },
      });
      assert.deepEqual(lines(t3, world), [
        "shop prod: no job ever deploys to shop prod: GitHub breaks off what waits longer than 30 days",
        "job dev of .github/workflows/cd.yml waits 1 minutes in environment dev (shop-dev waitTimer)",
        "job prod of .github/workflows/cd.yml waits 43200 minutes in environment prod (shop-prod waitTimer)",
      ]);
    });

    it("must lie in the tier's windows and in Argo CD's", () => {
      const world = withWindows([window({ schedule: "0 20 * * 1-5", duration: "2h" })]);
      assert.deepEqual(lines(t3, world).slice(0, 2), [
        "shop prod: nothing is deployed to shop prod from 2027-01-01 00:00 UTC to 2030-01-01 00:00 UTC",
        "allow window 0 opens 2027-01-01 20:00 UTC, and nothing else lets it sync (shop-prod spec.syncWindows.0)",
      ]);
    });
  });

  it("is broken where Argo CD syncs by itself outside of the tier's windows", () => {
    assert.deepEqual(lines(t3, withWindows([])), [
      "shop prod: what is merged at 2027-01-01 00:00 UTC is deployed to shop prod at once, outside of its windows",
      "the windows of prod are closed at 2027-01-01 00:00 UTC (shop tiers.prod.windows)",
      "Argo CD syncs by itself at that time (shop-prod spec.syncWindows)",
    ]);
    assert.isEmpty(lines(t3, withWindows([], businessHours, { "Application shop-prod": { "spec.syncPolicy.automated": undefined } })));
  });

  describe("a rollback", () => {
    it("is blocked by a deny window that lets no person sync", () => {
      const deny = window({ kind: "deny", schedule: "0 0 24 12 *", duration: "48h", manualSync: undefined });
      const freezes = [{ from: "2026-12-24", to: "2026-12-25", reason: "Christmas" }];
      assert.deepEqual(lines(t3, withWindows([window(), deny], { ...businessHours, freezes })), [
        "shop prod: a fault that is found at 2027-12-24 00:00 UTC stays in shop prod until 2027-12-26 00:00 UTC: nobody may sync the way back",
        "deny window 1 is active at 2027-12-24 00:00 UTC, and lets no person sync (shop-prod spec.syncWindows.1.manualSync)",
      ]);
    });

    it("is blocked outside of an allow window that lets no person sync", () => {
      assert.deepEqual(lines(t3, withWindows([window({ manualSync: false })])), [
        "shop prod: a fault that is found at 2027-01-01 00:00 UTC stays in shop prod until 2027-01-01 09:00 UTC: nobody may sync the way back",
        "allow window 0 is closed at 2027-01-01 00:00 UTC, and lets no person sync then (shop-prod spec.syncWindows.0.manualSync)",
      ]);
    });

    it("is stuck behind a sync that the end of a window broke off", () => {
      assert.deepEqual(lines(t3, withWindows([window({ syncOverrun: undefined })])), [
        "shop prod: a sync of shop prod that begins a minute before 2027-01-01 17:00 UTC is broken off and stays stuck",
        "allow window 0 closes at 2027-01-01 17:00 UTC, and lets no sync run on (shop-prod spec.syncWindows.0.syncOverrun)",
      ]);
    });
  });

  for (const [property, value, why] of [
    ["schedule", "0 9 * *", '"0 9 * *" has fewer than five fields'],
    ["schedule", "0 9 * * 7", '"7" is not within 0 to 6'],
    ["schedule", "@daily", '"@daily" has fewer than five fields'],
    ["duration", "8 hours", '"8 hours" is no duration, such as 8h or 1h30m'],
    ["kind", "block", 'it is "block", and Argo CD knows allow and deny'],
    ["timeZone", "Europe/Atlantis", "no time zone is called Europe/Atlantis, and Argo CD then goes by UTC"],
  ] as const) {
    it(`is broken by the ${property} ${value}, which Argo CD cannot read`, () => {
      const place = property === "duration" ? "schedule" : property;
      assert.deepEqual(lines(t3, withWindows([window({ [property]: value })])), [
        "shop prod: Argo CD cannot read a sync window of shop as it is meant, so nobody knows when it is deployed to",
        `sync window 0 cannot be read: ${why} (shop-prod spec.syncWindows.0.${place})`,
      ]);
    });
  }

  it("leaves out windows of other Applications", () => {
    const deny = { kind: "deny", schedule: "* * * * *", duration: "1h", syncOverrun: true, manualSync: true };
    const others = [
      { applications: ["shop-dev"] },
      { namespaces: ["other*"] },
      { applications: ["shop"], namespaces: ["x"], andOperator: true },
      {},
    ];
    assert.isEmpty(
      lines(
        t3,
        withWindows(
          others.map((selector) => ({ ...deny, ...selector })),
          null,
        ),
      ),
    );
    for (const selector of [{ applications: ["sh*"] }, { namespaces: ["shop"] }, { clusters: ["https://*"] }]) {
      assert.isNotEmpty(lines(t3, withWindows([{ ...deny, ...selector }], null)), JSON.stringify(selector));
    }
  });

  it("does not know before the update what a computed window or timer leaves", () => {
    assert.deepEqual(lines(t3, withWindows([window({ schedule: UNKNOWN })])), [
      "shop prod: unknown, shop-prod.spec.syncWindows is known only after the update",
    ]);
    assert.deepEqual(lines(t3, shop({ set: { "RepositoryEnvironment shop-prod": { waitTimer: UNKNOWN } } })), [
      "shop prod: unknown, shop-prod.waitTimer is known only after the update",
    ]);
  });

  it("reads windows as a walk through every minute does", () => {
    const start = Date.UTC(2027, 2, 10);
    // Ten days: on one of them the clocks of New York are put forward, and Berlin's are not.
    const span = { from: start, to: start + 10 * 86_400_000 };
    const raw: fc.Arbitrary<RawWindow> = fc.record({
      kind: fc.constantFrom("allow", "deny"),
      schedule: fc.constantFrom(
        "0 9 * * 1-5",
        "30 1 * * SUN",
        "*/20 2 * * *",
        "0 0 14,28 3 *",
        "15 22 10-20/3 * 5",
        "0 12 ? * *",
        "5 4/7 */2 MAR 0",
      ),
      duration: fc.constantFrom("8h", "1h30m", "45m", "12h", "0s"),
      timeZone: fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"),
    });
    fc.assert(
      fc.property(fc.array(raw, { maxLength: 3 }), (windows) => {
        const application = declared({ metadata: { name: "shop" } });
        const project = declared({ spec: { syncWindows: windows.map((one) => ({ ...one, applications: ["*"] })) } });
        const open = openTimes(windowsOf(project, application, span).windows, span);
        const isOpen = (time: number) => open.some(({ from, to }) => from <= time && time < to);
        // A prime number of minutes, so that every minute of an hour is met.
        for (let time = span.from; time < span.to; time += 37 * 60_000) {
          assert.equal(isOpen(time), maySync(windows, time), new Date(time).toISOString());
        }
      }),
      { numRuns: 40 },
    );
  });
});

const declared = (properties: Readonly<Record<string, unknown>>) => new Declaration({ type: "x", name: "x", urn: "x", properties });
