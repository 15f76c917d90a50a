import { expect } from "chai";
import type { System } from "../../model/system.ts";
import { system as airflow } from "../../systems/airflow-etl/system.ts";
import { system as aks } from "../../systems/data-platform-aks/system.ts";
import { system as dataenginex } from "../../systems/dataenginex/system.ts";
import { system as dataknobs } from "../../systems/dataknobs/system.ts";
import { system as kitchen } from "../../systems/kitchen/system.ts";
import { repositoryFiles } from "../systems/repository.ts";
import { Channels, workflowText, type Job, type Run } from "./runs.ts";

const ran = (...names: readonly string[]): Job[] => names.map((name) => ({ name, conclusion: "success" }));
const failed = (...names: readonly string[]): Job[] => names.map((name) => ({ name, conclusion: "failure" }));
const skipped = (...names: readonly string[]): Job[] => names.map((name) => ({ name, conclusion: "skipped" }));
const dispatch = { event: "workflow_dispatch" } as const;
const failure = { conclusion: "failure" } as const;

/** What a run is, and what each channel is told, as `channel: words`; `nobody` has an empty list. */
type Case = readonly [title: string, run: Run, told: readonly string[]];

const tables: readonly { readonly row: string; readonly system: System; readonly cases: readonly Case[] }[] = [
  {
    row: "BK-6",
    system: kitchen,
    cases: [
      ["CI that failed", { path: "ci.yml", ...failure, jobs: failed("quality") }, ["discord: CI Pipeline failed"]],
      ["CI that succeeded", { path: "ci.yml" }, []],
      ["documentation that failed", { path: "documentation.yml", ...failure }, ["discord: Documentation failed"]],
      ["documentation that succeeded", { path: "documentation.yml" }, []],
      ["preprod that starts", { path: "cd-preprod.yml", action: "in_progress" }, ["discord: Deployment to preprod has started"]],
      [
        "preprod that CI has confirmed",
        { path: "cd-preprod.yml", jobs: [...ran("deploy", "watch", "validate"), ...skipped("rollback")] },
        ["discord: CI succeeded: the commit is validated for prod"],
      ],
      [
        "preprod that was rolled back, though the run succeeded",
        { path: "cd-preprod.yml", jobs: [...ran("deploy", "watch"), ...skipped("validate"), ...ran("rollback")] },
        ["discord: CI did not succeed: preprod was rolled back"],
      ],
      [
        "preprod whose rollback failed",
        { path: "cd-preprod.yml", ...failure, jobs: [...ran("deploy", "watch"), ...skipped("validate"), ...failed("rollback")] },
        ["discord: CD Preprod failed"],
      ],
      ["prod that starts", { path: "cd-prod.yml", action: "in_progress", ...dispatch }, ["discord: Deployment to prod has started"]],
      ["prod that is deployed", { path: "cd-prod.yml", ...dispatch }, ["discord: Deployment to prod succeeded"]],
      [
        "prod that failed",
        { path: "cd-prod.yml", ...dispatch, ...failure },
        ["discord: Deployment to prod failed; the way back is on the run's page"],
      ],
      ["health that is UP", { path: "health-check.yml", event: "schedule", jobs: ran("health (prod, https://x)") }, []],
      ["health that is DOWN", { path: "health-check.yml", event: "schedule", ...failure }, ["discord: A service is DOWN"]],
      ["a run that was cancelled", { path: "cd-prod.yml", ...dispatch, conclusion: "cancelled", jobs: skipped("deploy") }, []],
    ],
  },
  {
    row: "AF-6",
    system: airflow,
    cases: [
      ["CI of main that failed", { path: "ci.yml", ...failure }, ["team-lead@: CI Pipeline failed"]],
      ["CI of a feature that failed", { path: "ci.yml", ...failure, branch: "feature/new-dag" }, []],
      ["CI of a pull request that failed", { path: "ci.yml", ...failure, event: "pull_request" }, []],
      [
        "coverage that is low",
        { path: "ci.yml", branch: "feature/new-dag", jobs: ran("lint", "coverage-warning") },
        ["data-engineering@: Test coverage is below 80 %"],
      ],
      ["coverage that is not", { path: "ci.yml", jobs: [...ran("lint"), ...skipped("coverage-warning", "vulnerability-warning")] }, []],
      ["a vulnerability", { path: "ci.yml", jobs: ran("vulnerability-warning") }, ["security@: Vulnerabilities were found"]],
      [
        "staging that failed",
        { path: "cd-staging.yml", event: "workflow_run", ...failure },
        ["PAGERDUTY_STAGING_KEY: Deploy to Staging failed"],
      ],
      ["staging that is deployed", { path: "cd-staging.yml", event: "workflow_run" }, []],
      ["production that is deployed", { path: "cd-production.yml", ...dispatch }, ["slack: Deploy to Production succeeded"]],
      [
        "production that failed before anything was proposed",
        { path: "cd-production.yml", ...dispatch, ...failure, jobs: [...failed("validate"), ...skipped("emergency-rollback")] },
        ["PAGERDUTY_PRODUCTION_KEY: Deploy to Production failed"],
      ],
      [
        "production that is rolled back",
        { path: "cd-production.yml", ...dispatch, ...failure, jobs: [...failed("verify"), ...ran("emergency-rollback")] },
        [
          "PAGERDUTY_PRODUCTION_KEY: Deploy to Production failed",
          "PAGERDUTY_PRODUCTION_KEY: Emergency rollback of production",
          "slack: Emergency rollback of production",
        ],
      ],
    ],
  },
  {
    row: "DK-4",
    system: dataknobs,
    cases: [
      ...["ci.yml", "security.yml"].flatMap((path): Case[] => [
        ...["main", "develop", "release/stable"].map((branch): Case => [
          `${path} of ${branch} that failed`,
          { path, branch, ...failure },
          [`slack: ${path === "ci.yml" ? "CI Pipeline" : "Security"} failed`],
        ]),
        [`${path} of a pull request that failed`, { path, event: "pull_request", branch: "feature", ...failure }, []],
        [`${path} of a fork's main that failed`, { path, event: "pull_request", from: "mallory/shop", ...failure }, []],
      ]),
      ["security that succeeded", { path: "security.yml" }, []],
      ["a release that failed", { path: "release.yml", branch: "v1.2.3", ...failure }, ["slack: Release Pipeline failed"]],
    ],
  },
  {
    row: "DEX-13",
    system: dataenginex,
    cases: [
      ["CI of dev that failed", { path: "ci.yml", branch: "dev", ...failure }, ["slack: Continuous Integration failed"]],
      ["CI of a promotion from dev that failed", { path: "ci.yml", branch: "dev", event: "pull_request", ...failure }, []],
      ["CD that failed", { path: "cd.yml", event: "workflow_run", ...failure }, ["slack: Continuous Deployment failed"]],
      ["CD whose gate stayed shut", { path: "cd.yml", event: "workflow_run", conclusion: "skipped" }, []],
      [
        "publishing that failed",
        { path: "pypi-publish.yml", event: "release", branch: "dataenginex-v1.0.0", ...failure },
        ["slack: PyPI Publish failed"],
      ],
    ],
  },
  {
    row: "AKS-5",
    system: aks,
    cases: [
      ["a deployment that failed", { path: "cd-deploy.yml", ...dispatch, ...failure }, ["slack: CD Deploy failed"]],
      ["a check of main that failed", { path: "schema-quality.yml", ...failure }, ["slack: Schema Quality failed"]],
    ],
  },
];

describe("who hears of a workflow's run", () => {
  let channels: Channels;
  before(async () => {
    channels = await Channels.start();
  });
  after(() => channels.stop());

  for (const { row, system, cases } of tables) {
    const text = workflowText(system, repositoryFiles(system.name));
    for (const [title, run, wanted] of cases) {
      it(`[${row}] ${system.name}: ${title} is told to ${wanted.length === 0 ? "nobody" : wanted.map((one) => one.split(":")[0]).join(", ")}`, async () => {
        const before = channels.smtp.mails.length;
        const { code, posts, output } = await channels.tell(text, run);
        expect(code, output).to.equal(0);
        const mails = channels.smtp.mails.slice(before);
        const told = [
          ...posts.map(({ body }) => `${receiver(body)}: ${words(titleOf(body))}`),
          ...mails.map(({ to, headers }) => `${to.join(",").split("@")[0] ?? ""}@: ${words(headers["Subject"] ?? "")}`),
        ];
        expect(told).to.deep.equal(wanted);
      });
    }
  }
});

function receiver(body: Record<string, unknown>): string {
  if ("embeds" in body) return "discord";
  return "routing_key" in body ? String(body["routing_key"]).replace("key-of-", "") : "slack";
}

function titleOf(body: Record<string, unknown>): string {
  const { text, embeds, payload } = body as { text?: string; embeds?: { title: string }[]; payload?: { summary: string } };
  return text ?? embeds?.[0]?.title ?? payload?.summary ?? "";
}

/** Without the repository before it and the branch after it. */
function words(title: string): string {
  return title.replace(/^shop: /, "").replace(/ on [^ ]+$/, "");
}
