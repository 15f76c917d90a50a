/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-return, @typescript-eslint/no-unsafe-call --
   bad data is the point: the types forbid every one of these changes */
/** Notification tables that would tell nobody, or somebody else. */
import { shopFiles, type Changeable } from "../support/systems.ts";
import { bad, type BadCase } from "./bad-systems.ts";

const rule = (system: Changeable, index = 0) => system.notifications[index];
const own = (system: Changeable) => system.environments[2];
const withWorkflow = (file: string, text: string) => new Map([...shopFiles, [`.github/workflows/${file}`, text]]);
const job = "jobs:\n  one:\n    runs-on: ubuntu-24.04\n    steps: [{ run: ls }]\n";
const pager = (system: Changeable) => {
  system.channels.pager = { kind: "pagerduty", secret: "SLACK_WEBHOOK_URL" };
};

export const badNotifications: readonly BadCase[] = [
  bad("an unknown kind of channel", (s) => (s.channels.team.kind = "slak"), "channels.team.kind", /one of "slack"/, /"slack"/),
  bad("a channel without its sign", (s) => (s.channels.team.channel = "shop"), "channels.team.channel", /a channel of Slack/, /#deploy/),
  bad("an unknown channel", (s) => (rule(s).to = ["tema"]), "notifications[0].to[0]", /one of the system's channels/, /"team"/),
  bad("a channel that hears of nothing", pager, "channels.pager", /no rule sends anything/),
  bad(
    "a workflow that is not there",
    (s) => (rule(s).on.workflow = "cii.yml"),
    "notifications[0].on.workflow",
    /a workflow under \.github/,
    /"ci\.yml"/,
  ),
  bad("a job that is not there", (s) => (rule(s).on.job = "tests"), "notifications[0].on.job", /id of a job of ci\.yml/, /"test"/),
  bad(
    "a job that starts",
    (s) => Object.assign(rule(s).on, { job: "test", outcome: "started" }),
    "notifications[0].on.outcome",
    /only a run/,
  ),
  bad("a branch that is not there", (s) => (rule(s).on.branch = "mian"), "notifications[0].on.branch", /system's branches/, /"main"/),
  {
    ...bad(
      "a branch that no run of the workflow is of",
      (s) => s.notifications.push({ on: { workflow: "after.yml", branch: "dev", outcome: "failure" }, to: ["team"] }),
      "notifications[4].on.branch",
      /every run of after\.yml is of the default branch/,
    ),
    files: withWorkflow("after.yml", `name: After\non:\n  workflow_run: { workflows: [CI], types: [completed] }\n${job}`),
  },
  {
    ...bad(
      "a branch of pull requests",
      (s) => s.notifications.push({ on: { workflow: "pull.yml", branch: "main", outcome: "failure" }, to: ["team"] }),
      "notifications[4].on.branch",
      /pull requests alone start it/,
    ),
    files: withWorkflow("pull.yml", `name: Pull\non: pull_request\n${job}`),
  },
  {
    ...bad(
      "a workflow that others call",
      (s) => s.notifications.push({ on: { workflow: "called.yml", outcome: "failure" }, to: ["team"] }),
      "notifications[4].on.workflow",
      /no run of its own/,
      /the workflow that calls it/,
    ),
    files: withWorkflow("called.yml", `name: Called\non: workflow_call\n${job}`),
  },
  bad("a tier that is not there", (s) => (rule(s, 2).on.tier = "prd"), "notifications[2].on.tier", /one of the system's tiers/, /"prod"/),
  bad("a tier without an Application", (s) => delete s.tiers[1].target, "notifications[2].on.tier", /has no Argo CD Application/),
  bad(
    "the same event twice",
    (s) => s.notifications.push({ ...rule(s), on: { outcome: "failure", branch: "main", workflow: "ci.yml" } }),
    "notifications[4].to[0]",
    /notifications\[0\]\.to\[0\]: everything would come twice/,
  ),
  bad(
    "no environment for the channels' secrets",
    (s) => s.environments.pop(),
    "environments",
    /called notifications, which is not declared/,
  ),
  bad(
    "a channel whose secret the environment lacks",
    (s) => (s.channels.team.secret = "SLACK_WEBHOOK_ULR"),
    "channels.team.secret",
    /secret of environment notifications/,
    /"SLACK_WEBHOOK_URL"/,
  ),
  bad("channels of a lower tier", (s) => (own(s).tier = "dev"), "environments[2].tier", /must be the production tier/, /"prod"/),
  bad("channels that another branch may use", (s) => own(s).deployFrom.branches.push("dev"), "environments[2].deployFrom", /nothing else/),
  bad("channels that a tag may use", (s) => (own(s).deployFrom.tags = ["v*"]), "environments[2].deployFrom", /nothing else/),
  bad(
    "channels that the default branch may not use",
    (s) => (own(s).deployFrom.branches = ["dev"]),
    "environments[2].deployFrom",
    /default/,
  ),
  bad("notifications that wait", (s) => (own(s).waitTimerMinutes = 5), "environments[2].waitTimerMinutes", /would wait for it/),
  bad(
    "notifications that somebody approves",
    (s) => (own(s).reviewers = [{ kind: "team", slug: "maintainers" }]),
    "environments[2].reviewers",
    /would wait for it/,
  ),
  ...(["Degraded", "SyncFailed"] as const).map((event, index) =>
    bad(
      `a production of which nobody hears that it is ${event}`,
      (s) => s.notifications.splice(2 + index, 1),
      "notifications",
      new RegExp(`nobody hears of Application of prod: ${event}`),
    ),
  ),
  bad("checks of production whose failure nobody hears of", (s) => s.notifications.splice(0, 1), "notifications", /ci\.yml, which gates/),
  bad("failures of the other branch only", (s) => (rule(s).on.branch = "dev"), "notifications", /failure of ci\.yml, which gates/),
  bad("failures of one job only", (s) => (rule(s).on.job = "test"), "notifications", /failure of ci\.yml, which gates/),
  bad("successes only", (s) => (rule(s, 1).on.outcome = "success"), "notifications", /failure of deploy\.yml, which may run in env/),
  bad(
    "failures that PagerDuty only lists",
    (s) => {
      pager(s);
      Object.assign(rule(s, 3), { to: ["pager"], severity: "info" });
    },
    "notifications",
    /nobody hears of Application of prod: SyncFailed/,
  ),
  bad("no table at all", (s) => delete s.notifications, "notifications", /nobody hears of a failure of deploy\.yml/),
];
