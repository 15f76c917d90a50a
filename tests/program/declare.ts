/** Declares one committed system as the program would, into a recording instead of a service. */
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { buildFleet } from "../../components/fleet/index.ts";
import { judgeFleet } from "../../components/fleet/judge.ts";
import { planStack } from "../../components/fleet/plan.ts";
import { loadStackFiles, loadSystems } from "../../components/fleet/load.ts";
import { secretsOf } from "../../model/secrets.ts";
import { readStack } from "../../model/stack.ts";
import { record, type Recording } from "../support/pulumi.ts";

const root = join(import.meta.dirname, "..", "..");

/** The system's share of the committed stacks, with secrets generated. */
export async function declareSystem(system: string): Promise<{ readonly dev: Recording<unknown>; readonly prod: Recording<unknown> }> {
  const sources = (await loadSystems(root)).filter(({ folder }) => folder === system);
  const files = [...(await loadStackFiles(root))].map(([name, text]) => [name, onlyTiersOf(system, text)] as const);
  const fleet = judgeFleet(sources, new Map(files));
  const declare = (name: "dev" | "prod"): Promise<Recording<unknown>> => {
    const share = fleet.stacks.find(({ stack }) => stack === name);
    const secrets: Record<string, Record<string, Record<string, string>>> = {};
    for (const judged of fleet.systems) {
      for (const slot of secretsOf(judged.system, { name, foundation: share?.foundation ?? "" })) {
        // What a channel's secret has to be.
        const value = slot.scope === "notifications" ? "https://generated.example" : "generated";
        ((secrets[slot.system] ??= {})[slot.scope] ??= {})[slot.secret.name] = value;
      }
    }
    const values = {
      foundation: share?.foundation ?? "",
      tiers: JSON.stringify(share?.tiers),
      githubToken: "generated",
      registryToken: "generated",
      argocd: JSON.stringify({ signatureKeys: ["B5690EEEBB952194"] }),
      secrets: JSON.stringify(secrets),
    };
    const config = Object.fromEntries(Object.entries(values).map(([key, value]) => [`gatehouse:${key}`, value]));
    const stack = readStack({ name, values: config, environment: {} });
    return record(() => buildFleet(planStack(fleet, stack, {}), stack), { stack: name });
  };
  return { prod: await declare("prod"), dev: await declare("dev") };
}

function onlyTiersOf(system: string, text: string): string {
  const file = parse(text) as { config: Record<string, unknown> };
  const tiers = (file.config["gatehouse:tiers"] ?? {}) as Record<string, unknown>;
  file.config["gatehouse:tiers"] = Object.fromEntries(Object.entries(tiers).filter(([name]) => name === system));
  return stringify(file);
}
