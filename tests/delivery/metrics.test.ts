import { expect } from "chai";
import fc from "fast-check";

import type { DeploymentFact, History, RunFact } from "../../delivery/history.ts";
import { attemptsOf, outcomeOf } from "../../delivery/history.ts";
import { metricsOf, type Metrics } from "../../delivery/metrics.ts";
import { distribution, percentile, share } from "../../delivery/statistics.ts";
import type { Objectives } from "../../model/system.ts";
import { shop } from "../support/systems.ts";

const minute = 60_000;
const day = 86_400_000;
const since = Date.parse("2026-03-01T00:00:00Z");
const period = { since, until: since + 30 * day };
const nothing: History = { runs: [], deployments: [], fromOverlay: [], steps: [], rollbacks: [] };

/** Minutes from the begin of the period. */
const at = (minutes: number): number => since + minutes * minute;

function run(outcome: "success" | "failure", from: number, length: number, more: Partial<RunFact> = {}): RunFact {
  return {
    workflow: "ci.yml",
    outcome,
    startedAt: at(from),
    endedAt: at(from + length),
    feedbackAt: at(from + length),
    failedJobs: [],
    ...more,
  };
}

function deployment(outcome: "success" | "failure" | null, from: number, more: Partial<DeploymentFact> = {}): DeploymentFact {
  const endedAt = outcome === null ? null : at(from + 5);
  return { tier: "prod", sha: `commit-${from}`, run: null, startedAt: at(from), endedAt, outcome, ...more };
}

const figures = (history: Partial<History>, objectives: Objectives = shop.objectives ?? {}): Metrics =>
  metricsOf({ ...shop, objectives }, { ...nothing, ...history }, period);

const values = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 60 });
const percents = fc.double({ min: 0.01, max: 100, noNaN: true });

describe("percentiles", () => {
  it("are of nearest rank: what at least that many of a hundred do not exceed", () => {
    const list = [15, 20, 35, 40, 50];
    expect([5, 30, 40, 50, 100].map((percent) => percentile(list, percent))).to.deep.equal([15, 20, 20, 35, 50]);
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    expect(hundred.map((percent) => percentile(hundred, percent))).to.deep.equal(hundred);
    expect(distribution([3, 1, 2])).to.deep.equal({ count: 3, mean: 2, p50: 2, p95: 3, p99: 3 });
  });

  it("are members of the list, whatever its order", () => {
    fc.assert(
      fc.property(values, percents, (list, percent) => {
        const found = percentile(list, percent);
        expect(list).to.include(found);
        expect(percentile([...list].reverse(), percent)).to.equal(found);
      }),
    );
  });

  it("leave at least their share of the list at or below them, and the next smaller member does not", () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 100 }), (list, percent) => {
        const found = percentile(list, percent)!;
        const upTo = (limit: number): number => list.filter((value) => value <= limit).length * 100;
        expect(upTo(found)).to.be.at.least(percent * list.length);
        const smaller = list.filter((value) => value < found);
        if (smaller.length > 0) expect(upTo(Math.max(...smaller))).to.be.below(percent * list.length);
      }),
    );
  });

  it("never fall as the percentage rises", () => {
    fc.assert(
      fc.property(values, percents, percents, (list, one, other) => {
        expect(percentile(list, Math.min(one, other))!).to.be.at.most(percentile(list, Math.max(one, other))!);
      }),
    );
  });

  it("of nothing are not known, and neither is a share of nothing", () => {
    expect([percentile([], 50), distribution([]), share(0, 0)]).to.deep.equal([null, null, null]);
  });
});

describe("figures of a history", () => {
  it("[DEX-12] [AF-7] without one are not known: no rate is 100 %, and no objective is met or missed", () => {
    const { ci, cd, deployments, dora, objectives } = figures({});
    expect([ci.passRate, ci.duration, ci.feedback, cd.passRate, deployments.successRate]).to.deep.equal([null, null, null, null, null]);
    expect(dora).to.deep.equal({
      deploymentFrequency: null,
      leadTime: null,
      changeFailureRate: null,
      timeToRestore: null,
      unrestored: 0,
    });
    expect(objectives.map(({ name, met }) => [name, met])).to.deep.equal([
      ["ci", null],
      ["cd", null],
      ["deployment", null],
      ["ciMinutes", null],
      ["feedbackMinutes", null],
    ]);
  });

  it("[DEX-12] count the runs of CI and of CD by themselves, and those of other workflows not at all", () => {
    const { ci, cd } = figures({
      runs: [
        run("success", 0, 4),
        run("failure", 10, 6),
        run("success", 20, 8, { workflow: "deploy.yml" }),
        run("failure", 30, 1, { workflow: "docs.yml" }),
      ],
    });
    expect(ci).to.include({ runs: 2, passed: 1, passRate: 50 });
    expect(ci.duration).to.deep.equal({ count: 2, mean: 300, p50: 240, p95: 360, p99: 360 });
    expect(cd).to.include({ runs: 1, passed: 1, passRate: 100 });
  });

  it("count what began within the period only", () => {
    const { ci, deployments } = figures({
      runs: [run("success", -1, 4), run("success", 0, 4), run("failure", 30 * 24 * 60 + 1, 4)],
      deployments: [deployment("failure", -10), deployment("success", 10)],
    });
    expect(ci).to.include({ runs: 1, passed: 1 });
    expect(deployments).to.include({ deployments: 1, succeeded: 1 });
  });

  it("[AF-7] say how long a developer waits: until the first job failed, or all had passed", () => {
    const { ci } = figures({ runs: [run("failure", 0, 10, { feedbackAt: at(2) }), run("success", 20, 6)] });
    expect(ci.feedback).to.include({ mean: 240, p50: 120 });
  });

  it("[AF-7] say which jobs fail, such as the validation of DAGs, and in how many of the runs", () => {
    const { ci } = figures({
      runs: [
        run("failure", 0, 1, { failedJobs: ["dag-validation", "test"] }),
        run("failure", 5, 1, { failedJobs: ["dag-validation"] }),
        run("success", 10, 1),
        run("success", 15, 1),
      ],
    });
    expect(ci.failedJobs).to.deep.equal([
      { job: "dag-validation", runs: 2, rate: 50 },
      { job: "test", runs: 1, rate: 25 },
    ]);
  });

  it("count neither what was cancelled or skipped nor what still waits", () => {
    const counted = [
      "success",
      "failure",
      "timed_out",
      "startup_failure",
      "cancelled",
      "skipped",
      "neutral",
      "action_required",
      "stale",
      null,
    ];
    expect(counted.map(outcomeOf)).to.deep.equal([
      ...["success", "failure", "failure", "failure"],
      ...[null, null, null, null, null, null],
    ]);
  });

  describe("of objectives", () => {
    const of = (passed: number, failed: number, objectives: Objectives) =>
      figures(
        {
          runs: [
            ...Array.from({ length: passed }, (_, i) => run("success", i, 4)),
            ...Array.from({ length: failed }, (_, i) => run("failure", i, 4)),
          ],
        },
        objectives,
      ).objectives[0];

    it("[DEX-12] want a rate above the target: 95 % of 95 % is missed", () => {
      expect(of(19, 1, { ci: 95 })).to.deep.include({ name: "ci", target: "> 95 %", actual: 95, met: false });
      expect(of(20, 1, { ci: 95 })).to.include({ met: true });
    });

    it("are met by 100 % where 100 % is wanted", () => {
      expect(of(3, 0, { ci: 100 })).to.include({ actual: 100, met: true });
    });

    it("[AF-7] want times below the target: the P95 of CI, and the mean of its feedback", () => {
      const runs = [run("success", 0, 10), run("success", 20, 15)];
      const judged = figures({ runs }, { ciMinutes: 15, feedbackMinutes: 13 }).objectives;
      expect(judged.map(({ name, target, actual, met }) => [name, target, actual, met])).to.deep.equal([
        ["ciMinutes", "< 15 min", 15, false],
        ["feedbackMinutes", "< 13 min", 12.5, true],
      ]);
    });

    it("[DEX-12] count deployments over all tiers, and show each tier", () => {
      const { deployments, objectives } = figures(
        { deployments: [deployment("success", 0), deployment("failure", 10, { tier: "dev" }), deployment(null, 20)] },
        { deployment: 99 },
      );
      expect(deployments).to.include({ deployments: 2, succeeded: 1, successRate: 50 });
      expect(deployments.tiers["prod"]).to.include({ deployments: 1, successRate: 100 });
      expect(deployments.tiers["dev"]).to.include({ deployments: 1, successRate: 0 });
      expect(objectives[0]).to.include({ actual: 50, met: false });
    });
  });
});

describe("deployments as tries", () => {
  it("are one where several jobs of a run name the same environment, and it fails with any of them", () => {
    const jobs = [deployment("success", 0, { run: 7 }), deployment("failure", 2, { run: 7 }), deployment("success", 3, { run: 8 })];
    expect(attemptsOf(jobs).map(({ startedAt, endedAt, outcome }) => [startedAt, endedAt, outcome])).to.deep.equal([
      [at(0), at(7), "failure"],
      [at(3), at(8), "success"],
    ]);
  });

  it("are two where a run was started again after it had failed", () => {
    const jobs = [deployment("failure", 0, { run: 7 }), deployment("success", 30, { run: 7 })];
    expect(attemptsOf(jobs).map(({ outcome }) => outcome)).to.deep.equal(["failure", "success"]);
  });

  it("are apart by tier, and leave out what is under way", () => {
    const jobs = [deployment("success", 0, { run: 7 }), deployment("success", 1, { run: 7, tier: "dev" }), deployment(null, 2, { run: 9 })];
    expect(attemptsOf(jobs).map(({ tier }) => tier)).to.deep.equal(["prod", "dev"]);
  });

  it("are never more than the deployments, and as many as have ended where each has a run of its own", () => {
    const facts = fc.array(
      fc.record({
        outcome: fc.constantFrom("success" as const, "failure" as const, null),
        from: fc.integer({ min: 0, max: 500 }),
        shared: fc.boolean(),
      }),
    );
    fc.assert(
      fc.property(facts, (list) => {
        const made = list.map(({ outcome, from, shared }, index) => deployment(outcome, from, { run: shared ? 1 : index + 2 }));
        expect(attemptsOf(made).length).to.be.at.most(list.length);
        const own = list.map(({ outcome, from }, index) => deployment(outcome, from, { run: index }));
        expect(attemptsOf(own)).to.have.length(list.filter(({ outcome }) => outcome !== null).length);
      }),
    );
  });
});

describe("the four figures of DORA", () => {
  const dora = (history: Partial<History>) => figures(history).dora;

  it("[AF-7] count successful deployments to production a day, and none of another tier", () => {
    const history = [
      deployment("success", 0),
      deployment("failure", 10),
      deployment("success", 20),
      deployment("success", 30, { tier: "dev" }),
    ];
    expect(dora({ deployments: history }).deploymentFrequency).to.be.closeTo(2 / 30, 1e-9);
  });

  it("are zero a day where every try failed, which is not the same as no data", () => {
    expect(dora({ deployments: [deployment("failure", 0)] })).to.include({ deploymentFrequency: 0, changeFailureRate: 100, unrestored: 1 });
  });

  it("measure the lead time of every change from its begin to production", () => {
    const steps = [{ deployedAt: at(100), back: false, changes: [at(40), at(70)] }];
    expect(dora({ steps }).leadTime).to.include({ count: 2, p50: 1800, mean: 2700 });
  });

  it("[AF-7] measure the time to restore from a failed deployment to the next good one", () => {
    const deployments = [deployment("success", 0), deployment("failure", 100), deployment("success", 130)];
    const figures = dora({ deployments });
    expect(figures.changeFailureRate).to.be.closeTo(100 / 3, 1e-9);
    expect(figures.timeToRestore).to.include({ count: 1, mean: 1800 });
  });

  it("take several failures in a row for one incident", () => {
    const deployments = [deployment("failure", 0), deployment("failure", 10), deployment("success", 60)];
    expect(dora({ deployments }).timeToRestore).to.include({ count: 1, mean: 3600 });
  });

  it("take a deployment that was rolled back for a failure, restored by the rollback", () => {
    const deployments = [deployment("success", 0), deployment("success", 100), deployment("success", 300)];
    const figures = dora({ deployments, rollbacks: [at(120)] });
    expect(figures.changeFailureRate).to.be.closeTo(100 / 3, 1e-9);
    expect(figures.timeToRestore).to.include({ count: 1, mean: 900 });
  });

  it("do not blame the deployment that a rollback is itself, where an overlay is followed", () => {
    const overlay = (outcome: "success" | "failure", from: number) => deployment(outcome, from, { endedAt: at(from) });
    const deployments = [overlay("success", 0), overlay("failure", 100), overlay("success", 110)];
    const figures = dora({ deployments, rollbacks: [at(110)] });
    expect(figures.changeFailureRate).to.be.closeTo(100 / 3, 1e-9);
    expect(figures.timeToRestore).to.include({ count: 1, mean: 600 });
  });

  it("take a deployment of an earlier commit for the rollback of the one before", () => {
    const deployments = [deployment("success", 0), deployment("success", 100), deployment("success", 110)];
    const figures = dora({ deployments, steps: [{ deployedAt: at(115), back: true, changes: [] }] });
    expect(figures.changeFailureRate).to.be.closeTo(100 / 3, 1e-9);
    expect(figures.timeToRestore).to.include({ count: 1, mean: 600 });
  });

  it("count a deployment once, however often it was taken back", () => {
    const deployments = [deployment("success", 0), deployment("success", 100)];
    const steps = [{ deployedAt: at(105), back: true, changes: [] }];
    expect(dora({ deployments, rollbacks: [at(50), at(60)], steps })).to.include({ changeFailureRate: 50 });
  });

  it("are rates from 0 to 100 and times that are not negative, whatever happened", () => {
    const moments = fc.integer({ min: 0, max: 40_000 });
    const facts = fc.array(
      fc.tuple(fc.constantFrom("success" as const, "failure" as const, null), moments, fc.integer({ min: 1, max: 5 })),
    );
    fc.assert(
      fc.property(facts, fc.array(moments), fc.array(moments), (list, rollbacks, backwards) => {
        const found = dora({
          deployments: list.map(([outcome, from, number]) => deployment(outcome, from, { run: number })),
          rollbacks: rollbacks.map(at).sort((a, b) => a - b),
          steps: backwards.map((moment) => ({ deployedAt: at(moment), back: true, changes: [] })),
        });
        if (found.changeFailureRate !== null) expect(found.changeFailureRate).to.be.within(0, 100);
        if (found.timeToRestore !== null) expect(found.timeToRestore.p50).to.be.at.least(0);
      }),
    );
  });
});
