/** The services of this machine: started where they do not run, with everything the declared systems need to exist before they are governed. */
import { CLUSTER_BINARIES } from "../../local/cluster/index.ts";
import { ensureBinaries } from "../../local/engine/binaries.ts";
import { ensureEngine } from "../../local/engine/index.ts";
import { prepareStack, Secret, type ConfigValue } from "../../local/engine/stacks.ts";
import { localUp, type LocalEndpoints } from "../../local/index.ts";
import { repositoryUrls } from "../../delivery/stack-access.ts";
import type { StackShare } from "../../model/ownership.ts";
import { dockerTarget } from "../../model/target.ts";
import { secretsOf } from "../../model/secrets.ts";
import { imagesOf } from "../local/images.ts";
import { buildReport, progressOf } from "../local/progress.ts";
import { ensureSecrets, localValue, type LocalSecrets } from "../local/secrets.ts";
import { teamMembers, worldOf } from "../local/world.ts";
import type { Output } from "../output.ts";
import { projectDir, stateDir, type Project } from "../project.ts";
import type { StackEngine } from "../up/engine.ts";
import { githubClient } from "./client.ts";
import { applicationsOf, type Target } from "./index.ts";
import { limitedKubeconfig } from "./limited-kubeconfig.ts";

/** Where Argo CD runs in the local cluster. */
const argocdNamespace = "argocd";

/** Starts what does not run, and tells how to reach it. */
export async function startLocal(project: Project, output: Output): Promise<{ endpoints: LocalEndpoints; secrets: LocalSecrets }> {
  const systems = project.systems.map(({ system }) => system);
  const secrets = await ensureSecrets(stateDir, systems, teamMembers(project.systems));
  const endpoints = await localUp({
    stateDir,
    world: worldOf(project.systems, secrets.tokens),
    images: imagesOf(systems),
    containers: Object.fromEntries(
      systems
        .flatMap(({ tiers }) => tiers.flatMap(({ target }) => dockerTarget(target) ?? []))
        .map(({ container, hostPort }) => [container, hostPort]),
    ),
    report: progressOf(output),
  });
  return { endpoints, secrets };
}

export async function openLocal(project: Project, output: Output): Promise<Target> {
  const report = buildReport();
  const engine = await ensureEngine({ stateDir, report });
  // All at once: what they share is compiled first, and the time that is left is known.
  const { kubectl } = await ensureBinaries([...CLUSTER_BINARIES, "registry"], report);
  const { endpoints, secrets } = await startLocal(project, output);
  const prepared = new Map<string, Promise<StackEngine>>();
  const prepare = async (name: string): Promise<StackEngine> => {
    const share = project.stacks.find(({ stack }) => stack === name);
    if (share === undefined) throw new Error(`no stack is called ${name}`);
    const access = { ...endpoints.kubernetes, kubectl, argocdNamespace, repositoryUrl: repositoryUrls(endpoints.github.url) };
    const kubernetes = name === share.foundation ? endpoints.kubernetes : await limitedKubeconfig(project, share, access);
    const config = configurationOf(project, share, { ...endpoints, kubernetes }, secrets);
    const { environment } = await prepareStack(engine, { name, stateDir, projectDir, config });
    return { pulumi: engine.pulumi, environment, stack: name };
  };
  const engineOf = (stack: string): Promise<StackEngine> => {
    const known = prepared.get(stack) ?? prepare(stack);
    prepared.set(stack, known);
    return known;
  };
  const github = githubClient(secrets.tokens.operator, endpoints.github.apiUrl, secrets.tokens.owners);
  return {
    name: "local",
    engine: engineOf,
    bareEngine: engineOf,
    github: () => Promise.resolve(github),
    owner: (_stack, declared) => Promise.resolve(declared),
    cluster: () => Promise.resolve({ kubectl, ...endpoints.kubernetes, namespace: argocdNamespace }),
    // It asks for no login.
    registry: () => Promise.resolve({ host: endpoints.registry.host, username: "gatehouse", token: undefined }),
    docker: () => Promise.resolve(endpoints.docker?.host),
    applications: (stacks) => applicationsOf(project, stacks),
    addresses: {
      GitHub: endpoints.github.url,
      "Argo CD API": endpoints.argocd.url,
      registry: `http://${endpoints.registry.host}/v2/_catalog`,
      notifications: endpoints.sink.url,
      kubeconfig: endpoints.kubernetes.kubeconfig,
    },
  };
}

/** What a stack file of a real organization would hold, for the services of this machine. What GitHub is given, the foundation alone gets. */
function configurationOf(
  project: Project,
  share: StackShare,
  endpoints: LocalEndpoints,
  secrets: LocalSecrets,
): Record<string, ConfigValue> {
  const { stack, foundation = stack } = share;
  const values: Record<string, Record<string, Record<string, ConfigValue>>> = {};
  const images: Record<string, Record<string, string>> = {};
  for (const { system } of project.systems) {
    for (const { scope, secret } of secretsOf(system, { name: stack, foundation })) {
      const value = localValue(system, scope, secret.name, secrets, endpoints);
      if (value !== undefined) ((values[system.name] ??= {})[scope] ??= {})[secret.name] = new Secret(value);
    }
    for (const { name, initialTag } of system.packages ?? []) if (stack === foundation) (images[system.name] ??= {})[name] = initialTag;
  }
  return {
    "gatehouse:github": { apiUrl: endpoints.github.apiUrl, url: endpoints.github.url },
    ...(stack === foundation && {
      "gatehouse:githubToken": new Secret(secrets.tokens.operator),
      "gatehouse:githubTokens": Object.fromEntries(
        Object.entries(secrets.tokens.owners).map(([login, token]) => [login, new Secret(token)]),
      ),
    }),
    "gatehouse:gitToken": new Secret(secrets.tokens.reader),
    "gatehouse:kubernetes": { ...endpoints.kubernetes },
    "gatehouse:registry": { host: endpoints.registry.host },
    ...(endpoints.docker !== undefined && { "gatehouse:docker": endpoints.docker }),
    "gatehouse:registryToken": new Secret(secrets.registryToken),
    "gatehouse:argocd": { namespace: argocdNamespace, signatureKeys: [endpoints.github.signingKey] },
    "gatehouse:notifications": { pagerDutyUrl: endpoints.sink.pagerDutyUrl },
    "gatehouse:images": images,
    "gatehouse:secrets": values,
  };
}
