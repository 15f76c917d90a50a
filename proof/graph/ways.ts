/** Every way of getting a change into a branch that nobody else has approved, or that its checks have not passed. */
import type { Guard } from "../../policies/rules/branch-guards.ts";
import type { Identity } from "./actors.ts";
import { demandsOn, isAround, isFrozen, reviewProperty, type Demands } from "./gate.ts";
import type { Fact } from "./search.ts";
import type { Step } from "../theorem.ts";

export interface Way {
  /** What must have been reached before. */
  readonly from: readonly Fact[];
  readonly steps: readonly Step[];
}

/** Somebody before a branch, with all that GitHub takes for another than them although it does as they say. */
export interface Attempt {
  readonly branch: string;
  readonly repository: string;
  readonly guards: readonly Guard[];
  readonly who: Identity;
  /** `GITHUB_TOKEN` of a job that they have written; `may` open and approve pull requests. */
  readonly token?: { readonly fact: Fact; readonly may: boolean; readonly at: string; readonly who: Identity };
  /** An App whose key they may get at. */
  readonly app?: { readonly fact: Fact; readonly at: string; readonly who: Identity };
  /** They can push to branches of the repository that nothing guards, so to the head of somebody else's pull request too. */
  readonly heads?: Fact;
  /** Does a change that matters here need an approval by its owner, and are they one? */
  readonly owners: { readonly matter: boolean; readonly include: boolean };
  /** Contexts that a change must have passed. */
  readonly checks: readonly string[];
  /** Nobody else is there to approve: then a pull request and its checks are what is asked for. */
  readonly alone: boolean;
}

/** @throws UnknownValue where a rule is known only after the update */
export function waysInto(attempt: Attempt): readonly Way[] {
  // Who may only read proposes, and somebody else merges.
  if (attempt.who.kind === "stranger") return [];
  const faces = facesOf(attempt);
  return [...faces.flatMap((face) => pushes(attempt, face)), ...faces.flatMap((face) => merges(attempt, face)), ...unchecked(attempt)];
}

/** One of those that act for somebody: GitHub asks what this one may. */
interface Acting {
  readonly face: Face;
  readonly who: Identity;
  readonly from: readonly Fact[];
}

function facesOf({ who, token, app }: Attempt): readonly Acting[] {
  const faces: Acting[] = [{ face: "self", who, from: [] }];
  if (token !== undefined) faces.push({ face: "token", who: token.who, from: [token.fact] });
  if (app !== undefined) faces.push({ face: "app", who: app.who, from: [app.fact] });
  return faces;
}

function pushes({ branch, repository, guards }: Attempt, { who, from }: Acting): Way[] {
  if (who.permissions !== undefined && who.permissions.contents !== "write") return [];
  const demands = demandsOn(guards, who, "push");
  if (demands.pullRequest !== undefined || isFrozen(demands.guards)) return [];
  const around = guards.map((guard) => isAround(guard, who, "push")).find((at) => at !== undefined);
  const [guard] = guards;
  const open =
    guard === undefined
      ? { why: "which no ruleset guards", at: `${repository} ${branch}` }
      : { why: "which asks for no pull request", at: `${guard.declaration.name} ${pullRequestRule(guard)}` };
  const { why, at } = around === undefined ? open : { why: "whose rules it does not have to keep", at: around };
  return [{ from, steps: [{ text: `${who.text} pushes a commit to ${branch}, ${why}`, at }] }];
}

const pullRequestRule = ({ kind }: Guard): string => (kind === "ruleset" ? "rules.pullRequest" : "requiredPullRequestReviews");

function merges(attempt: Attempt, acting: Acting): Way[] {
  const { branch, guards } = attempt;
  const { who, from } = acting;
  const demands = demandsOn(guards, who, "merge");
  if (isFrozen(demands.guards) || who.kind === "deployKey") return [];
  if (who.permissions !== undefined && (who.permissions.pullRequests !== "write" || who.permissions.contents !== "write")) return [];
  const around = guards.map((guard) => isAround(guard, who, "merge")).find((at) => at !== undefined);
  const asked = demands.approvals > 0 || (demands.codeOwners && attempt.owners.matter);
  if (around !== undefined && !asked) {
    return [{ from, steps: [{ text: `${who.text} merges a pull request to ${branch} without its reviews and checks`, at: around }] }];
  }
  if (attempt.alone) return [];
  // No run starts for what a token does: checks that are required keep it waiting, and a person has to look.
  if (attempt.who.kind === "token") {
    return asked || demands.guards.some((guard) => guard.checks().length > 0) ? [] : [unasked(attempt, demands)];
  }
  if (!asked) return acting.face === "self" ? [unasked(attempt, demands)] : [];
  return attempt.who.kind === "person" ? byThemselves(attempt, demands, acting) : [];
}

function unasked({ who, branch, repository }: Attempt, { pullRequest }: Demands): Way {
  const at = pullRequest === undefined ? `${repository} ${branch}` : approvalsOf(pullRequest);
  return { from: [], steps: [{ text: `${who.text} merges a pull request of their own to ${branch}, as nobody has to approve it`, at }] };
}

const approvalsOf = (guard: Guard): string => reviewProperty(guard, "requiredApprovingReviewCount", "requiredApprovingReviewCount");

/** Who GitHub sees: the person, a job's token, an App, or whoever else has opened the pull request. */
type Face = "self" | "token" | "app" | "other";

function byThemselves(attempt: Attempt, demands: Demands, merger: Acting): Way[] {
  const ways: Way[] = [];
  const { pullRequest: guard } = demands;
  if (guard === undefined) return ways;
  // What another face of theirs does not have to keep is one step more.
  const around = attempt.guards.map((each) => isAround(each, merger.who, "merge")).find((at) => at !== undefined);
  const last: Step[] = around === undefined ? [] : [{ text: `${merger.who.text} merges it without keeping the other rules`, at: around }];
  const merged = ({ from, steps }: Way): Way => ({ from: [...new Set([...from, ...merger.from])], steps: [...steps, ...last] });
  // Approvals of what was there before the last commit are enough then.
  if (!demands.dismissal && (!demands.lastPush || demands.approvals === 0)) return [merged(stale(attempt, guard))];
  for (const extra of [[], ["token"], ["app"], ["token", "app"]] as const) {
    if (extra.some((face) => attempt[face] === undefined)) continue;
    const found = pairs(attempt, extra).find(([author, pusher]) => isApproved(attempt, demands, author, pusher, extra));
    if (found !== undefined) ways.push(merged(describe(attempt, guard, found, extra, demands)));
  }
  return ways;
}

/** Who may have opened a pull request, and who has pushed its last commit. */
function pairs({ token, heads }: Attempt, extra: readonly Face[]): readonly (readonly [Face, Face])[] {
  const authors: Face[] = ["self", ...extra.filter((face) => face !== "token" || token?.may === true)];
  if (heads !== undefined) authors.push("other");
  const pushers: Face[] = ["self", ...extra.filter((face) => face === "app")];
  return authors.flatMap((author) => pushers.map((pusher) => [author, pusher] as const));
}

function approversOf({ token }: Attempt, author: Face, extra: readonly Face[]): readonly Face[] {
  const all: readonly Face[] = ["self", ...extra.filter((face) => face !== "token" || token?.may === true)];
  return all.filter((face) => face !== author);
}

function isApproved(attempt: Attempt, demands: Demands, author: Face, pusher: Face, extra: readonly Face[]): boolean {
  const approvers = approversOf(attempt, author, extra);
  const lastPush = !demands.lastPush || demands.approvals === 0 || approvers.some((face) => face !== pusher);
  // Approvals that others gave before the last commit still count where nothing dismisses them.
  if (!demands.dismissal) return lastPush;
  const owners = !demands.codeOwners || !attempt.owners.matter || (approvers.includes("self") && attempt.owners.include);
  return lastPush && owners && approvers.length >= demands.approvals;
}

const staleAt = (guard: Guard): string => reviewProperty(guard, "dismissStaleReviewsOnPush", "dismissStaleReviews");

function stale({ who, branch }: Attempt, guard: Guard): Way {
  const at = staleAt(guard);
  return {
    from: [],
    steps: [
      { text: `${who.text} opens a pull request to ${branch}, which others approve`, at: approvalsOf(guard) },
      { text: `${who.text} pushes another commit to it and merges, as the approvals stay`, at },
    ],
  };
}

function describe(
  { who, branch, token, app, heads }: Attempt,
  guard: Guard,
  [author, pusher]: readonly [Face, Face],
  extra: readonly Face[],
  { approvals, lastPush, dismissal }: Demands,
): Way {
  const facts = { self: undefined, token: token?.fact, app: app?.fact, other: heads };
  const from = [...new Set([author, pusher, ...extra])].flatMap((face) => facts[face] ?? []);
  const lastPushAt = reviewProperty(guard, "requireLastPushApproval", "requireLastPushApproval");
  const opened: Readonly<Record<Face, Step>> = {
    self: { text: `${who.text} opens a pull request to ${branch}`, at: approvalsOf(guard) },
    token: { text: `a job of theirs opens a pull request to ${branch} with its GITHUB_TOKEN`, at: token?.at ?? "" },
    app: { text: `${who.text} opens a pull request to ${branch} as the App`, at: app?.at ?? "" },
    other: { text: `${who.text} pushes a commit to a pull request to ${branch} that somebody else opened`, at: lastPushAt },
  };
  const approved: Readonly<Partial<Record<Face, Step>>> = {
    self: { text: `${who.text} approves it, as it is not they who opened it`, at: lastPush ? approvalsOf(guard) : lastPushAt },
    token: { text: "a job of theirs approves it with its GITHUB_TOKEN", at: token?.at ?? "" },
    app: { text: `${who.text} approves it as the App`, at: app?.at ?? "" },
  };
  const all: readonly Face[] = (["self", ...extra] as const).filter((face) => face !== author && (face !== "token" || token?.may === true));
  const counted = lastPush ? [...all].sort((left) => (left === pusher ? 1 : -1)) : all;
  const steps = counted.slice(0, dismissal ? Math.max(1, approvals) : 1).flatMap((face) => approved[face] ?? []);
  const before = { text: "others approve it, and their approvals stay when more is pushed", at: staleAt(guard) };
  const pushed = pusher === "app" && author !== "app" ? [{ text: `${who.text} pushes a commit to it as the App`, at: app?.at ?? "" }] : [];
  return { from, steps: [opened[author], ...(dismissal ? [] : [before]), ...pushed, ...steps] };
}

/** A check that nothing requires of them, or that anybody may report: the change is approved, and not checked. */
function unchecked({ who, branch, repository, guards, checks }: Attempt): Way[] {
  if (who.kind !== "person") return [];
  const { guards: left } = demandsOn(guards, who, "merge");
  const required = left.flatMap((guard) => guard.checks().map((check, index) => ({ check, guard, index })));
  const around = guards.map((guard) => isAround(guard, who, "merge")).find((at) => at !== undefined);
  return checks.flatMap((context): Way[] => {
    const same = required.filter(({ check }) => check.context === context);
    if (same.some(({ check }) => check.app !== undefined)) return [];
    const [open] = same;
    if (open === undefined) {
      const at = around ?? (guards[0] === undefined ? `${repository} ${branch}` : `${guards[0].declaration.name} ${checksRule(guards[0])}`);
      const text = `${who.text} merges a pull request to ${branch} although ${context} has failed`;
      return [{ from: [], steps: [{ text, at }] }];
    }
    const at = `${open.guard.declaration.name} ${checksRule(open.guard)}.requiredChecks.${open.index}`;
    const text = `${who.text} reports ${context} as passed on a pull request to ${branch}, as any app may, and merges it`;
    return [{ from: [], steps: [{ text, at }] }];
  });
}

const checksRule = ({ kind }: Guard): string => (kind === "ruleset" ? "rules.requiredStatusChecks" : "requiredStatusChecks");
