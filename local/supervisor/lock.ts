/**
 * One holder for a file. The lock is SQLite's own on an open file: the kernel lets go of it when the holder dies, however it dies.
 */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";

export interface Lock {
  release(): void;
}

/**
 * @param waitMs how long to wait for another holder; 0 for not at all. Waiting blocks the thread.
 * @returns undefined when somebody else holds it.
 */
export function takeLock(file: string, waitMs = 0): Lock | undefined {
  mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file);
  try {
    database.exec(`PRAGMA busy_timeout=${waitMs}; BEGIN EXCLUSIVE`);
  } catch (error) {
    database.close();
    if (error instanceof Error && /locked|busy/.test(error.message)) return undefined;
    throw error;
  }
  return {
    release: () => {
      database.close();
    },
  };
}
