/** Sound strategies for the lower tier of the small sound system, and an overlay that they fit. */
import type { Strategy } from "../../model/strategy.ts";
import type { GitOpsTarget, System } from "../../model/system.ts";
import { shop, shopFiles } from "./systems.ts";

const deployment = (name: string, wave: number) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  annotations:
    argocd.argoproj.io/sync-wave: "${wave}"
`;
const service = (name: string) => `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\n`;
const workloads = [
  deployment("till", 0),
  deployment("shelves", 1),
  deployment("stock", 2),
  ...["till", "till-next", "shelves", "shelves-preview"].map(service),
  "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: till\n",
];

const strategies: readonly Strategy[] = [
  {
    kind: "canary",
    workload: "till",
    replicas: 10,
    steps: [{ weight: 10, pauseMinutes: 5 }, { weight: 50, pauseMinutes: null }, { weight: 100 }],
    progressDeadlineSeconds: 300,
  },
  {
    kind: "blueGreen",
    workload: "shelves",
    replicas: 2,
    after: ["till"],
    activeService: "shelves",
    previewService: "shelves-preview",
    promoteAfterMinutes: 5,
    keepOldMinutes: 10,
    analysis: { service: "shelves-preview", port: 80, path: "/health", intervalSeconds: 60, count: 5, failureLimit: 1 },
  },
  { kind: "rolling", workload: "stock", replicas: 3, after: ["shelves"], maxSurge: 1, maxUnavailable: 1 },
];

const [dev, ...others] = shop.tiers;
/** The lower tier's target, with a strategy of each kind. */
export const steadyTarget: GitOpsTarget = {
  ...(dev?.target as GitOpsTarget),
  kinds: ["apps/Deployment", "/Service", "argoproj.io/Rollout", "argoproj.io/AnalysisTemplate"],
  strategies,
};

/** The small sound system with them. */
export const steadyShop: System = { ...shop, tiers: [{ name: "dev", target: steadyTarget }, ...others] };

export const steadyFiles: ReadonlyMap<string, string> = new Map([
  ...shopFiles,
  ["deploy/base/kustomization.yaml", "resources: [workloads.yaml]\n"],
  ["deploy/base/workloads.yaml", workloads.join("---\n")],
  ["deploy/dev/kustomization.yaml", "resources: [../base, rollouts.yaml]\n"],
]);
