/** Strategies that cannot work as they are declared. Argo Rollouts takes most of them, and does something else. */
import { overlayObjects, overlayResources } from "../overlay.ts";
import { members, type Loose } from "../shape.ts";
import type { GitOpsTarget } from "../system.ts";
import { argocdTarget } from "../target.ts";
import { suggest } from "../text.ts";
import { isOrdered, waveAnnotation, wavesOf } from "../waves.ts";
import { refuseDuplicates, type Judged } from "./report.ts";
import { judgeStrategy } from "./strategy-kinds.ts";

type Report = (path: string, value: unknown, rule: string, fix: string) => void;

const rolloutsFile = "rollouts.yaml";

export function judgeStrategies(judged: Judged): void {
  for (const [index, tier] of members(judged.system.tiers)) {
    const target = argocdTarget(tier.target);
    if (target?.strategies === undefined) continue;
    const base = `tiers[${index}].target`;
    const report: Report = (path, ...rest) => {
      judged.report(`${base}.${path}`, ...rest);
    };
    refuseDuplicates(judged, `${base}.strategies`, target.strategies, ({ workload }) => workload);
    judgeKinds(target, report);
    judgeOverlay(judged, target, report);
    judgeOrder(judged, target, report);
    for (const [at, strategy] of members(target.strategies)) judgeStrategy(strategy, `strategies[${at}]`, report);
  }
}

function judgeKinds({ kinds, strategies }: Loose<GitOpsTarget>, report: Report): void {
  if (kinds === undefined || kinds.includes(undefined)) return;
  const judges = [...members(strategies)].some(([, strategy]) => strategy.analysis !== undefined);
  for (const kind of ["argoproj.io/Rollout", ...(judges ? ["argoproj.io/AnalysisTemplate"] : [])]) {
    if (kinds.includes(kind)) continue;
    report(
      "kinds",
      kinds,
      `must have ${kind}: the target's strategies are rendered to it, and the AppProject would refuse it`,
      `add "${kind}"`,
    );
  }
}

/** What the strategies name must be in the overlay, and the overlay must take them up. */
function judgeOverlay({ files }: Judged, { path, strategies }: Loose<GitOpsTarget>, report: Report): void {
  if (path === undefined) return;
  const objects = overlayObjects(files, path);
  if (!overlayResources(files, path).some((entry) => entry.replace(/^\.\//, "") === rolloutsFile)) {
    const rule = `the overlay must list ${rolloutsFile} under resources, which is made from the strategies: without it they have no effect`;
    report("strategies", undefined, rule, `add "- ${rolloutsFile}" to resources of ${path}/kustomization.yaml`);
  }
  const named = (kind: string) => objects.filter((object) => object.kind === kind).map(({ name }) => name);
  const must = (kind: string, at: string, name: string | undefined) => {
    if (name === undefined || named(kind).includes(name)) return;
    report(at, name, `must be a ${kind} of the overlay ${path}`, suggest(name, named(kind)));
  };
  for (const [index, strategy] of members(strategies)) {
    const at = `strategies[${index}]`;
    must("Deployment", `${at}.workload`, strategy.workload);
    must("Service", `${at}.analysis.service`, strategy.analysis?.service);
    if (strategy.kind === "blueGreen") {
      must("Service", `${at}.activeService`, strategy.activeService);
      must("Service", `${at}.previewService`, strategy.previewService);
    }
    if (strategy.kind !== "canary" || strategy.traffic === undefined) continue;
    must("Service", `${at}.traffic.stableService`, strategy.traffic.stableService);
    must("Service", `${at}.traffic.canaryService`, strategy.traffic.canaryService);
    must("Ingress", `${at}.traffic.ingress`, strategy.traffic.ingress);
  }
}

/** `after` is kept by waves, which the Deployment must be in too: it is its change that starts the update. */
function judgeOrder({ files }: Judged, { path, strategies }: Loose<GitOpsTarget>, report: Report): void {
  const known = [...members(strategies)].flatMap(([, { workload }]) => workload ?? []);
  const sound = [...members(strategies)].flatMap(([index, { workload, after }]) =>
    workload === undefined ? [] : [{ index, workload, after: [...members(after)].map(([, name]) => name) }],
  );
  for (const { index, after } of sound) {
    for (const [at, name] of after.entries()) {
      if (known.includes(name)) continue;
      report(`strategies[${index}].after[${at}]`, name, "must be a workload of the same target that has a strategy", suggest(name, known));
    }
  }
  if (!isOrdered(sound)) return;
  const waves = wavesOf(sound);
  const objects = path === undefined ? [] : overlayObjects(files, path);
  for (const { index, workload, after } of sound) {
    const wave = waves.get(workload);
    if (wave === undefined) {
      report(
        `strategies[${index}].after`,
        after,
        `${workload} waits, over others or not, for itself: none of them would ever be updated`,
        "break the circle",
      );
      continue;
    }
    const deployment = objects.find(({ kind, name }) => kind === "Deployment" && name === workload);
    if (deployment === undefined || Number(deployment.annotations[waveAnnotation] ?? 0) === wave) continue;
    const rule =
      `its Deployment must be in the same sync wave, ${wave}, as what is made from after: ` +
      "a new image changes the Deployment, and in another wave it would be taken up before its turn";
    report(`strategies[${index}].after`, after, rule, `give Deployment ${workload} the annotation ${waveAnnotation}: "${wave}"`);
  }
}
