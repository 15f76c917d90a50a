import { spawn, type ChildProcess } from "node:child_process";
import { closeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { lastLines, openLog } from "./logs.ts";
import { ask, unmet } from "./probes.ts";
import { endGroup, identify, isRunning, residentBytes, signalGroup, type ProcessIdentity } from "./processes.ts";
import type { ProcessRecords } from "./records.ts";
import { describeEnd, type Death, type Service, type ServiceState, type ServiceStatus, type SupervisorEvent } from "./service.ts";

const REPORTED_LINES = 20;
const RESTARTS_A_MINUTE = 5;
const BACK_OFF_MS = [200, 500, 1000, 2000, 4000];

/** Why one service is not ready. */
export class UnitFailure extends Error {
  readonly service: string;
  readonly reason: string;
  readonly lastLines: readonly string[];

  constructor(service: string, reason: string, lines: readonly string[]) {
    super(`${service}: ${reason}`);
    this.service = service;
    this.reason = reason;
    this.lastLines = lines;
  }
}

export interface UnitContext {
  readonly logFile: string;
  readonly records: ProcessRecords;
  readonly emit: (event: SupervisorEvent) => void;
}

interface Incarnation {
  readonly child: ChildProcess;
  readonly identity: ProcessIdentity | undefined;
  readonly startedAt: Date;
  readonly logOffset: number;
  readyAfterMs?: number;
}

/** One service: starts it, watches it, starts it again, stops it. */
export class Unit {
  readonly service: Service;
  readonly #context: UnitContext;
  #state: ServiceState = "stopped";
  #current: Incarnation | undefined;
  #restarts: number[] = [];
  #totalRestarts = 0;
  #restartTimer: NodeJS.Timeout | undefined;
  #lastDeath: Death | undefined;
  #starting: { readonly resolve: () => void; readonly reject: (error: UnitFailure) => void } | undefined;
  #startingPromise: Promise<void> | undefined;

  constructor(service: Service, context: UnitContext) {
    this.service = service;
    this.#context = context;
  }

  get state(): ServiceState {
    return this.#state;
  }

  /** Marks the service as one that waits for its dependencies. */
  wait(): void {
    if (this.#state === "stopped" || this.#state === "failed") this.#state = "waiting";
  }

  /**
   * Resolves when the service is ready, at once when it is.
   * @throws UnitFailure when it is given up.
   */
  start(): Promise<void> {
    if (this.#state === "ready" || this.#state === "completed") return Promise.resolve();
    if (this.#startingPromise) return this.#startingPromise;
    // One that is starting again by itself after a death is only waited for.
    const launched = this.#state === "restarting" || this.#state === "starting";
    const promise = new Promise<void>((resolve, reject) => {
      this.#starting = { resolve, reject };
    });
    this.#startingPromise = promise;
    if (!launched) {
      this.#restarts = [];
      this.#launch();
    }
    return promise;
  }

  /** Resolves when the service and all of its process group are gone. */
  async stop(): Promise<void> {
    clearTimeout(this.#restartTimer);
    const ended = this.#end();
    this.#settle(new UnitFailure(this.service.name, "it was stopped while it started", []));
    await ended;
  }

  status(): ServiceStatus {
    const { name, port } = this.service;
    const current = this.#current;
    const pid = current?.identity?.pid;
    const memoryBytes = pid === undefined ? undefined : residentBytes(pid);
    return {
      name,
      state: this.#state,
      ...(pid !== undefined && { pid }),
      ...(port !== undefined && { port }),
      ...(current && { startedAt: current.startedAt.toISOString() }),
      ...(current?.readyAfterMs !== undefined && { readyAfterMs: current.readyAfterMs }),
      ...(pid !== undefined && current && { uptimeSeconds: Math.round((Date.now() - current.startedAt.getTime()) / 1000) }),
      ...(memoryBytes !== undefined && { memoryBytes }),
      restarts: this.#totalRestarts,
      ...(this.#lastDeath && { lastDeath: this.#lastDeath }),
      logFile: this.#context.logFile,
    };
  }

  async #end(): Promise<void> {
    const { stop, name } = this.service;
    const identity = this.#current?.identity;
    this.#state = "stopping";
    if (identity && isRunning(identity)) {
      this.#context.emit({ kind: "stopping", service: name });
      const killed = await endGroup(identity, stop.signal, stop.graceSeconds);
      this.#context.emit({ kind: "stopped", service: name, killed });
    }
    this.#context.records.remove(name);
    this.#current = undefined;
    this.#state = "stopped";
  }

  #launch(): void {
    const { name, command, args, env, cwd } = this.service;
    const { logFile, records, emit } = this.#context;
    this.#state = "starting";
    emit({ kind: "starting", service: name });
    // The program writes to its log itself, so that it lives on when the supervisor is killed.
    const log = openLog(logFile);
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ["ignore", log.descriptor, log.descriptor] });
    closeSync(log.descriptor);
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    if (identity) records.add({ name, dependsOn: this.service.dependsOn, stop: this.service.stop, identity });
    const incarnation: Incarnation = { child, identity, startedAt: new Date(), logOffset: log.offset };
    this.#current = incarnation;
    child.once("error", (error) => {
      if (this.#current !== incarnation) return;
      this.#current = undefined;
      this.#fail(`${command} could not be started: ${error.message}`, []);
    });
    child.once("exit", (exitCode, signal) => {
      if (this.#current === incarnation && this.#state !== "stopping") this.#ended(incarnation, exitCode, signal);
    });
    if (this.service.ready.kind !== "completed") void this.#awaitReady(incarnation);
  }

  async #awaitReady(incarnation: Incarnation): Promise<void> {
    const { ready, name, readySeconds = 60 } = this.service;
    const log = { file: this.#context.logFile, offset: incarnation.logOffset };
    let pauseMs = 25;
    while (this.#current === incarnation && this.#state === "starting") {
      const answered = await ask(ready, log);
      // While the probe was asked the program may have ended: another process may have answered.
      if (!this.#isStarting(incarnation)) return;
      const elapsedMs = Date.now() - incarnation.startedAt.getTime();
      if (answered) {
        incarnation.readyAfterMs = elapsedMs;
        this.#state = "ready";
        this.#context.emit({ kind: "ready", service: name, afterMs: elapsedMs });
        this.#settle();
        return;
      }
      if (elapsedMs > readySeconds * 1000) {
        const lines = lastLines(log.file, REPORTED_LINES, log.offset);
        await this.#end();
        this.#fail(`not ready after ${readySeconds} s: ${unmet(ready)}`, lines);
        return;
      }
      await delay(pauseMs);
      pauseMs = Math.min(pauseMs * 1.3, 250);
    }
  }

  #isStarting(incarnation: Incarnation): boolean {
    return this.#current === incarnation && this.#state === "starting" && incarnation.child.exitCode === null;
  }

  #ended(incarnation: Incarnation, exitCode: number | null, signal: NodeJS.Signals | null): void {
    const { name, ready, restart } = this.service;
    const { records, emit, logFile } = this.#context;
    records.remove(name);
    this.#current = undefined;
    // Its children, such as the git programs of a server, must not live on beside those of the next start.
    if (incarnation.identity) signalGroup(incarnation.identity.pid, "SIGKILL");
    if (ready.kind === "completed" && exitCode === 0) {
      this.#state = "completed";
      emit({ kind: "ready", service: name, afterMs: Date.now() - incarnation.startedAt.getTime() });
      this.#settle();
      return;
    }
    const lines = lastLines(logFile, REPORTED_LINES, incarnation.logOffset);
    const death: Death = { at: new Date().toISOString(), exitCode, signal, lastLines: lines };
    this.#lastDeath = death;
    const now = Date.now();
    this.#restarts = this.#restarts.filter((at) => now - at < 60_000);
    const again = restart === "on-failure" && ready.kind !== "completed" && this.#restarts.length < RESTARTS_A_MINUTE;
    const restartInMs = again ? (BACK_OFF_MS[this.#restarts.length] ?? 4000) : null;
    emit({ kind: "died", service: name, death, restartInMs });
    if (restartInMs === null) {
      const bounded =
        restart === "on-failure" && ready.kind !== "completed" ? `, the last of ${RESTARTS_A_MINUTE + 1} starts in a minute` : "";
      this.#fail(`${describeEnd(name, death)}${bounded}`, lines);
      return;
    }
    this.#state = "restarting";
    this.#restarts.push(now);
    this.#totalRestarts += 1;
    this.#restartTimer = setTimeout(() => {
      this.#launch();
    }, restartInMs);
  }

  #fail(reason: string, lines: readonly string[]): void {
    this.#state = "failed";
    this.#context.emit({ kind: "failed", service: this.service.name, reason, lastLines: lines });
    this.#settle(new UnitFailure(this.service.name, reason, lines));
  }

  #settle(failure?: UnitFailure): void {
    const starting = this.#starting;
    this.#starting = undefined;
    this.#startingPromise = undefined;
    if (failure) starting?.reject(failure);
    else starting?.resolve();
  }
}
