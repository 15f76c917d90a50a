/** The shapes of what comes after the merge: strategies, windows, notifications, containers, runners. */
import { byKind, list, object, oneOf, optional, orNull, pattern, record, text, whole, words, type Shape } from "../shape.ts";
import * as name from "./names.ts";

const kind = words(20);
const port = whole(1, 65_535);
const requestPath = pattern("a path that begins with /", /^\/\S{0,199}$/);

const analysis = object({
  service: name.namespaceName,
  port,
  path: requestPath,
  intervalSeconds: whole(1, 3600, "seconds"),
  count: whole(1, 1000, "measurements"),
  failureLimit: optional(whole(0, 1000, "measurements")),
});
const workload = {
  kind,
  workload: name.namespaceName,
  replicas: whole(1, 1000, "pods"),
  after: optional(list(name.namespaceName)),
  analysis: optional(analysis),
  progressDeadlineSeconds: optional(whole(1, 86_400, "seconds")),
};
const minutes = whole(0, 10_080, "minutes");
export const strategy = byKind({
  rolling: object({ ...workload, maxSurge: optional(whole(0, 1000, "pods")), maxUnavailable: optional(whole(0, 1000, "pods")) }),
  canary: object({
    ...workload,
    steps: list(object({ weight: whole(1, 100, "percent"), pauseMinutes: optional(orNull(minutes)) }), { least: 1, of: "steps" }),
    traffic: optional(
      object({
        router: oneOf(["nginx"]),
        ingress: name.namespaceName,
        stableService: name.namespaceName,
        canaryService: name.namespaceName,
      }),
    ),
  }),
  blueGreen: object({
    ...workload,
    activeService: name.namespaceName,
    previewService: name.namespaceName,
    promoteAfterMinutes: optional(orNull(minutes)),
    keepOldMinutes: optional(minutes),
  }),
});

const time = pattern("a time of day as HH:MM", /^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, "write it like 09:00");
const day: Shape = text("a day as YYYY-MM-DD", isDay, "write it like 2026-12-24");
export const deploymentWindows = object({
  timeZone: optional(name.timeZone),
  open: list(
    object({
      days: list(oneOf(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]), { least: 1, of: "days" }),
      from: time,
      to: time,
    }),
    { least: 1, of: "open hours" },
  ),
  freezes: optional(list(object({ from: day, to: day, reason: words(200) }))),
});

const channelName = pattern("a name of small letters, digits and -", /^[a-z][a-z0-9-]{0,39}$/);
const address = pattern("an e-mail address", /^[^\s@<>]+@[^\s@<>]+$/);
export const channels = record(
  channelName,
  byKind({
    slack: object({
      kind,
      channel: pattern("a channel of Slack", /^#[\p{Ll}\d_-]{1,80}$/u, "write it like #deployments"),
      secret: name.secretName,
    }),
    discord: object({ kind, secret: name.secretName }),
    email: object({ kind, to: list(address, { least: 1, of: "addresses" }), from: address, secret: name.secretName }),
    pagerduty: object({ kind, secret: name.secretName }),
  }),
);

const workflowEvent = object({
  workflow: name.workflowFile,
  job: optional(name.jobId),
  branch: optional(name.branchName),
  outcome: oneOf(["started", "success", "failure", "completed"]),
});
const applicationEvent = object({
  tier: name.tierName,
  application: oneOf(["Degraded", "SyncFailed", "Deployed", "Progressing", "RolledBack"]),
});
const event: Shape = (value, path, faults) =>
  (typeof value === "object" && value !== null && "application" in value ? applicationEvent : workflowEvent)(value, path, faults);
export const notificationRule = object({
  on: event,
  to: list(channelName, { least: 1, of: "channels" }),
  severity: optional(oneOf(["critical", "error", "warning", "info"])),
  message: optional(words(200)),
});

export const dockerTarget = object({
  kind,
  container: pattern("a name that Docker takes", /^[a-zA-Z0-9][\w.-]{0,62}$/),
  package: name.packageName,
  hostPort: port,
  containerPort: port,
  health: object({
    path: requestPath,
    intervalSeconds: optional(whole(1, 3600, "seconds")),
    timeoutSeconds: optional(whole(1, 3600, "seconds")),
    retries: optional(whole(1, 100, "times")),
  }),
  environment: optional(
    record(
      pattern("a name of an environment variable", /^[A-Za-z_]\w*$/),
      text("text", () => true),
    ),
  ),
  volumes: optional(record(pattern("a name that Docker takes", /^[a-zA-Z0-9][\w.-]{0,62}$/), requestPath)),
});

export const runner = object({
  labels: list(words(256), { least: 1, of: "labels" }),
  workflows: list(name.workflowFile, { least: 1, of: "workflows" }),
  group: optional(words(100)),
});

export const trustedPublisher = byKind({
  azure: object({ kind, credential: words(120) }),
  pypi: object({
    kind,
    project: pattern("a project's name", /^[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?$/),
    workflow: name.workflowFile,
    index: optional(oneOf(["testpypi"])),
  }),
});

function isDay(value: string): boolean {
  const date = new Date(`${value}T00:00:00Z`);
  return /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
}
