/**
 * Manifests that come with the Go modules of the cluster: resource definitions of Argo CD and Argo Rollouts, and kwok's stages. They are copied to the cache
 * once, beside the programs, since Go's module cache may be cleaned when the programs are built.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";

const run = promisify(execFile);

const ARGO_CD = "github.com/argoproj/argo-cd/v3";
const ARGO_ROLLOUTS = "github.com/argoproj/argo-rollouts";
const KWOK = "sigs.k8s.io/kwok";
/** What a node and a pod go through under kwok: ready at once, leases renewed. */
const STAGES = ["kustomize/stage/node/fast", "kustomize/stage/node/heartbeat-with-lease", "kustomize/stage/pod/fast"];

/** Paths of YAML files. */
export interface ClusterManifests {
  readonly argoCdDefinitions: string;
  readonly rolloutsDefinitions: string;
  readonly kwokStages: string;
}

/**
 * The manifests for the modules that `go.mod` names.
 * @param cacheDir the folder for what can be made again.
 * @throws Error when the modules are neither in Go's module cache nor to be had.
 */
export async function ensureManifests(cacheDir: string, report: (text: string) => void): Promise<ClusterManifests> {
  const [cluster, rollouts] = [join(import.meta.dirname, "go"), join(import.meta.dirname, "rollouts")];
  const hash = createHash("sha256");
  for (const module of [cluster, rollouts]) hash.update(readFileSync(join(module, "go.mod"))).update(readFileSync(join(module, "go.sum")));
  const key = hash.update(STAGES.join()).update("without descriptions").digest("hex").slice(0, 16);
  const folder = join(cacheDir, "manifests", key);
  const files = {
    argoCdDefinitions: join(folder, "argo-cd-definitions.yaml"),
    rolloutsDefinitions: join(folder, "argo-rollouts-definitions.yaml"),
    kwokStages: join(folder, "kwok-stages.yaml"),
  };
  if (existsSync(folder)) return files;

  report("copying the manifests of Argo CD, Argo Rollouts and kwok from their Go modules");
  const folders = { ...(await moduleFolders(cluster, [ARGO_CD, KWOK])), ...(await moduleFolders(rollouts, [ARGO_ROLLOUTS])) };
  mkdirSync(dirname(folder), { recursive: true });
  const temporary = mkdtempSync(join(dirname(folder), "new-"));
  for (const [module, file] of [
    [ARGO_CD, files.argoCdDefinitions],
    [ARGO_ROLLOUTS, files.rolloutsDefinitions],
  ] as const) {
    const source = join(folders[module] ?? "", "manifests/crds");
    const names = readdirSync(source).filter((name) => name.endsWith("-crd.yaml"));
    const texts = names.map((name) => withoutDescriptions(readFileSync(join(source, name), "utf8")));
    writeFileSync(join(temporary, basename(file)), texts.join("\n---\n"));
  }
  const stages = STAGES.flatMap((stage) => {
    const source = join(folders[KWOK] ?? "", stage);
    return readdirSync(source)
      .filter((name) => /^(node|pod)-.*\.yaml$/.test(name))
      .map((name) => join(source, name));
  });
  writeFileSync(join(temporary, "kwok-stages.yaml"), concatenate(stages));
  try {
    renameSync(temporary, folder);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    // Another checkout was faster; its copy is the same.
    if (!existsSync(folder)) throw error;
  }
  return files;
}

const concatenate = (files: readonly string[]) => files.map((file) => readFileSync(file, "utf8").trimEnd()).join("\n---\n") + "\n";

/**
 * A resource definition as JSON (which is YAML) without the prose of its schema: what it accepts is the same, and the API server takes it
 * in a third of the time and holds a fifth less memory.
 */
export function withoutDescriptions(text: string): string {
  const strip = (value: unknown, isProperties: boolean): unknown => {
    if (Array.isArray(value)) return value.map((item) => strip(item, false));
    if (typeof value !== "object" || value === null) return value;
    const kept = Object.entries(value).filter(([key, inner]) => isProperties || key !== "description" || typeof inner !== "string");
    // Under `properties` the keys are names of fields, one of which may well be `description`.
    return Object.fromEntries(kept.map(([key, inner]) => [key, strip(inner, key === "properties" && !isProperties)]));
  };
  return JSON.stringify(strip(parse(text), false));
}

async function moduleFolders(directory: string, modules: readonly string[]): Promise<Record<string, string>> {
  const env = { ...process.env, GOFLAGS: "-mod=readonly", GOTOOLCHAIN: "local" };
  try {
    const { stdout } = await run("go", ["mod", "download", "-json", ...modules], { cwd: directory, env, maxBuffer: 1 << 24 });
    // One JSON object after the other.
    const found = JSON.parse(`[${stdout.replaceAll(/\}\s*\{/g, "},{")}]`) as { Path: string; Dir: string }[];
    return Object.fromEntries(found.map(({ Path, Dir }) => [Path, Dir]));
  } catch (error) {
    const { stderr = "", message } = error as Error & { stderr?: string };
    throw new Error(`The Go modules ${modules.join(" and ")} cannot be read: ${stderr.trim() || message}`, { cause: error });
  }
}
