/** Secrets that jobs of an environment use: each must be declared there, or for the repository. */
import { github, type Declaration } from "../../policies/rules/declaration.ts";
import { environmentOf } from "../graph/environment.ts";
import type { Counterexample } from "../theorem.ts";
import type { ProofSystem, ProofWorld } from "../world.ts";

/** A secret that is not declared where the job runs is empty there, or is somebody else's. @throws UnknownValue */
export function judgeSecrets(world: ProofWorld, of: ProofSystem): Counterexample[] {
  const nameOf = (secret: Declaration): string => (secret.text("secretName") ?? "").toUpperCase();
  const shared = new Set([
    "GITHUB_TOKEN",
    ...world.of(github("ActionsSecret"), of.repository).map(nameOf),
    ...world.declared.all(github("ActionsOrganizationSecret")).map(nameOf),
  ]);
  const inside = world
    .of(github("ActionsEnvironmentSecret"), of.repository)
    .map((secret) => ({ name: nameOf(secret), environment: (secret.text("environment") ?? "").toLowerCase() }));
  return of.workflows.flatMap((workflow) =>
    workflow.jobs.flatMap((job) => {
      const name = job.environment?.name ?? "";
      // What nobody declares, and what an expression calls, is told of as the environment itself.
      if (name === "" || environmentOf(world, of, name) === undefined) return [];
      const declared = (secret: string): boolean =>
        shared.has(secret) || inside.some((one) => one.name === secret && one.environment === name.toLowerCase());
      return job.secrets
        .filter((secret) => secret.name !== "*" && !declared(secret.name))
        .map((secret) => ({
          claim: `job ${job.id} of ${workflow.file} runs in environment ${name} without its secret ${secret.name}`,
          steps: [
            { text: `the job uses secret ${secret.name}`, at: `${workflow.file}:${secret.line}` },
            {
              text: `no stack declares it in environment ${name}, nor for the repository`,
              at: `${workflow.file}:${job.environment?.line ?? job.line}`,
            },
          ],
          fix: `Declare ${secret.name} in environment ${name}.`,
        }));
    }),
  );
}
