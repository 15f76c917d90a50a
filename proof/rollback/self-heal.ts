/** What Argo Rollouts changes in the cluster, and self-heal must leave alone: else the two undo each other's work, also in a rollback. */
import type { Strategy } from "../../model/strategy.ts";
import type { Declaration } from "../../policies/rules/declaration.ts";
import { at, type GitOpsTier } from "../deployments.ts";
import { globMatches } from "../glob.ts";
import type { Counterexample } from "../theorem.ts";

/** A field that Argo Rollouts owns. */
interface Owned {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly pointer: string;
  /** What self-heal would do to it. */
  readonly harm: string;
}

/** @throws UnknownValue */
export function judgeSelfHeal({ name, target }: GitOpsTier, application: Declaration): Counterexample[] {
  const heals = "spec.syncPolicy.automated.selfHeal";
  const strategies = target.strategies ?? [];
  if (!application.flag(heals) || strategies.length === 0) return [];
  const healing = { text: "Argo CD sets back whatever differs from Git", at: at(application, heals) };
  const fix = "Declare the difference under `ignoreDifferences`, and the sync option RespectIgnoreDifferences=true.";
  const ignored = application.list("spec.ignoreDifferences") as readonly Ignored[];
  const fought = strategies.flatMap(ownedBy).filter((owned) => !ignored.some((one) => covers(one, owned)));
  if (fought.length > 0) {
    return fought.map(({ kind, name: object, pointer, harm }) => ({
      claim: `${harm} in ${name}`,
      steps: [
        { text: `Argo Rollouts changes ${pointer} of ${kind} ${object}`, at: `${name} strategies` },
        { ...healing, at: at(application, "spec.ignoreDifferences") },
      ],
      fix,
    }));
  }
  if (application.texts("spec.syncPolicy.syncOptions").includes("RespectIgnoreDifferences=true")) return [];
  const claim = `a sync takes back what Argo Rollouts has changed in ${name}`;
  const step = { text: "a sync writes fields whose differences are ignored", at: at(application, "spec.syncPolicy.syncOptions") };
  return [{ claim, steps: [healing, step], fix }];
}

function ownedBy(strategy: Strategy): readonly Owned[] {
  const workload: Owned = {
    group: "apps",
    kind: "Deployment",
    name: strategy.workload,
    pointer: "/spec/replicas",
    harm: `the old and the new pods of ${strategy.workload} run side by side for ever`,
  };
  return [
    workload,
    ...servicesOf(strategy).map((name) => ({
      group: "",
      kind: "Service",
      name,
      pointer: "/spec/selector/rollouts-pod-template-hash",
      harm: `${name} sends requests to both versions`,
    })),
  ];
}

function servicesOf(strategy: Strategy): readonly string[] {
  if (strategy.kind === "blueGreen") return [strategy.activeService, strategy.previewService];
  const { traffic } = strategy.kind === "canary" ? strategy : {};
  return traffic === undefined ? [] : [traffic.stableService, traffic.canaryService];
}

interface Ignored {
  readonly group?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly jsonPointers?: readonly string[];
}

/** Group and kind as globs; without a name it is about all of them. */
const covers = ({ group = "", kind = "", name, jsonPointers = [] }: Ignored, owned: Owned): boolean =>
  globMatches(group, owned.group) &&
  globMatches(kind, owned.kind) &&
  (name === undefined || name === owned.name) &&
  jsonPointers.some((pointer) => pointer === owned.pointer || owned.pointer.startsWith(`${pointer}/`));
