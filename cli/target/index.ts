/** What a command works on: the services of this machine, or what the stack files name. The program itself knows no difference. */
import { argocdTarget } from "../../model/target.ts";
import type { Octokit } from "@octokit/rest";

import type { Registry } from "../operations/registry.ts";
import type { Output } from "../output.ts";
import type { Project } from "../project.ts";
import type { Cluster } from "../up/applications.ts";
import type { StackEngine } from "../up/engine.ts";
import { openConfigured } from "./configured.ts";
import { openLocal } from "./local.ts";

export type TargetName = "auto" | "local" | "configured";

export interface Target {
  readonly name: "local" | "configured";
  /** The engine for one stack, ready to run. @throws Failure when the stack does not exist. */
  engine(stack: string): Promise<StackEngine>;
  /** The engine for a stack that may not exist yet. */
  bareEngine(stack: string): Promise<StackEngine>;
  /** GitHub's API with the credentials of a stack. */
  github(stack: string): Promise<Octokit>;
  /** The account that a stack uses for a declared owner: `github.owners` in its file may name another. */
  owner(stack: string, declared: string): Promise<string>;
  /** The cluster that a stack deploys to; `undefined` where none is configured. */
  cluster(stack: string): Promise<Cluster | undefined>;
  /** The registry that a stack's images are looked up in. */
  registry(stack: string): Promise<Registry>;
  /** Address of the Docker daemon that a stack's containers run on; `undefined` where none is configured. */
  docker(stack: string): Promise<string | undefined>;
  /** Names of the Applications that these stacks own. */
  applications(stacks: readonly string[]): string[];
  /** Pages and addresses that a person may open, by name. */
  readonly addresses: Readonly<Record<string, string>>;
}

/** The Applications of the tiers that the named stacks own. */
export function applicationsOf(project: Project, stacks: readonly string[]): string[] {
  return project.stacks
    .filter(({ stack }) => stacks.includes(stack))
    .flatMap(({ tiers }) =>
      project.systems.flatMap(({ system }) =>
        system.tiers.flatMap(({ name, target }) => {
          const application = argocdTarget(target)?.application;
          return application !== undefined && (tiers[system.name] ?? []).includes(name) ? [application] : [];
        }),
      ),
    );
}

/**
 * The environment, or any stack file, has a token for GitHub. Any, so that one project never works on a real organization with one stack
 * and on this machine with another.
 */
function hasCredentials({ stacks, stackFiles }: Project): boolean {
  if ((process.env["GATEHOUSE_GITHUB_TOKEN"] ?? "") !== "") return true;
  return stacks.some(({ stack }) => (stackFiles.get(`Pulumi.${stack}.yaml`) ?? "").includes("gatehouse:githubToken"));
}

export async function openTarget(name: TargetName, project: Project, output: Output): Promise<Target> {
  const chosen = name === "auto" ? (hasCredentials(project) ? "configured" : "local") : name;
  if (name === "auto" && chosen === "local") output.note("Working on this machine's services: the stack files hold no credentials.");
  return chosen === "local" ? openLocal(project, output) : openConfigured(project);
}
