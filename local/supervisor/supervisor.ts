import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { checkOrder, walk, withDependents } from "./order.ts";
import { ProcessRecords } from "./records.ts";
import { ServicesFailedError, type Service, type ServiceStatus, type SupervisorEvent } from "./service.ts";
import { Unit, UnitFailure } from "./unit.ts";

/** Keeps a set of services running in its own process. `main.ts` puts one into a process of its own. */
export class Supervisor {
  readonly #logs: string;
  readonly #records: ProcessRecords;
  readonly #emit: (event: SupervisorEvent) => void;
  #units: Unit[] = [];
  #applying: Promise<void> = Promise.resolve();
  #stopping = false;

  /** @param stateDir logs go to `logs/`, the record of processes to `supervisor/` below it. */
  constructor(stateDir: string, emit: (event: SupervisorEvent) => void) {
    this.#logs = join(stateDir, "logs");
    mkdirSync(join(stateDir, "supervisor"), { recursive: true });
    this.#records = new ProcessRecords(join(stateDir, "supervisor", "processes.json"));
    this.#emit = emit;
  }

  /** Ends what a supervisor that was killed left running, found by recorded pid and start time. Call it before the first `apply`. */
  recover(): Promise<void> {
    return this.#records.endAll(({ name, identity }) => {
      this.#emit({ kind: "orphan-stopped", service: name, pid: identity.pid });
    });
  }

  /**
   * Makes the running services the given ones: stops those no longer listed or declared differently (with all that depend on them),
   * starts what is missing, in order of dependencies and as parallel as they allow. Resolves when all are ready.
   * @throws ServicesFailedError with all that did not become ready. What became ready keeps running.
   */
  apply(services: readonly Service[]): Promise<void> {
    checkOrder(services);
    const before = this.#applying.catch(() => undefined);
    this.#applying = before.then(() => this.#apply(services));
    return this.#applying;
  }

  /** Stops all services, dependents first. A running `apply` ends with an error. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await walk(this.#nodes(this.#units), "reverse", ({ unit }) => unit.stop());
    await this.#applying.catch(() => undefined);
    this.#units = [];
    this.#stopping = false;
  }

  status(): ServiceStatus[] {
    return this.#units.map((unit) => unit.status());
  }

  async #apply(services: readonly Service[]): Promise<void> {
    const wanted = new Map(services.map((service) => [service.name, service]));
    const changed = this.#units.filter(({ service }) => !same(service, wanted.get(service.name))).map(({ service }) => service.name);
    const ending = withDependents(
      this.#units.map(({ service }) => service),
      changed,
    );
    const toStop = this.#units.filter(({ service }) => ending.has(service.name));
    await walk(this.#nodes(toStop), "reverse", ({ unit }) => unit.stop());

    const kept = new Map(this.#units.filter((unit) => !ending.has(unit.service.name)).map((unit) => [unit.service.name, unit]));
    this.#units = services.map((service) => kept.get(service.name) ?? this.#unit(service));
    for (const unit of this.#units) unit.wait();
    const failures = await walk(this.#nodes(this.#units), "forward", async ({ unit }) => {
      if (this.#stopping) throw new UnitFailure(unit.service.name, "the supervisor is stopping", []);
      await unit.start();
    });
    const given = failures.filter((failure) => failure instanceof UnitFailure);
    if (given.length < failures.length) throw new Error("Services could not be started", { cause: failures });
    if (given.length > 0) throw new ServicesFailedError(given);
  }

  #unit(service: Service): Unit {
    return new Unit(service, { logFile: join(this.#logs, `${service.name}.log`), records: this.#records, emit: this.#emit });
  }

  #nodes(units: readonly Unit[]) {
    return units.map((unit) => ({ name: unit.service.name, dependsOn: unit.service.dependsOn, unit }));
  }
}

function same(before: Service, after: Service | undefined): boolean {
  return after !== undefined && identity(before) === identity(after);
}

/** All of a service but its PATH: that is how the caller's shell finds programs, and `make` has another one than a prompt. */
const identity = (service: Service): string => JSON.stringify({ ...service, env: { ...service.env, PATH: "" } });
