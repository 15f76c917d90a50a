/**
 * How commands talk to a supervisor process: HTTP over a Unix socket. `GET /status`, `POST /apply` and `POST /stop`; the two that take
 * time answer one JSON message a line while they go on.
 */
import { join } from "node:path";
import { socketIn } from "../short-paths.ts";
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

/** Where the supervisor of a state folder listens. */
export const socketPath = (stateDir: string) => socketIn(stateDir, "supervisor/control.sock");
