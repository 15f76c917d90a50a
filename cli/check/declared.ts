/** Everything that the project declares, without an engine, credentials or a service. */
import { buildFleet } from "../../components/fleet/index.ts";
import type { JudgedFleet } from "../../components/fleet/judge.ts";
import { planStack } from "../../components/fleet/plan.ts";
import { Providers } from "../../components/fleet/providers.ts";
import { argocdTarget } from "../../model/target.ts";
import { secretsOf } from "../../model/secrets.ts";
import { readStack } from "../../model/stack.ts";
import type { StackShare } from "../../model/ownership.ts";
import { parse } from "yaml";
import { Declaration, SECRET, type DeclaredWorkflow, type World } from "../../policies/rules/index.ts";
import type { JudgedProject } from "../project.ts";
import { answered, isSecret, register, type Registered } from "./record.ts";

/** What all stacks of a project declare, and all workflow files. Files of first commits are judged as files, not as resources. */
export async function declaredWorld(project: JudgedProject): Promise<World> {
  const resources: Declaration[][] = [];
  for (const share of project.stacks) resources.push(await declareStack(project, share));
  return { resources: resources.flat(), workflows: workflowsOf(project) };
}

/** The workflow files of all systems. */
export function workflowsOf({ systems }: JudgedFleet): DeclaredWorkflow[] {
  return systems.flatMap(({ system, facts }) => {
    const repository = `${system.repository.owner.login}/${system.repository.name}`;
    return facts.map((each) => ({ repository, facts: each }));
  });
}

async function declareStack(project: JudgedProject, share: StackShare): Promise<Declaration[]> {
  const stack = readStack({ name: share.stack, values: configOf(project, share), environment: {} });
  const plans = planStack(project, stack, {});
  const seeded = new Set(project.systems.map(({ system }) => system.name));
  const build = async (): Promise<void> => {
    const providers = new Providers(stack);
    // One after the other: what the SDK keeps of a resource until it is answered is fifty times what is recorded of it.
    for (const plan of plans) {
      buildFleet([plan], stack, seeded, providers);
      await answered();
    }
  };
  const { resources } = await register(build, { stack: stack.name });
  return resources.map(declarationOf);
}

/** The committed configuration, with values made up where it holds secrets: rules never see them. */
function configOf(project: JudgedProject, share: StackShare): Record<string, string> {
  const file = parse(project.stackFiles.get(`Pulumi.${share.stack}.yaml`) ?? "") as { config?: Record<string, unknown> } | null;
  const plain = Object.entries(file?.config ?? {}).filter(([, value]) => !isEncrypted(value));
  const secrets: Record<string, Record<string, Record<string, string>>> = {};
  for (const { system } of project.systems) {
    for (const { scope, secret } of secretsOf(system, { name: share.stack, foundation: share.foundation ?? "" })) {
      // An address, which is what the secret of a channel has to be.
      ((secrets[system.name] ??= {})[scope] ??= {})[secret.name] = "https://secret.invalid";
    }
  }
  const deploys = project.systems.some(({ system }) => system.tiers.some(({ target }) => argocdTarget(target) !== undefined));
  const values: Record<string, unknown> = {
    ...Object.fromEntries(plain),
    "gatehouse:githubToken": "secret",
    ...(deploys && { "gatehouse:registryToken": "secret" }),
    "gatehouse:secrets": secrets,
  };
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]));
}

const isEncrypted = (value: unknown): boolean => typeof value === "object" && value !== null && "secure" in value;

function declarationOf({ type, name, urn, inputs, protect, retainOnDelete, parent, ignoreChanges }: Registered): Declaration {
  const properties = opened(inputs) as Record<string, unknown>;
  return new Declaration({ type, name, urn, properties, protect, retainOnDelete, parent, ignoreChanges });
}

function opened(value: unknown): unknown {
  if (isSecret(value)) return SECRET;
  if (Array.isArray(value)) return value.map(opened);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, opened(member)]));
}
