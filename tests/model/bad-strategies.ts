/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-return, @typescript-eslint/no-unsafe-assignment --
   bad data is the point: the types forbid every one of these changes */
/** Strategies that Argo Rollouts could not carry out as they are declared. */
import { steadyFiles, steadyTarget } from "../support/strategies.ts";
import type { Changeable } from "../support/systems.ts";
import { bad as badSystem, type BadCase } from "./bad-systems.ts";

const target = (system: Changeable) => system.tiers[0].target;
const canary = (system: Changeable) => target(system).strategies[0];
const blueGreen = (system: Changeable) => target(system).strategies[1];
const rolling = (system: Changeable) => target(system).strategies[2];
const at = (index: number) => `tiers[0].target.strategies[${index}]`;
const traffic = { router: "nginx", ingress: "till", stableService: "till", canaryService: "till-next" };
const withFile = (path: string, text: string) => new Map([...steadyFiles, [path, text]]);

/** What is changed are the strategies of a system that has sound ones. */
const bad: typeof badSystem = (title, change, ...rest) => ({
  ...badSystem(
    title,
    (system) => {
      system.tiers[0].target = structuredClone(steadyTarget);
      change(system);
    },
    ...rest,
  ),
  files: steadyFiles,
});

export const badStrategies: readonly BadCase[] = [
  bad("an unknown kind of strategy", (s) => (canary(s).kind = "cannary"), `${at(0)}.kind`, /one of "rolling"/, /"canary"/),
  bad(
    "10 % of fewer than ten pods without a traffic router",
    (s) => (canary(s).replicas = 4),
    `${at(0)}.steps[0].weight`,
    /10 % of 4 are 0\.4, which is no whole number/,
    /a multiple of 10 replicas, name a traffic router/,
  ),
  bad("33 % of ten pods", (s) => (canary(s).steps[1].weight = 33), `${at(0)}.steps[1].weight`, /no whole number/, /multiple of 100/),
  bad("weights that do not grow", (s) => (canary(s).steps[1].weight = 10), `${at(0)}.steps[1].weight`, /more than 10/),
  bad("a last weight below 100", (s) => (canary(s).steps[2].weight = 90), `${at(0)}.steps[2].weight`, /last weight must be 100/),
  bad("a pause after everything", (s) => (canary(s).steps[2].pauseMinutes = 5), `${at(0)}.steps[2].pauseMinutes`, /nothing comes after/),
  bad("a step that nobody watches", (s) => delete canary(s).steps[0].pauseMinutes, `${at(0)}.steps[0].pauseMinutes`, /passed at once/),
  bad("a pause of no minutes", (s) => (canary(s).steps[0].pauseMinutes = 0), `${at(0)}.steps[0].pauseMinutes`, /passed at once/),
  bad(
    "one service for both versions",
    (s) => (canary(s).traffic = { ...traffic, canaryService: "till" }),
    `${at(0)}.traffic.canaryService`,
    /cannot tell the two versions apart/,
  ),
  bad(
    "a canary judged by the old version's answers",
    (s) => Object.assign(canary(s), { traffic, analysis: { ...blueGreen(s).analysis, service: "till" } }),
    `${at(0)}.analysis.service`,
    /must be the canary's service/,
    /"till-next"/,
  ),
  bad(
    "an Ingress that the overlay lacks",
    (s) => (canary(s).traffic = { ...traffic, ingress: "tills" }),
    `${at(0)}.traffic.ingress`,
    /Ingress of the overlay/,
    /"till"/,
  ),
  bad("a preview that everybody sees", (s) => (blueGreen(s).previewService = "shelves"), `${at(1)}.previewService`, /differ from active/),
  bad(
    "a preview judged by the old version's answers",
    (s) => (blueGreen(s).analysis.service = "shelves"),
    `${at(1)}.analysis.service`,
    /must be the preview service/,
  ),
  bad(
    "an analysis that cannot fail",
    (s) => (blueGreen(s).analysis.failureLimit = 5),
    `${at(1)}.analysis.failureLimit`,
    /cannot fail guards nothing/,
  ),
  bad(
    "an analysis longer than the deadline",
    (s) => (blueGreen(s).analysis.count = 11),
    `${at(1)}.progressDeadlineSeconds`,
    /analysis lasts 600 s/,
  ),
  bad(
    "a service that the overlay lacks",
    (s) => (blueGreen(s).activeService = "shelfs"),
    `${at(1)}.activeService`,
    /Service of the overlay/,
  ),
  bad(
    "an update in which no pod may come or go",
    (s) => Object.assign(rolling(s), { maxSurge: 0, maxUnavailable: 0 }),
    `${at(2)}.maxSurge`,
    /must not be 0 with maxUnavailable 0/,
  ),
  bad("an update without any pod", (s) => (rolling(s).maxUnavailable = 3), `${at(2)}.maxUnavailable`, /less than the 3 replicas/),
  bad(
    "a workload that the overlay lacks",
    (s) => (rolling(s).workload = "stocks"),
    `${at(2)}.workload`,
    /Deployment of the overlay/,
    /"stock"/,
  ),
  bad("two strategies for one workload", (s) => (rolling(s).workload = "till"), at(2), /is the same as/),
  bad("an unknown workload to wait for", (s) => (rolling(s).after = ["shelfs"]), `${at(2)}.after[0]`, /that has a strategy/, /"shelves"/),
  bad(
    "workloads that wait for each other",
    (s) => (canary(s).after = ["stock"]),
    `${at(0)}.after`,
    /waits, over others or not, for itself/,
  ),
  bad(
    "a Deployment that is not in the wave of its strategy",
    (s) => (rolling(s).after = ["till"]),
    `${at(2)}.after`,
    /same sync wave, 1/,
    /argocd\.argoproj\.io\/sync-wave: "1"/,
  ),
  bad(
    "strategies whose kinds the AppProject refuses",
    (s) => (target(s).kinds = ["apps/Deployment", "/Service", "argoproj.io/Rollout"]),
    "tiers[0].target.kinds",
    /must have argoproj\.io\/AnalysisTemplate/,
  ),
  {
    ...bad("strategies that the overlay does not take up", () => undefined, "tiers[0].target.strategies", /must list rollouts\.yaml/),
    files: withFile("deploy/dev/kustomization.yaml", "resources: [../base]\n"),
  },
];
