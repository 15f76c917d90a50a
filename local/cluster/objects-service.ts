/**
 * A program that runs once at each start, before Argo CD: `objects-service.ts KUBECTL KUBECONFIG DEFINITIONS...`. It puts the first objects
 * into the cluster. What is there already stays as it is; with nothing to do it takes one request.
 *
 * Started without a loader, as the supervisor is.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { apply, kubectl, type Kubectl } from "./kubectl.ts";
import { ARGOCD_NAMESPACE } from "./kubeconfig.ts";
import { argoCdObjects, namespace, settings } from "./objects.ts";

/** On Argo CD's namespace: what was applied last, so that a restart need not apply it again. */
const ANNOTATION = "gatehouse/objects";

const [command = "", kubeconfig = "", ...definitions] = process.argv.slice(2);
const client: Kubectl = { command, kubeconfig };
const hash = createHash("sha256").update(JSON.stringify([namespace, settings, argoCdObjects]));
for (const file of definitions) hash.update(readFileSync(file));
const wanted = hash.digest("hex").slice(0, 16);

if ((await applied()) === wanted) {
  console.log("nothing to do");
} else {
  await Promise.all([
    ...definitions.map((file) => step(`definitions of ${basename(file)}`, apply(client, { file }))),
    step(
      "settings",
      apply(client, [namespace]).then(() => apply(client, settings)),
    ),
  ]);
  await step("objects of Argo CD's kinds", applyWhenServed(argoCdObjects));
  await apply(client, [{ ...namespace, metadata: { ...namespace.metadata, annotations: { [ANNOTATION]: wanted } } }]);
  console.log(`applied ${wanted}`);
}

async function step(name: string, action: Promise<unknown>): Promise<void> {
  await action;
  console.log(`${name} applied after ${Math.round(performance.now())} ms`);
}

async function applied(): Promise<string> {
  const text = await kubectl(client, ["get", "namespace", ARGOCD_NAMESPACE, "--ignore-not-found", "-o", "json"]);
  if (text.trim() === "") return "";
  return (JSON.parse(text) as typeof namespace).metadata.annotations?.[ANNOTATION] ?? "";
}

/** A kind is served a moment after its definition was accepted. (`kubectl wait` fails while a definition has no conditions yet.) */
async function applyWhenServed(objects: readonly object[]): Promise<void> {
  const until = Date.now() + 30_000;
  for (;;) {
    try {
      await apply(client, objects);
      return;
    } catch (error) {
      if (
        Date.now() > until ||
        !(error instanceof Error) ||
        !/no matches for kind|could not find the requested resource/.test(error.message)
      )
        throw error;
      await delay(100);
    }
  }
}
