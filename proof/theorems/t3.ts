/** T3: windows, wait timers and freezes leave a slot, and a rollback stays possible. */
import { at, tiersOf, type TierOf } from "../deployments.ts";
import type { Counterexample, Judgement, Theorem } from "../theorem.ts";
import { intersect, without, type Interval } from "../windows/intervals.ts";
import { blockedTimes, openTimes, type Window } from "../windows/sync.ts";
import { slotsOf, SPAN, timesOf, type Times } from "../windows/tier.ts";

/** Whatever the moment, a slot must open within this time. */
const YEAR = 366 * 86_400_000;
const MINUTE = 60_000;
/** Minutes after which GitHub takes no longer timer: https://docs.github.com/actions/reference/workflows-and-actions/deployments-and-environments */
const LONGEST_TIMER = 43_200;

export const slotTheorem: Theorem = {
  id: "T3",
  title: "Windows, wait timers and freezes leave a slot, and a rollback stays possible",
  why: "A tier that nothing can be deployed to is noticed when a fix has to get there, and one that a person cannot sync keeps its fault.",
  *subjects(world) {
    for (const tier of tiersOf(world)) yield { name: tier.name, judge: () => judge(timesOf(world, tier)) };
  },
};

function judge(times: Times): Judgement {
  const { argo } = times;
  if (argo !== undefined && argo.unreadable.length > 0) return { counterexamples: unreadable(argo) };
  return { counterexamples: [...noSlot(times), ...besideTheWindows(times), ...noRollback(times), ...cutOff(times)] };
}

function unreadable({ project, application, unreadable: windows }: NonNullable<Times["argo"]>): Counterexample[] {
  const name = application.text("metadata.name") ?? application.name;
  return windows.map(({ index, property, why }) => ({
    claim: `Argo CD cannot read a sync window of ${name} as it is meant, so nobody knows when it is deployed to`,
    steps: [{ text: `sync window ${index} cannot be read: ${why}`, at: at(project, property) }],
    fix: "Write five cron fields, a duration such as 8h, an IANA time zone, and allow or deny.",
  }));
}

/** From any moment on, a slot must open within a year that is longer than the wait. */
function noSlot(times: Times): Counterexample[] {
  const { tier, wait, argo } = times;
  const timer = wait.steps.length > 0 && wait.minutes > LONGEST_TIMER;
  if (timer) {
    const claim = `no job ever deploys to ${tier.name}: GitHub breaks off what waits longer than 30 days`;
    return [{ claim, steps: wait.steps, fix: `Let the wait timers on the way add up to at most ${LONGEST_TIMER} minutes.` }];
  }
  const open = slotsOf(times);
  const usable = open.filter(({ from, to }) => to - from > wait.minutes * MINUTE);
  const gap = longGap(usable);
  if (gap === undefined) return [];
  const tooShort = longGap(open) === undefined;
  return [
    {
      claim: `nothing is deployed to ${tier.name} from ${stamp(gap.from)} to ${stamp(gap.to)}`,
      steps: [...closing(tier, argo, gap, tooShort ? open : []), ...(tooShort ? wait.steps : [])],
      fix: tooShort
        ? `Open a window for longer than the ${wait.minutes} minutes of its wait timers, or shorten these.`
        : "Shorten the deny window, or let an allow window open outside of it.",
    },
  ];
}

/** The first time longer than a year without a slot. */
function longGap(slots: readonly Interval[]): Interval | undefined {
  return without(SPAN, slots).find(({ from, to }) => to - from > YEAR);
}

function closing({ tier, system }: TierOf, argo: Times["argo"], gap: Interval, slots: readonly Interval[]): Counterexample["steps"] {
  const [slot] = slots;
  if (slot !== undefined) {
    const longest = Math.max(...slots.map(({ from, to }) => to - from)) / MINUTE;
    const where = argo === undefined ? tierWindows({ tier, system }) : at(argo.project, "spec.syncWindows");
    return [{ text: `a slot opens ${stamp(slot.from)}, and none is longer than ${longest} minutes`, at: where }];
  }
  const shutting = (argo?.windows ?? []).filter((window) => shuts(window, gap));
  if (argo === undefined || shutting.length === 0) {
    const text = "no open hours of the tier lie where Argo CD may sync";
    return [{ text, at: tierWindows({ tier, system }) }];
  }
  return shutting.map(({ index, kind, active: [first] }) => ({
    text:
      kind === "deny"
        ? `deny window ${index} is active from ${first === undefined ? "never" : `${stamp(first.from)} to ${stamp(first.to)}`}`
        : `allow window ${index} ${first === undefined ? "never opens" : `opens ${stamp(first.from)}`}, and nothing else lets it sync`,
    at: at(argo.project, `spec.syncWindows.${index}`),
  }));
}

/** Has the window a part in the gap? An allow window by being there at all, a deny window by being active in it. */
const shuts = ({ kind, active }: Window, gap: Interval): boolean => kind === "allow" || intersect(active, [gap]).length > 0;

const tierWindows = ({ tier, system }: Pick<TierOf, "tier" | "system">): string => `${system.system.name} tiers.${tier.name}.windows`;

/** Argo CD must not sync by itself while a promotion would be refused. */
function besideTheWindows({ tier, promoted, argo }: Times): Counterexample[] {
  if (argo === undefined || !argo.application.has("spec.syncPolicy.automated")) return [];
  if (argo.application.get("spec.syncPolicy.automated.enabled") === false) return [];
  const [beside] = openTimes(argo.windows, SPAN).flatMap((open) => without(open, promoted));
  if (beside === undefined) return [];
  return [
    {
      claim: `what is merged at ${stamp(beside.from)} is deployed to ${tier.name} at once, outside of its windows`,
      steps: [
        { text: `the windows of ${tier.tier.name} are closed at ${stamp(beside.from)}`, at: tierWindows(tier) },
        { text: "Argo CD syncs by itself at that time", at: at(argo.project, "spec.syncWindows") },
      ],
      fix: "Let the AppProject's sync windows be those that are made from the tier's windows.",
    },
  ];
}

function noRollback({ tier, argo }: Times): Counterexample[] {
  if (argo === undefined) return [];
  return blockedTimes(argo.windows, SPAN).map(({ window: { index, kind }, time }) => ({
    claim: `a fault that is found at ${stamp(time.from)} stays in ${tier.name} until ${stamp(time.to)}: nobody may sync the way back`,
    steps: [
      {
        text:
          kind === "deny"
            ? `deny window ${index} is active at ${stamp(time.from)}, and lets no person sync`
            : `allow window ${index} is closed at ${stamp(time.from)}, and lets no person sync then`,
        at: at(argo.project, `spec.syncWindows.${index}.manualSync`),
      },
    ],
    fix: "Set `manualSync` to true on every window.",
  }));
}

/** A sync that the end of a window breaks off stays stuck, and cannot even be synced by hand: argo-cd#25361, #26215. */
function cutOff({ tier, argo }: Times): Counterexample[] {
  return (argo?.windows ?? []).flatMap(({ index, kind, syncOverrun, active }) => {
    const end = kind === "allow" ? active.find(({ to }) => to < SPAN.to)?.to : active.find(({ from }) => from > SPAN.from)?.from;
    if (argo === undefined || syncOverrun || end === undefined) return [];
    return [
      {
        claim: `a sync of ${tier.name} that begins a minute before ${stamp(end)} is broken off and stays stuck`,
        steps: [
          {
            text: `${kind} window ${index} ${kind === "allow" ? "closes" : "opens"} at ${stamp(end)}, and lets no sync run on`,
            at: at(argo.project, `spec.syncWindows.${index}.syncOverrun`),
          },
        ],
        fix: "Set `syncOverrun` to true on every window.",
      },
    ];
  });
}

const stamp = (time: number): string => `${new Date(time).toISOString().slice(0, 16).replace("T", " ")} UTC`;
