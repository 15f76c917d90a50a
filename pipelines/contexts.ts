/** What the contexts of an expression hold when an event starts a workflow: known members, and what the rest depends on. */
import { data } from "@actions/expressions";
import { isLiteralPattern } from "./glob.ts";
import { DEFAULT_TYPES, type Occasion } from "./events.ts";
import { known, knownBoolean, knownText, NULL, partial, unknown, type Value } from "./values.ts";
import type { Trigger } from "./workflow.ts";

export type Contexts = ReadonlyMap<string, Value>;

/** Members of `github.event` that only other events have, so that they are null in a pull request's. */
const NOT_OF_A_PULL_REQUEST = [
  "client_payload",
  "comment",
  "commits",
  "deployment",
  "forced",
  "head_commit",
  "inputs",
  "issue",
  "merge_group",
  "ref",
  "release",
  "review",
  "schedule",
  "workflow_run",
];

/** Activities that only an open pull request sees. Others, such as `edited` and `labeled`, happen to a merged one as well. */
const WHILE_OPEN: ReadonlySet<string> = new Set([
  ...DEFAULT_TYPES,
  "ready_for_review",
  "converted_to_draft",
  "auto_merge_enabled",
  "enqueued",
]);

/**
 * Contexts of a workflow that this trigger starts. Without an occasion nothing is known but the event and its filters; of a call nothing
 * at all, since its event and inputs are the caller's.
 */
export function contextsOf(trigger: Trigger, occasion?: Occasion): Contexts {
  if (trigger.event === "workflow_call") return new Map();
  const github = partial("github", { ...githubOf(trigger, occasion), event_name: knownText(trigger.event) }, unknown("github"));
  const inputs = trigger.event === "workflow_dispatch" ? unknown("inputs") : known(new data.Dictionary());
  return new Map<string, Value>([
    ["github", github],
    ["inputs", inputs],
    ["vars", unknown("vars")],
    ["matrix", NULL],
    ["strategy", NULL],
  ]);
}

function githubOf(trigger: Trigger, occasion: Occasion | undefined): Record<string, Value> {
  const repository = repositoryOf(occasion?.repository);
  switch (trigger.event) {
    case "pull_request":
    case "pull_request_target":
    case "pull_request_review":
    case "pull_request_review_comment":
      return { ...repository, ...pullRequestOf(trigger, occasion) };
    case "push":
      return { ...repository, ...pushOf(trigger, occasion) };
    case "merge_group":
      return { ...repository, ...mergeGroupOf(occasion) };
    default:
      return { ...repository, base_ref: knownText(""), head_ref: knownText("") };
  }
}

function repositoryOf(name: string | undefined): Record<string, Value> {
  if (name === undefined) return {};
  return { repository: knownText(name), repository_owner: knownText(name.split("/")[0] ?? "") };
}

function pullRequestOf(trigger: Trigger, occasion: Occasion | undefined): Record<string, Value> {
  const isTarget = trigger.event === "pull_request_target";
  const base = occasion === undefined ? unknown("github.base_ref") : knownText(occasion.base);
  const ref = occasion?.head.ref;
  const head = ref === undefined ? unknown("github.head_ref") : knownText(ref);
  const types = trigger.event.startsWith("pull_request_review") ? undefined : (trigger.filters.types?.patterns ?? DEFAULT_TYPES);
  const labels = types === undefined || types.some((type) => type === "labeled" || type === "unlabeled");
  // A pull request that is to be merged is open.
  const open =
    types === undefined ? false : occasion === undefined ? types.every((type) => WHILE_OPEN.has(type)) : !types.includes("closed");
  const fork = occasion?.head.fork;
  const rest = unknown("github.event.pull_request");
  const repo = partial("github.event.pull_request.head.repo", fork === undefined ? {} : { fork: knownBoolean(fork) }, rest);
  const pullRequest = partial(
    "github.event.pull_request",
    {
      base: partial("github.event.pull_request.base", { ref: base }, rest),
      head: partial("github.event.pull_request.head", { ref: head, repo }, rest),
      ...(open ? { merged: knownBoolean(false), state: knownText("open") } : {}),
    },
    rest,
  );
  const event: Record<string, Value> = Object.fromEntries(NOT_OF_A_PULL_REQUEST.map((name) => [name, NULL]));
  if (trigger.event !== "pull_request" && !isTarget) {
    delete event["comment"];
    delete event["review"];
  }
  event["pull_request"] = pullRequest;
  if (!labels) event["label"] = NULL;
  event["action"] =
    types?.length === 1 ? knownText(types[0] ?? "") : unknown("github.event.action", types === undefined ? {} : { oneOf: types });
  const baseRef = occasion === undefined ? unknown("github.ref", { prefix: "refs/heads/" }) : knownText(`refs/heads/${occasion.base}`);
  return {
    base_ref: base,
    head_ref: head,
    ref: isTarget ? baseRef : unknown("github.ref", { prefix: "refs/pull/", suffix: "/merge" }),
    ref_name: isTarget ? base : unknown("github.ref_name", { suffix: "/merge" }),
    ref_type: knownText("branch"),
    event: partial("github.event", event, unknown("github.event")),
  };
}

function pushOf(trigger: Trigger, occasion: Occasion | undefined): Record<string, Value> {
  const { branches, tags } = trigger.filters;
  const tagFiltered = tags !== undefined || trigger.filters["tags-ignore"] !== undefined;
  const branchFiltered = branches !== undefined || trigger.filters["branches-ignore"] !== undefined;
  // Of a filter for branches alone, tags do not start the workflow, and the other way round; on a pull request only branches matter.
  const onlyBranches = occasion !== undefined || (branchFiltered && !tagFiltered);
  const onlyTags = !onlyBranches && tagFiltered && !branchFiltered;
  const literal = onlyBranches && branches?.patterns.every(isLiteralPattern) === true ? branches.patterns : undefined;
  const head = occasion?.head.ref;
  const names = head === undefined ? literal : [head];
  return {
    base_ref: knownText(""),
    head_ref: knownText(""),
    ref: text(
      "github.ref",
      names?.map((name) => `refs/heads/${name}`),
      onlyBranches ? "refs/heads/" : onlyTags ? "refs/tags/" : "refs/",
    ),
    ref_name: text("github.ref_name", names),
    ...(onlyBranches || onlyTags ? { ref_type: knownText(onlyBranches ? "branch" : "tag") } : {}),
    event: partial(
      "github.event",
      { action: NULL, inputs: NULL, label: NULL, pull_request: NULL, schedule: NULL },
      unknown("github.event"),
    ),
  };
}

function mergeGroupOf(occasion: Occasion | undefined): Record<string, Value> {
  const queue = `gh-readonly-queue/${occasion === undefined ? "" : `${occasion.base}/`}`;
  return {
    base_ref: knownText(""),
    head_ref: knownText(""),
    ref: unknown("github.ref", { prefix: `refs/heads/${queue}` }),
    ref_name: unknown("github.ref_name", { prefix: queue }),
    ref_type: knownText("branch"),
    event: partial(
      "github.event",
      { action: knownText("checks_requested"), inputs: NULL, label: NULL, pull_request: NULL },
      unknown("github.event"),
    ),
  };
}

function text(about: string, oneOf: readonly string[] | undefined, prefix?: string): Value {
  const [only] = oneOf ?? [];
  if (oneOf?.length === 1 && only !== undefined) return knownText(only);
  return unknown(about, { ...(oneOf === undefined ? {} : { oneOf }), ...(prefix === undefined ? {} : { prefix }) });
}
