/** The target that the stack files name: a real organization and cluster, with the user's own Pulumi backend and credentials. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

import { execa } from "execa";

import { ensureEngine, type Engine } from "../../local/engine/index.ts";
import { userEnvironment } from "../environment.ts";
import { Failure, exitCode } from "../failure.ts";
import { buildReport } from "../local/progress.ts";
import { stateDir, type Project } from "../project.ts";
import type { Registry } from "../operations/registry.ts";
import { askEngine, type StackEngine } from "../up/engine.ts";
import { githubClient } from "./client.ts";
import { applicationsOf, type Target } from "./index.ts";

/** What this file reads of a stack's configuration; the program reads and judges all of it. */
interface Settings {
  readonly githubToken: string | undefined;
  readonly githubTokens: Readonly<Record<string, string>>;
  readonly apiUrl: string | undefined;
  readonly owners: Readonly<Record<string, string>>;
  readonly kubernetes: { readonly kubeconfig?: string; readonly context?: string };
  readonly argocdNamespace: string;
  readonly registry: Registry;
  readonly docker: string | undefined;
}

/**
 * The user's environment: backend, passphrase and clouds are theirs. An engine that was built here brings its own home for plugins, and
 * leaves the user's as it is; only who is logged in is read from there.
 */
function environmentOf(engine: Engine): Record<string, string> {
  // The GitHub provider would prefer these to the program's arguments.
  const user = userEnvironment((name) => !/^(GITHUB_|GH_)/.test(name));
  const ours = (...names: readonly string[]): Record<string, string> =>
    Object.fromEntries(names.flatMap((name) => (engine.environment[name] === undefined ? [] : [[name, engine.environment[name]]])));
  if (engine.origin === "path") return { ...user, ...ours("PATH") };
  const login = user["PULUMI_HOME"] ?? path.join(homedir(), ".pulumi");
  const loggedIn = user["PULUMI_CREDENTIALS_PATH"] === undefined && existsSync(path.join(login, "credentials.json"));
  return {
    ...user,
    ...(loggedIn ? { PULUMI_CREDENTIALS_PATH: login } : {}),
    ...ours(
      "PATH",
      "PULUMI_HOME",
      "PULUMI_SKIP_UPDATE_CHECK",
      "PULUMI_IGNORE_AMBIENT_PLUGINS",
      "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION",
    ),
  };
}

/** @throws Failure that says how to make the stack when it does not exist, and the engine's words when it cannot read it. */
async function readSettings(engine: StackEngine): Promise<Settings> {
  const { stack } = engine;
  const text = await askEngine(engine, ["config", "--show-secrets", "--json", "--stack", stack]).catch((error: unknown) => {
    if (!(error instanceof Failure) || !error.message.includes("no stack named")) throw error;
    throw new Failure(
      exitCode.invalid,
      `Stack ${stack} does not exist in your Pulumi backend. What to do: ` +
        `run \`gatehouse pulumi --target configured --stack ${stack} -- stack init\`.`,
    );
  });
  const values = JSON.parse(text) as Record<string, { readonly value?: string; readonly objectValue?: unknown } | undefined>;
  const object = <T extends object>(key: string): Partial<T> => values[key]?.objectValue ?? {};
  const github = object<{ apiUrl: string; owners: Record<string, string> }>("gatehouse:github");
  const registry = object<{ host: string; username: string }>("gatehouse:registry");
  return {
    githubToken: values["gatehouse:githubToken"]?.value ?? process.env["GATEHOUSE_GITHUB_TOKEN"],
    githubTokens: object<Record<string, string>>("gatehouse:githubTokens") as Record<string, string>,
    apiUrl: github.apiUrl,
    owners: github.owners ?? {},
    kubernetes: object("gatehouse:kubernetes"),
    argocdNamespace: object<{ namespace: string }>("gatehouse:argocd").namespace ?? "argocd",
    registry: {
      host: registry.host ?? "ghcr.io",
      username: registry.username ?? "gatehouse",
      token: values["gatehouse:registryToken"]?.value,
    },
    docker: object<{ host: string }>("gatehouse:docker").host,
  };
}

export async function openConfigured(project: Project): Promise<Target> {
  const built = await ensureEngine({ stateDir, report: buildReport() });
  const environment = environmentOf(built);
  const bareEngine = (stack: string): StackEngine => ({ pulumi: built.pulumi, environment, stack });
  const read = new Map<string, Promise<Settings>>();
  const settingsOf = (stack: string): Promise<Settings> => {
    const known = read.get(stack) ?? readSettings(bareEngine(stack));
    read.set(stack, known);
    return known;
  };
  return {
    name: "configured",
    engine: async (stack) => {
      await settingsOf(stack);
      return bareEngine(stack);
    },
    bareEngine: (stack) => Promise.resolve(bareEngine(stack)),
    github: async (stack) => {
      const { githubToken, githubTokens, apiUrl } = await settingsOf(stack);
      return githubClient(githubToken, apiUrl, githubTokens);
    },
    owner: async (stack, declared) => (await settingsOf(stack)).owners[declared] ?? declared,
    cluster: async (stack) => {
      const { kubernetes, argocdNamespace } = await settingsOf(stack);
      const { kubeconfig } = kubernetes;
      const context = kubernetes.context ?? (await currentContext(kubeconfig));
      return context === undefined ? undefined : { kubectl: "kubectl", kubeconfig, context, namespace: argocdNamespace };
    },
    registry: async (stack) => (await settingsOf(stack)).registry,
    docker: async (stack) => (await settingsOf(stack)).docker,
    applications: (names) => applicationsOf(project, names),
    addresses: {},
  };
}

async function currentContext(kubeconfig: string | undefined): Promise<string | undefined> {
  const file = kubeconfig === undefined ? [] : ["--kubeconfig", kubeconfig];
  const { stdout, failed } = await execa("kubectl", [...file, "config", "current-context"], { reject: false });
  return failed ? undefined : stdout.trim();
}
