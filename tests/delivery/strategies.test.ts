import { assert } from "chai";
import { parseAllDocuments } from "yaml";
import { renderFiles } from "../../delivery/render.ts";
import { rolloutManifests } from "../../delivery/strategies.ts";
import { overlayObjects } from "../../model/overlay.ts";
import type { CanaryStrategy } from "../../model/strategy.ts";
import type { GitOpsTarget } from "../../model/system.ts";
import { wavesOf } from "../../model/waves.ts";
import { steadyFiles, steadyShop, steadyTarget as target } from "../support/strategies.ts";

const file = "deploy/dev/rollouts.yaml";
const waveOf = (manifest: { readonly metadata: { readonly annotations?: Readonly<Record<string, string>> } }) =>
  manifest.metadata.annotations?.["argocd.argoproj.io/sync-wave"];
const rolloutOf = (workload: string, declared: GitOpsTarget = target) => {
  const found = rolloutManifests(declared).find(({ kind, metadata }) => kind === "Rollout" && metadata.name === workload);
  return found?.spec ?? assert.fail(`no Rollout ${workload}`);
};
const strategyOf = (change: Partial<CanaryStrategy>) => {
  const canary = { ...(target.strategies?.[0] as CanaryStrategy), ...change };
  return rolloutOf("till", { ...target, strategies: [canary] })["strategy"];
};

describe("strategies as objects of Argo Rollouts", () => {
  it("stand in a file beside the overlay that says where it comes from, and only where a target has strategies", () => {
    const made = renderFiles(steadyShop, steadyFiles);
    assert.deepEqual(
      [...made.keys()].filter((path) => path.endsWith("rollouts.yaml")),
      [file],
    );
    const text = made.get(file) ?? "";
    assert.match(text, /^# Made by Gatehouse from systems\/shop\/system\.ts/);
    const objects = parseAllDocuments(text).map((document) => document.toJS() as unknown);
    assert.deepEqual(objects, rolloutManifests(target));
  });

  it("take the pods of the overlay's Deployment, which serves until the Rollout does, and take back what makes no progress", () => {
    const { workloadRef, replicas, progressDeadlineSeconds, progressDeadlineAbort } = rolloutOf("till");
    assert.deepEqual(workloadRef, { apiVersion: "apps/v1", kind: "Deployment", name: "till", scaleDown: "onsuccess" });
    assert.deepEqual([replicas, progressDeadlineSeconds, progressDeadlineAbort], [10, 300, true]);
  });

  it("are a canary by steps, with minutes or a person's word between them, and never fewer pods than before", () => {
    assert.deepEqual(rolloutOf("till")["strategy"], {
      canary: {
        maxSurge: "25%",
        maxUnavailable: 0,
        steps: [{ setWeight: 10 }, { pause: { duration: "5m" } }, { setWeight: 50 }, { pause: {} }, { setWeight: 100 }],
      },
    });
  });

  it("judge a canary at each weight, before the pause", () => {
    const analysis = { service: "till", port: 80, path: "/", intervalSeconds: 10, count: 3 };
    const judged = { analysis: { templates: [{ templateName: "till" }] } };
    const strategy = strategyOf({ analysis, steps: [{ weight: 10, pauseMinutes: 1 }, { weight: 100 }] }) as { canary: { steps: unknown } };
    assert.deepEqual(strategy.canary.steps, [{ setWeight: 10 }, judged, { pause: { duration: "1m" } }, { setWeight: 100 }, judged]);
  });

  it("steer a canary's traffic by an Ingress where one is named", () => {
    const traffic = { router: "nginx", ingress: "till", stableService: "till", canaryService: "till-next" } as const;
    const strategy = strategyOf({ traffic }) as { canary: Record<string, unknown> };
    assert.deepInclude(strategy.canary, {
      stableService: "till",
      canaryService: "till-next",
      trafficRouting: { nginx: { stableIngress: "till" } },
    });
  });

  it("are a blue-green switch after a judged preview, with the old version kept for a while", () => {
    assert.deepEqual(rolloutOf("shelves")["strategy"], {
      blueGreen: {
        activeService: "shelves",
        previewService: "shelves-preview",
        autoPromotionEnabled: true,
        autoPromotionSeconds: 300,
        scaleDownDelaySeconds: 600,
        prePromotionAnalysis: { templates: [{ templateName: "shelves" }] },
      },
    });
  });

  it("wait for a person before the switch unless minutes are given", () => {
    const strategies = [{ kind: "blueGreen", workload: "shelves", replicas: 1, activeService: "a", previewService: "b" }] as const;
    const { blueGreen } = rolloutOf("shelves", { ...target, strategies })["strategy"] as { blueGreen: Record<string, unknown> };
    assert.isFalse(blueGreen["autoPromotionEnabled"]);
    assert.equal(blueGreen["scaleDownDelaySeconds"], 1800);
  });

  it("are a rolling update without steps", () => {
    assert.deepEqual(rolloutOf("stock")["strategy"], { canary: { maxSurge: 1, maxUnavailable: 1 } });
  });

  it("ask the new version over the cluster's own name for its service; as many errors are tolerated as failures", () => {
    const template = rolloutManifests(target).find(({ kind }) => kind === "AnalysisTemplate");
    assert.deepEqual(template?.spec, {
      metrics: [
        {
          name: "answers",
          interval: "60s",
          count: 5,
          failureLimit: 1,
          consecutiveErrorLimit: 1,
          provider: { web: { url: "http://shelves-preview.shop-dev.svc:80/health", timeoutSeconds: 10 } },
        },
      ],
    });
  });

  it("are applied one after the other where one waits for another, and templates before all", () => {
    const waves = rolloutManifests(target).map((manifest) => `${manifest.kind} ${manifest.metadata.name} ${waveOf(manifest) ?? "none"}`);
    assert.deepEqual(waves, ["AnalysisTemplate shelves -1", "Rollout till 0", "Rollout shelves 1", "Rollout stock 2"]);
    const strategies = (target.strategies ?? []).map((strategy) => ({ ...strategy, after: [] }));
    const unordered = rolloutManifests({ ...target, strategies }).filter(({ kind }) => kind === "Rollout");
    assert.deepEqual(unordered.map(waveOf), [undefined, undefined, undefined]);
  });
});

describe("waves", () => {
  it("come after the latest of those that a workload waits for, and never for a circle", () => {
    const waves = wavesOf([
      { workload: "a", after: ["b", "c"] },
      { workload: "b" },
      { workload: "c", after: ["b"] },
      { workload: "d", after: ["e"] },
      { workload: "e", after: ["d"] },
      { workload: "f", after: ["elsewhere"] },
    ]);
    assert.deepEqual(Object.fromEntries(waves), { a: 2, b: 0, c: 1, f: 0 });
  });
});

describe("what an overlay deploys", () => {
  it("is read through bases, name prefixes and patches", () => {
    const files = new Map([
      ["over/kustomization.yaml", "namePrefix: x-\nresources: [../base]\npatches:\n  - path: wave.yaml\n"],
      ["over/wave.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\n  annotations: { wave: '1' }\n"],
      ["base/kustomization.yaml", "resources: [all.yaml, missing.yaml, ../over]\n"],
      [
        "base/all.yaml",
        "kind: Deployment\nmetadata: { name: a, annotations: { team: t } }\n---\n{ no: object }\n---\nkind: Service\nmetadata: { name: s }\n",
      ],
    ]);
    assert.deepEqual(overlayObjects(files, "over"), [
      { kind: "Deployment", name: "x-a", annotations: { team: "t", wave: "1" } },
      { kind: "Service", name: "x-s", annotations: {} },
    ]);
    assert.deepEqual(overlayObjects(new Map([["over/kustomization.yaml", "resources: ["]]), "over"), []);
  });
});
