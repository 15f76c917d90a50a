/**
 * How commands talk to a supervisor process: HTTP over a Unix socket. `GET /status`, `POST /apply` and `POST /stop`; the two that take
 * time answer one JSON message a line while they go on.
 */
import { createHash } from "node:crypto";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { ServicesFailedError, ServiceStatus, SupervisorEvent } from "./service.ts";

export interface SupervisorStatus {
  readonly pid: number;
  /** ISO time. */
  readonly startedAt: string;
  /** Resident memory of the supervisor itself. */
  readonly memoryBytes: number;
  readonly services: readonly ServiceStatus[];
}

export type Message =
  | { readonly kind: "event"; readonly event: SupervisorEvent }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly message: string; readonly failures: ServicesFailedError["failures"] };

/** Exit code of a supervisor process that found another one for its state folder. */
export const EXIT_ALREADY_RUNNING = 3;

export const lockFile = (stateDir: string) => join(stateDir, "supervisor", "lock.sqlite");

/** Where the supervisor of a state folder listens. A socket's path has 104 bytes at most, so deep folders get one in the temporary folder. */
export function socketPath(stateDir: string): string {
  const inside = join(stateDir, "supervisor", "control.sock");
  if (Buffer.byteLength(inside) < 100) return inside;
  const key = createHash("sha256").update(stateDir).digest("hex").slice(0, 16);
  return join(tmpdir(), `gatehouse-${userInfo().uid}-${key}`, "control.sock");
}
