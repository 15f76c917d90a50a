/** The target that the stack files name: a real organization and cluster, with the user's own Pulumi backend and credentials. */
import { Octokit } from "@octokit/rest";
import { execa } from "execa";

import { ensureEngine } from "../../local/engine/index.ts";
import { terminalReport } from "../../local/engine/builder/terminal.ts";
import type { StackShare } from "../../model/ownership.ts";
import { Failure, exitCode } from "../failure.ts";
import type { Output } from "../output.ts";
import { stateDir, type Project } from "../project.ts";
import { askEngine, type StackEngine } from "../up/engine.ts";
import { applicationsOf, type Target } from "./index.ts";

/** The user's environment, without what the GitHub provider would prefer to the program's arguments. */
function environment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name, value]) => value !== undefined && !/^(GITHUB_|GH_)/.test(name));
  return Object.fromEntries(kept) as Record<string, string>;
}

async function configuration(engine: StackEngine, key: string): Promise<string | undefined> {
  return askEngine(engine, ["config", "get", key, "--stack", engine.stack]).catch((error: unknown) => {
    // Where the stack is not made yet, the engine says so when it is run; `pulumi stack init` must get there.
    if (error instanceof Failure && /not found|no stack named/.test(error.message)) return undefined;
    throw error;
  });
}

export async function openConfigured(project: Project, stacks: readonly StackShare[], output: Output): Promise<Target> {
  const built = await ensureEngine({ stateDir, report: output.json ? () => undefined : terminalReport(process.stderr) });
  const engineOf = (stack: string): StackEngine => ({
    pulumi: built.pulumi,
    environment: {
      ...environment(),
      PATH: built.environment["PATH"] ?? "",
      // A built engine's plugins lie in its own home, together with nothing of the user's.
      ...(built.origin === "build" ? { PULUMI_HOME: built.environment["PULUMI_HOME"] ?? "" } : {}),
    },
    stack,
  });
  const first = stacks[0];
  if (first === undefined) throw new Failure(exitCode.invalid, "No stack file Pulumi.<stack>.yaml was found.");
  const engine = engineOf(first.stack);
  const token = process.env["GATEHOUSE_GITHUB_TOKEN"] ?? (await configuration(engine, "gatehouse:githubToken"));
  const github = JSON.parse((await configuration(engine, "gatehouse:github")) ?? "{}") as { apiUrl?: string };
  const kubernetes = JSON.parse((await configuration(engine, "gatehouse:kubernetes")) ?? "{}") as { kubeconfig?: string; context?: string };
  const argocd = JSON.parse((await configuration(engine, "gatehouse:argocd")) ?? "{}") as { namespace?: string };
  const context = kubernetes.context ?? (await currentContext());
  return {
    name: "configured",
    engine: (stack) => Promise.resolve(engineOf(stack)),
    github: new Octokit({
      ...(token === undefined ? {} : { auth: token }),
      ...(github.apiUrl === undefined ? {} : { baseUrl: github.apiUrl.replace(/\/$/, "") }),
    }),
    cluster:
      context === undefined
        ? undefined
        : { kubectl: "kubectl", kubeconfig: kubernetes.kubeconfig, context, namespace: argocd.namespace ?? "argocd" },
    applications: (names) => applicationsOf(project, names),
    addresses: {},
  };
}

async function currentContext(): Promise<string | undefined> {
  const { stdout, failed } = await execa("kubectl", ["config", "current-context"], { reject: false });
  return failed ? undefined : stdout.trim();
}
