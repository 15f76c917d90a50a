/** Makes artifacts exist, building what is missing, one after the other: each build already uses all cores. */
import { existsSync } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import type { Artifact, Progress, Report } from "./artifact.ts";
import { requireDisk } from "./disk.ts";
import { BuildInterrupted } from "./failure.ts";
import { artifactKey } from "./key.ts";
import { acquireLock, alive } from "./lock.ts";
import { compile } from "./compile.ts";
import { findToolchain, requireGoVersion, type Toolchain } from "./toolchain.ts";

export interface EnsureOptions {
  /** Folder that the artifacts' modules are relative to. */
  readonly projectDir: string;
  /** Folder for results and logs; made if missing. */
  readonly cacheDir: string;
  /** @default "go" on PATH */
  readonly goCommand?: string;
  /** Stops the build. @default SIGINT and SIGTERM of this process */
  readonly signal?: AbortSignal;
}

interface Planned {
  readonly artifact: Artifact;
  readonly key: string;
  readonly path: string;
}

/** Results that nobody asked for in this time are removed when another version of the same artifact is built. */
const KEPT_MILLISECONDS = 30 * 24 * 3600 * 1000;

/**
 * Returns the path of each named artifact in `table`, after building those that are missing. Two processes never build the same thing
 * at the same time; an interrupted build leaves nothing half-done.
 *
 * @throws BuildError when something cannot be built, BuildInterrupted when it was stopped.
 */
export async function ensureArtifacts<Name extends string>(
  table: readonly (Artifact & { readonly name: Name })[],
  names: readonly Name[],
  report: Report,
  options: EnsureOptions,
): Promise<Record<Name, string>> {
  const toolchain = await findToolchain(options.goCommand);
  const all = new Map<string, Artifact>(table.map((artifact) => [artifact.name, artifact]));
  const planned = new Map<string, Planned>();
  const want = async (name: string): Promise<void> => {
    const artifact = all.get(name);
    if (artifact === undefined) throw new Error(`no artifact is called ${name}`);
    const key = await artifactKey(artifact, all, options.projectDir, toolchain);
    const path = join(options.cacheDir, "bin", `${name}-${key}`, name);
    planned.set(name, { artifact, key, path });
    if (artifact.embeds !== undefined && !existsSync(path)) await want(artifact.embeds.artifact);
  };
  for (const name of names) await want(name);
  const steps = table.flatMap(({ name }) => planned.get(name) ?? []).filter(({ path }) => !existsSync(path));
  if (steps.length > 0) await buildAll(steps, planned, report, options, toolchain);
  const paths: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const plan = planned.get(name);
    if (plan === undefined) continue;
    paths[name] = plan.path;
    const now = new Date();
    await utimes(join(plan.path, ".."), now, now);
  }
  return paths as Record<Name, string>;
}

async function buildAll(
  steps: readonly Planned[],
  planned: ReadonlyMap<string, Planned>,
  report: Report,
  options: EnsureOptions,
  toolchain: Toolchain,
): Promise<void> {
  const bin = join(options.cacheDir, "bin");
  await mkdir(bin, { recursive: true });
  await mkdir(join(options.cacheDir, "logs"), { recursive: true });
  await removeLeftovers(bin);
  for (const module of new Set(steps.map(({ artifact }) => artifact.module))) {
    await requireGoVersion(toolchain, join(options.projectDir, module));
  }
  await requireDisk(
    steps.reduce((sum, { artifact }) => sum + artifact.gigabytes, 0),
    options.cacheDir,
    toolchain,
  );
  const stop = stopSignal(options.signal);
  const clock = new Clock(steps.map(({ artifact }) => artifact));
  report({ kind: "start", names: steps.map(({ artifact }) => artifact.name), leftSeconds: clock.left() });
  try {
    for (const plan of steps) {
      clock.begin(plan.artifact);
      await buildOne(plan, planned, report, options, toolchain, clock, stop.signal);
      clock.end();
    }
  } finally {
    stop.dispose();
  }
  report({ kind: "finish", elapsedSeconds: clock.elapsed() });
}

async function buildOne(
  { artifact, key, path }: Planned,
  planned: ReadonlyMap<string, Planned>,
  report: Report,
  options: EnsureOptions,
  toolchain: Toolchain,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const bin = join(options.cacheDir, "bin");
  const waiting = (pid: number): void => {
    report({ kind: "waiting", pid, ...clock.progress() });
  };
  if (signal.aborted) throw new BuildInterrupted(artifact.name);
  const release = await acquireLock(join(bin, `.${artifact.name}-${key}.lock`), waiting, () => existsSync(path), signal).catch(
    (error: unknown) => {
      throw signal.aborted ? new BuildInterrupted(artifact.name) : error;
    },
  );
  if (release === undefined) return;
  const work = join(bin, `.${artifact.name}-${key}.${process.pid}`);
  try {
    // Another process may have finished it between our look and our lock.
    if (existsSync(path)) return;
    report({ kind: "step", ...clock.progress() });
    await mkdir(work, { recursive: true });
    const embedded = artifact.embeds === undefined ? undefined : planned.get(artifact.embeds.artifact)?.path;
    await compile({
      artifact,
      projectDir: options.projectDir,
      output: join(work, artifact.name),
      ...(embedded === undefined ? {} : { embedded }),
      logFile: join(options.cacheDir, "logs", `build-${artifact.name}.log`),
      toolchain,
      signal,
      heartbeat: (stepSeconds, detail) => {
        report({ kind: "heartbeat", stepSeconds, ...(detail === undefined ? {} : { detail }), ...clock.progress() });
      },
    });
    await flush(join(work, artifact.name));
    await rename(work, join(path, ".."));
    await removeOldVersions(bin, artifact.name, key);
    const { size } = await stat(path);
    report({ kind: "built", stepSeconds: clock.stepElapsed(), bytes: size, ...clock.progress() });
  } finally {
    await rm(work, { recursive: true, force: true });
    await release();
  }
}

/** A crash of the machine after the rename must not leave a program without its content. */
async function flush(file: string): Promise<void> {
  const handle = await open(file, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Work folders and claims of processes that were killed. */
async function removeLeftovers(bin: string): Promise<void> {
  for (const entry of await readdir(bin)) {
    const pid = /^\..*\.(\d+)(?:\.[0-9a-f]{8})?$/.exec(entry)?.[1];
    if (pid !== undefined && !alive(Number(pid))) await rm(join(bin, entry), { recursive: true, force: true });
  }
}

async function removeOldVersions(bin: string, name: string, key: string): Promise<void> {
  for (const entry of await readdir(bin)) {
    if (!entry.startsWith(`${name}-`) || entry === `${name}-${key}` || !/^[0-9a-f]{16}$/.test(entry.slice(name.length + 1))) continue;
    const { mtimeMs } = await stat(join(bin, entry));
    if (Date.now() - mtimeMs > KEPT_MILLISECONDS) await rm(join(bin, entry), { recursive: true, force: true });
  }
}

/** The caller's signal, or one raised by SIGINT and SIGTERM while the build lasts. */
function stopSignal(given: AbortSignal | undefined): { readonly signal: AbortSignal; dispose(): void } {
  if (given !== undefined) return { signal: given, dispose: () => undefined };
  const controller = new AbortController();
  const stop = (): void => {
    controller.abort();
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  return { signal: controller.signal, dispose: () => process.off("SIGINT", stop).off("SIGTERM", stop) };
}

/** Elapsed time, and what is left by the artifacts' weights and the speed so far. */
class Clock {
  readonly #artifacts: readonly Artifact[];
  readonly #started = Date.now();
  #stepStarted = Date.now();
  #current = -1;
  #done = 0;

  constructor(artifacts: readonly Artifact[]) {
    this.#artifacts = artifacts;
  }

  begin(artifact: Artifact): void {
    this.#current = this.#artifacts.indexOf(artifact);
    this.#stepStarted = Date.now();
  }

  end(): void {
    this.#done += this.#artifacts[this.#current]?.weight ?? 0;
  }

  elapsed(): number {
    return (Date.now() - this.#started) / 1000;
  }

  stepElapsed(): number {
    return (Date.now() - this.#stepStarted) / 1000;
  }

  left(): number {
    // Before anything is known about this machine, it is taken for the one that the weights were measured on.
    const speed = this.#done === 0 ? 1 : Math.max(this.elapsed() - this.stepElapsed(), 0.1) / this.#done;
    const current = this.#artifacts[this.#current]?.weight ?? 0;
    const later = this.#artifacts.slice(this.#current + 1).reduce((sum, { weight }) => sum + weight, 0);
    return Math.max(current * speed - (this.#current < 0 ? 0 : this.stepElapsed()), 0) + later * speed;
  }

  progress(): Progress {
    return {
      name: this.#artifacts[this.#current]?.name ?? "",
      step: this.#current + 1,
      of: this.#artifacts.length,
      elapsedSeconds: this.elapsed(),
      leftSeconds: this.left(),
    };
  }
}
