/** One strategy by itself: numbers that do not go together. */
import { members, type Loose } from "../shape.ts";
import type { BlueGreenStrategy, CanaryStrategy, RollingStrategy, Strategy } from "../strategy.ts";

type Report = (path: string, value: unknown, rule: string, fix: string) => void;

/** @param at Path of the strategy, which faults begin with. */
export function judgeStrategy(strategy: Loose<Strategy>, at: string, report: Report): void {
  const { analysis } = strategy;
  if (analysis?.count !== undefined && (analysis.failureLimit ?? 0) >= analysis.count) {
    const rule = `must be less than the ${analysis.count} measurements: an analysis that cannot fail guards nothing`;
    report(`${at}.analysis.failureLimit`, analysis.failureLimit, rule, "tolerate fewer, or measure more often");
  }
  if (strategy.kind === "rolling") judgeRolling(strategy, at, report);
  else if (strategy.kind === "canary") judgeCanary(strategy, at, report);
  else if (strategy.kind === "blueGreen") judgeBlueGreen(strategy, at, report);
}

function judgeRolling({ replicas, maxSurge = 1, maxUnavailable = 0 }: Loose<RollingStrategy>, at: string, report: Report): void {
  if (maxSurge === 0 && maxUnavailable === 0) {
    const rule = "must not be 0 with maxUnavailable 0: no pod could go before another comes, nor the other way round";
    report(`${at}.maxSurge`, 0, rule, "set one of them to 1 or more");
  }
  if (replicas !== undefined && maxUnavailable >= replicas) {
    const rule = `must be less than the ${replicas} replicas: all pods could be missing at once`;
    report(`${at}.maxUnavailable`, maxUnavailable, rule, `write at most ${replicas - 1}`);
  }
}

function judgeCanary({ replicas, steps, traffic, analysis }: Loose<CanaryStrategy>, at: string, report: Report): void {
  const all = [...members(steps)];
  const last = (steps?.length ?? 0) - 1;
  let before = 0;
  for (const [index, { weight, pauseMinutes }] of all) {
    const path = `${at}.steps[${index}]`;
    if (weight === undefined) continue;
    if (weight <= before) report(`${path}.weight`, weight, `must be more than ${before}, the weight before it`, "let the weights grow");
    before = weight;
    if (index === last && weight !== 100) {
      const rule = "the last weight must be 100: the step after the last one is everything anyway, without being watched";
      report(`${path}.weight`, weight, rule, "add a step of 100, or write 100");
    }
    if (index === last && pauseMinutes !== undefined) {
      const rule = "the last step has no pause: nothing comes after it";
      report(`${path}.pauseMinutes`, pauseMinutes, rule, "remove it");
    }
    if (index !== last && (pauseMinutes ?? (pauseMinutes === null ? 1 : 0)) === 0 && analysis === undefined) {
      const rule =
        "must be given where no analysis judges the step: without a pause it is passed at once, and the weight is without effect";
      report(`${path}.pauseMinutes`, pauseMinutes, rule, "write minutes, null for a person's word, or give the strategy an analysis");
    }
    if (traffic !== undefined || replicas === undefined || (weight * replicas) % 100 === 0) continue;
    const least = 100 / greatestCommonDivisor(weight, 100);
    const share = (weight * replicas) / 100;
    const rule =
      `without a traffic router the weight is a share of pods, and ${weight} % of ${replicas} are ${share}, which is no whole number: ` +
      "Argo Rollouts would round it";
    report(`${path}.weight`, weight, rule, `keep a multiple of ${least} replicas, name a traffic router, or choose another weight`);
  }
  if (traffic?.stableService !== undefined && traffic.stableService === traffic.canaryService) {
    const rule = "must differ from stableService: one service cannot tell the two versions apart";
    report(`${at}.traffic.canaryService`, traffic.canaryService, rule, "name a service of its own");
  }
  if (traffic?.canaryService !== undefined && analysis?.service !== undefined && analysis.service !== traffic.canaryService) {
    const rule = "must be the canary's service: any other is answered by the old version";
    report(`${at}.analysis.service`, analysis.service, rule, `write "${traffic.canaryService}"`);
  }
}

function judgeBlueGreen(strategy: Loose<BlueGreenStrategy>, at: string, report: Report): void {
  const { activeService, previewService, analysis, progressDeadlineSeconds = 600 } = strategy;
  if (activeService !== undefined && activeService === previewService) {
    const rule = "must differ from activeService: users would see the new version before it is promoted";
    report(`${at}.previewService`, previewService, rule, "name a service of its own");
  }
  if (previewService !== undefined && analysis?.service !== undefined && analysis.service !== previewService) {
    const rule = "must be the preview service: any other is answered by the old version until the switch";
    report(`${at}.analysis.service`, analysis.service, rule, `write "${previewService}"`);
  }
  const { intervalSeconds, count } = analysis ?? {};
  if (intervalSeconds === undefined || count === undefined || intervalSeconds * (count - 1) < progressDeadlineSeconds) return;
  const rule = `the analysis lasts ${intervalSeconds * (count - 1)} s, so the deadline would abort a version that is well`;
  report(`${at}.progressDeadlineSeconds`, progressDeadlineSeconds, rule, "make it longer than the analysis");
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
