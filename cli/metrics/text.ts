/** Figures for people. What is not known says so. */
import type { DeploymentFigures, Metrics, RunFigures } from "../../delivery/metrics.ts";
import type { Distribution } from "../../delivery/statistics.ts";
import { table } from "../output.ts";

const unknown = "no data";
const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

const rate = (value: number | null): string => (value === null ? unknown : `${value.toFixed(1)} %`);

/** `42 s`, `3 min 05 s`, `2 h 10 min`, `3 d 4 h`. */
export function span(inSeconds: number): string {
  const whole = Math.round(inSeconds);
  const two = (value: number): string => String(value).padStart(2, "0");
  if (whole < minute) return `${whole} s`;
  if (whole < hour) return `${Math.floor(whole / minute)} min ${two(whole % minute)} s`;
  if (whole < day) return `${Math.floor(whole / hour)} h ${two(Math.floor((whole % hour) / minute))} min`;
  return `${Math.floor(whole / day)} d ${Math.floor((whole % day) / hour)} h`;
}

const spread = (figures: Distribution | null): readonly string[] =>
  figures === null ? [unknown, "", "", ""] : [figures.p50, figures.p95, figures.p99, figures.mean].map(span);

function counted(name: string, count: number, good: number, of: number | null, duration: Distribution | null): readonly string[] {
  return [name, String(count), String(good), rate(of), ...spread(duration)];
}

const runRow = (name: string, figures: RunFigures) => counted(name, figures.runs, figures.passed, figures.passRate, figures.duration);
const deploymentRow = (name: string, figures: DeploymentFigures) =>
  counted(name, figures.deployments, figures.succeeded, figures.successRate, figures.duration);

function doraRows({ dora, deployments }: Metrics, production: string): readonly (readonly string[])[] {
  const { succeeded = 0 } = deployments.tiers[production] ?? {};
  const often = dora.deploymentFrequency;
  return [
    ["deployment frequency", often === null ? unknown : `${succeeded} successful, ${often.toFixed(2)} a day`],
    ["lead time for changes", middle(dora.leadTime, "changes")],
    ["change failure rate", rate(dora.changeFailureRate)],
    ["time to restore", middle(dora.timeToRestore, "incidents") + (dora.unrestored === 0 ? "" : `; ${dora.unrestored} not restored yet`)],
  ];
}

function middle(figures: Distribution | null, of: string): string {
  if (figures === null) return unknown;
  return `P50 ${span(figures.p50)}, mean ${span(figures.mean)}, P95 ${span(figures.p95)} (${figures.count} ${of})`;
}

export interface Shown {
  readonly metrics: Metrics;
  readonly repository: string;
  /** Name of the production tier. */
  readonly production: string;
  readonly days: number;
}

export function metricsText({ metrics, repository, production, days }: Shown): string {
  const { ci, cd, deployments, objectives } = metrics;
  const lines = [
    `${metrics.system} (${repository}), the last ${days} days`,
    "",
    table(
      ["", "count", "good", "rate", "P50", "P95", "P99", "mean"],
      [
        runRow("CI runs", ci),
        ["CI feedback", "", "", "", ...spread(ci.feedback)],
        runRow("CD runs", cd),
        deploymentRow("deployments", deployments),
        ...Object.entries(deployments.tiers).map(([tier, figures]) =>
          deploymentRow(`  to ${tier}${deployments.fromOverlay.includes(tier) ? " *" : ""}`, figures),
        ),
      ],
    ),
    ...(deployments.fromOverlay.length === 0 ? [] : ["* nobody records these: counted from the overlay's commits, failed when banned"]),
    "",
    table([`DORA, ${production}`, ""], doraRows(metrics, production)),
  ];
  const failures = [...ci.failedJobs.map((job) => ["CI", job] as const), ...cd.failedJobs.map((job) => ["CD", job] as const)];
  if (failures.length > 0)
    lines.push(
      "",
      table(
        ["jobs that failed", "in", "runs", "rate"],
        failures.map(([kind, { job, runs, rate: of }]) => [job, kind, String(runs), rate(of)]),
      ),
    );
  if (objectives.length > 0) {
    const rows = objectives.map(({ title, target, actual, met }) => [
      title,
      target,
      actual === null ? unknown : actual.toFixed(1),
      met === null ? unknown : met ? "met" : "missed",
    ]);
    lines.push("", table(["objective", "target", "actual", ""], rows));
  }
  return lines.join("\n");
}
