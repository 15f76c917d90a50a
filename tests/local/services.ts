/** Tiny programs as services, for tests of the supervisor. */
import { rmSync } from "node:fs";
import type { Service } from "../../local/supervisor/index.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** A service that runs JavaScript text. Absent fields: says `up` when ready, stays, stops on SIGTERM within two seconds. */
export function script(name: string, code: string, more: Partial<Service> = {}): Service {
  return {
    name,
    command: process.execPath,
    args: ["-e", code],
    env: {},
    cwd: "/",
    ready: { kind: "log", pattern: "^up$" },
    dependsOn: [],
    stop: { signal: "SIGTERM", graceSeconds: 2 },
    restart: "never",
    ...more,
  };
}

export const STAYS = "console.log('up'); setInterval(() => {}, 1000)";

/** Makes a state folder for one test and removes it afterwards. */
export async function withStateDir<T>(action: (stateDir: string) => Promise<T>): Promise<T> {
  const stateDir = temporaryFolder("gatehouse-test-");
  try {
    return await action(stateDir);
  } finally {
    rmSync(stateDir, { recursive: true, force: true, maxRetries: 5 });
  }
}
