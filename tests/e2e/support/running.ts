/** An `up` under way, and how it is struck: at a write of the local GitHub, or at a line of the engine. Events, no sleeping. */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";

import type { FaultRule } from "../../../local/github/core/faults.ts";
import { localStatus } from "../../../local/index.ts";
import type { Answer, Rig } from "./rig.ts";

/** ` +  kubernetes:core/v1:Namespace dataenginex-dev creating (0s)` */
const engineLine = /^\s*[-+~]{1,2}\s+(?<type>\S+:\S+)\s+(?<name>\S+)\s+(?<verb>creating|created|updating|updated)\b/;

export interface EngineLine {
  readonly type: string;
  readonly name: string;
  readonly verb: string;
}

/** What strikes: the first that happens wins. Each says in words what happened. */
export interface Trigger {
  /** Faults that hold the answer to a request back for long: once one of them is hit, the request waits, and this is the moment. */
  readonly holds?: readonly Omit<FaultRule, "kind" | "ms" | "times">[];
  /** A line that the engine prints. */
  readonly line?: (line: EngineLine) => boolean;
}

/** Longer than any test: a held request ends with the process that asks or the process that answers. */
const heldMilliseconds = 300_000;

export class RunningUp {
  readonly ended: Promise<Answer>;
  readonly #child: ReturnType<Rig["start"]>;
  #over = false;
  #struck: string | undefined;
  #onStrike: ((what: string) => void) | undefined;
  #line: Trigger["line"];
  #holds: boolean;

  readonly rig: Rig;
  readonly githubUrl: string;

  private constructor(rig: Rig, githubUrl: string, parameters: readonly string[], trigger: Trigger) {
    this.rig = rig;
    this.githubUrl = githubUrl;
    this.#line = trigger.line;
    this.#holds = trigger.holds !== undefined;
    this.#child = rig.start(["up", "--yes", ...parameters]);
    createInterface({ input: this.#child.stderr }).on("line", (text) => {
      const line = engineLine.exec(text)?.groups as EngineLine | undefined;
      if (line !== undefined && this.#line?.(line) === true) this.#strike(`${line.verb} ${line.type} ${line.name}`);
    });
    this.ended = this.#child.then(({ exitCode, stdout, stderr }) => {
      this.#over = true;
      return { code: exitCode ?? -1, stdout, stderr };
    });
  }

  /** Starts `gatehouse up --yes`. The services must run already: the local GitHub is told what to hold before anything is asked. */
  static async start(rig: Rig, githubUrl: string, trigger: Trigger, parameters: readonly string[] = []): Promise<RunningUp> {
    await setFaults(githubUrl, trigger.holds ?? []);
    return new RunningUp(rig, githubUrl, parameters, trigger);
  }

  /** Sets the next trigger; one trigger strikes once. A local GitHub that was started again has forgotten what to hold. */
  async arm(trigger: Trigger): Promise<void> {
    await setFaults(this.githubUrl, trigger.holds ?? []);
    this.#line = trigger.line;
    this.#holds = trigger.holds !== undefined;
  }

  /** What the trigger hit, in words, at the very moment; `undefined` when the command ended first. */
  async hit(): Promise<string | undefined> {
    const line = new Promise<string>((resolve) => {
      this.#onStrike = resolve;
    });
    if (this.#struck !== undefined) this.#onStrike?.(this.#struck);
    const asking = new AbortController();
    try {
      return await Promise.race([line, ...(this.#holds ? [this.#held(asking.signal)] : []), this.ended.then(() => undefined)]);
    } finally {
      asking.abort();
      this.#struck = undefined;
    }
  }

  /** One strike a trigger; it waits where nobody asks yet. */
  #strike(what: string): void {
    this.#line = undefined;
    this.#struck = what;
    this.#onStrike?.(what);
  }

  /** Id of the engine's process: the child of the command whose program is `pulumi`. */
  async engine(): Promise<number | undefined> {
    const commands = await Promise.all(
      (await childrenOf(this.#child.pid ?? -1)).map(async (pid) => ({ pid, program: await programOf(pid) })),
    );
    return commands.find(({ program }) => program === "pulumi")?.pid;
  }

  /** The server has no event for it: it is asked until a held request waits. */
  async #held(until: AbortSignal): Promise<string | undefined> {
    while (!this.#over && !until.aborted) {
      const rules = (await fetch(`${this.githubUrl}/_gatehouse/faults`)
        .then((answer) => answer.json())
        .catch(() => [])) as { rule: FaultRule; hits: number }[];
      const hit = rules.find(({ hits }) => hits > 0);
      if (hit !== undefined)
        return `${hit.rule.when ?? "before"} the answer to ${hit.rule.method ?? "any"} ${hit.rule.operation ?? ""}`.trim();
      await delay(50);
    }
    return undefined;
  }
}

async function setFaults(url: string, holds: readonly Omit<FaultRule, "kind" | "ms" | "times">[]): Promise<void> {
  const rules = holds.map((hold) => ({ ...hold, kind: "latency", ms: heldMilliseconds, times: 1 }));
  const answer = await fetch(`${url}/_gatehouse/faults`, { method: "PUT", body: JSON.stringify(rules) });
  if (!answer.ok) throw new Error(`the local GitHub refuses the faults: ${await answer.text()}`);
}

/** Kills a local service. Returns its process id. @throws when it does not run. */
export async function killService(rig: Rig, name: string): Promise<number> {
  const pid = (await localStatus(rig.home))?.services.find((service) => service.name === name)?.pid;
  if (pid === undefined) throw new Error(`${name} does not run`);
  process.kill(pid, "SIGKILL");
  return pid;
}

/** Waits until the supervisor has started a killed service again. False when it gave up, as it does after many deaths in a minute. */
export async function serviceIsBack(rig: Rig, name: string, killedPid: number): Promise<boolean> {
  for (;;) {
    const service = (await localStatus(rig.home))?.services.find((candidate) => candidate.name === name);
    if (service?.state === "failed") return false;
    // Killed a moment ago, and not yet found to be dead, it would still seem ready.
    if (service?.state === "ready" && service.pid !== undefined && service.pid !== killedPid) return true;
    await delay(50);
  }
}

async function childrenOf(parent: number): Promise<number[]> {
  const all = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = await Promise.all(all.map(async (pid) => ({ pid, parent: await parentOf(pid) })));
  return parents.filter((entry) => entry.parent === parent).map(({ pid }) => pid);
}

async function parentOf(pid: number): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  return stat === undefined ? undefined : Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

async function programOf(pid: number): Promise<string> {
  const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return path.basename(command.split("\0")[0] ?? "");
}

/** Programs of the engine (`pulumi` and its plugins) that work with this state folder. */
export async function engineProcesses(rig: Rig): Promise<string[]> {
  const all = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const commands = await Promise.all(all.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")));
  return commands.map((command) => command.replaceAll("\0", " ")).filter((command) => command.startsWith(path.join(rig.home, "pulumi")));
}
