/**
 * Which processes a supervisor started, kept on disk so that the next one finds what a killed one left behind.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { walk } from "./order.ts";
import { endGroup, isRunning, type ProcessIdentity } from "./processes.ts";
import type { Service } from "./service.ts";

export type ProcessRecord = Pick<Service, "name" | "dependsOn" | "stop"> & { readonly identity: ProcessIdentity };

export class ProcessRecords {
  readonly #file: string;
  readonly #records = new Map<string, ProcessRecord>();

  constructor(file: string) {
    this.#file = file;
    for (const record of read(file)) this.#records.set(record.name, record);
  }

  add(record: ProcessRecord): void {
    this.#records.set(record.name, record);
    this.#write();
  }

  remove(name: string): void {
    if (this.#records.delete(name)) this.#write();
  }

  /** Ends every recorded process that still runs, dependents first, and forgets them all. */
  async endAll(onEnded: (record: ProcessRecord) => void): Promise<void> {
    const running = [...this.#records.values()].filter((record) => isRunning(record.identity));
    await walk(running, "reverse", async (record) => {
      await endGroup(record.identity, record.stop.signal, record.stop.graceSeconds);
      onEnded(record);
    });
    this.#records.clear();
    this.#write();
  }

  #write(): void {
    // Removed with the state folder: there is no next supervisor to tell.
    if (!existsSync(dirname(this.#file))) return;
    const temporary = `${this.#file}.new`;
    writeFileSync(temporary, JSON.stringify([...this.#records.values()], null, 2), { mode: 0o600 });
    renameSync(temporary, this.#file);
  }
}

function read(file: string): ProcessRecord[] {
  if (!existsSync(file)) return [];
  return JSON.parse(readFileSync(file, "utf8")) as ProcessRecord[];
}
