/** What Argo CD does with a rollback. */
import type { Declaration } from "../../policies/rules/declaration.ts";
import { at, type TierOf } from "../deployments.ts";
import type { Counterexample, Step } from "../theorem.ts";

/** @throws UnknownValue */
export function judgeApplication({ name }: TierOf, application: Declaration): Counterexample[] {
  const broken = (claim: string, text: string, property: string, fix: string): Counterexample => ({
    claim,
    steps: [{ text, at: at(application, property) }],
    fix,
  });
  const found: Counterexample[] = [];
  if (application.get("spec.revisionHistoryLimit") === 0) {
    found.push(
      broken(`Argo CD remembers nothing that ${name} ran before`, "it keeps no history", "spec.revisionHistoryLimit", "Leave it at 10."),
    );
  }
  const automated = "spec.syncPolicy.automated";
  if (application.has(automated) && application.get(`${automated}.enabled`) !== false) {
    if (!application.flag(`${automated}.selfHeal`)) {
      const claim = `what somebody has set in ${name} by hand comes back to life with the next commit, in place of what was rolled back`;
      found.push(
        broken(claim, "Argo CD syncs commits by itself, and leaves changes by hand alone", `${automated}.selfHeal`, "Set `selfHeal`."),
      );
    }
    if (!application.flag(`${automated}.prune`)) {
      const claim = `what the bad version has added stays in ${name} after the rollback`;
      found.push(broken(claim, "Argo CD deletes nothing that Git holds no more", `${automated}.prune`, "Set `prune`."));
    }
  }
  const retry = "spec.syncPolicy.retry";
  if (Number(application.get(`${retry}.limit`) ?? 0) < 0 && !application.flag(`${retry}.refresh`)) {
    const claim = `a rollback of ${name} waits for ever behind the commit that it takes back`;
    found.push(
      broken(claim, "a sync that fails is tried again without an end, and with the same commit", retry, "Set a limit, and `refresh`."),
    );
  }
  const ignored = ignoredImages(application);
  if (ignored !== undefined) {
    const claim = `a rollback of ${name} changes Git, and the bad image goes on running`;
    found.push({ claim, steps: [ignored], fix: "Ignore nothing that an image is part of." });
  }
  return found;
}

/** Kinds whose pods have images; `*` and none at all are among them. */
const workloads = ["*", "CronJob", "DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet", "Rollout", "StatefulSet"];

/** Differences that Argo CD does not see, where the image of a container is among them. */
function ignoredImages(application: Declaration): Step | undefined {
  for (const [index, entry] of application.list("spec.ignoreDifferences").entries()) {
    const { kind = "*", jsonPointers = [], jqPathExpressions = [] } = entry as Ignored;
    if (!workloads.includes(kind)) continue;
    const ignored = jsonPointers.find(holdsImage) ?? jqPathExpressions.find(findsImage);
    if (ignored === undefined) continue;
    return { text: `Argo CD sees no difference in ${ignored}`, at: at(application, `spec.ignoreDifferences.${index}`) };
  }
  return undefined;
}

interface Ignored {
  readonly kind?: string;
  readonly jsonPointers?: readonly string[];
  readonly jqPathExpressions?: readonly string[];
}

const holdsImage = (pointer: string): boolean =>
  "/spec/template/spec/containers/".startsWith(`${pointer.replace(/\/$/u, "")}/`) || /\/containers\/\d+(\/image)?$/u.test(pointer);

const findsImage = (query: string): boolean =>
  /\bcontainers\b/u.test(query) && (/\bimage\b/u.test(query) || /containers(\[\d*\])?$/u.test(query));
