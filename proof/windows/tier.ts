/** When a tier is deployed to: its own windows, those of its AppProject, and the wait timers on the way. */
import { syncWindows } from "../../delivery/windows.ts";
import { Declaration } from "../../policies/rules/declaration.ts";
import { applicationOf, gitOpsTiersOf, projectOf, type TierOf } from "../deployments.ts";
import { longestWait, type Wait } from "../waits.ts";
import type { ProofWorld } from "../world.ts";
import { intersect, without, type Interval } from "./intervals.ts";
import { openTimes, windowsOf, type Windows } from "./sync.ts";

/** Three years with a leap day among them stand for all: a schedule of Argo CD knows no year. */
export const SPAN: Interval = { from: Date.UTC(2027, 0, 1), to: Date.UTC(2030, 0, 1) };

/** All that decides when a tier is deployed to. */
export interface Times {
  readonly tier: TierOf;
  readonly wait: Wait;
  /** When a promotion may be started; the tier's windows. */
  readonly promoted: readonly Interval[];
  /** Its AppProject and what holds for its Application; absent where Argo CD does not deploy it. */
  readonly argo?: { readonly project: Declaration; readonly application: Declaration } & Windows;
}

/** @throws UnknownValue */
export function timesOf(world: ProofWorld, tier: TierOf): Times {
  const wait = longestWait(world, tier);
  const gitOps = gitOpsTiersOf(world).find(({ name }) => name === tier.name);
  const application = gitOps === undefined ? undefined : applicationOf(world, gitOps);
  const project = application === undefined ? undefined : projectOf(world, application);
  const promoted = promotionTimes(tier);
  if (application === undefined || project === undefined) return { tier, wait, promoted };
  return { tier, wait, promoted, argo: { project, application, ...windowsOf(project, application, SPAN) } };
}

/** The tier's own windows, read as Argo CD would read what is made from them. */
function promotionTimes({ tier, name }: TierOf): readonly Interval[] {
  if (tier.windows === undefined) return [SPAN];
  const application = declaration({ metadata: { name }, spec: {} });
  const project = declaration({ spec: { syncWindows: syncWindows(tier.windows, name) } });
  return openTimes(windowsOf(project, application, SPAN).windows, SPAN);
}

const declaration = (properties: Readonly<Record<string, unknown>>): Declaration =>
  new Declaration({ type: "", name: "", urn: "", properties });

/** When a promotion may be started and Argo CD syncs by itself. */
export function slotsOf({ promoted, argo }: Times): readonly Interval[] {
  return argo === undefined ? promoted : intersect(promoted, openTimes(argo.windows, SPAN));
}

/** Times without a slot. */
export const closedTimes = (times: Times): readonly Interval[] => without(SPAN, slotsOf(times));
