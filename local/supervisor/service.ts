/**
 * Services as data: what to run, when it counts as ready, what must be ready before it, and how it is stopped.
 */

/** How to tell that a service is ready. All are asked again and again until they agree or the time is up. */
export type Probe =
  /** A GET answers 2xx. `insecure` accepts any certificate: the programs here serve under certificates of their own making. */
  | { readonly kind: "http"; readonly url: string; readonly insecure?: boolean }
  /** Something accepts connections there. */
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  /** The log of this start has a line that matches the regular expression. */
  | { readonly kind: "log"; readonly pattern: string }
  /** Any check of the caller's. Only in the caller's own process: it cannot be sent to a supervisor process. */
  | { readonly kind: "function"; readonly check: () => Promise<boolean> }
  /** The program runs once to its end; exit code 0 makes it ready. Nothing stays running and nothing is restarted. */
  | { readonly kind: "completed" };

export interface Service {
  /** Unique among the services of a supervisor; lower case letters, digits and `-`. Names its log file. */
  readonly name: string;
  /** Path of the program. */
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment of the program: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly ready: Probe;
  /** @default 60 */
  readonly readySeconds?: number;
  /** Names of services that must be ready before this one starts, and that stop after it. */
  readonly dependsOn: readonly string[];
  /** Signal to the whole process group, and SIGKILL when it is not gone after so many seconds. */
  readonly stop: { readonly signal: "SIGTERM" | "SIGINT" | "SIGQUIT" | "SIGKILL"; readonly graceSeconds: number };
  /** `on-failure`: an end that nobody asked for, whatever its exit code, is followed by a new start, with back-off, five times a minute at most. */
  readonly restart: "never" | "on-failure";
  /** The port that people use, for the status. */
  readonly port?: number;
}

export type ServiceState = "waiting" | "starting" | "ready" | "completed" | "restarting" | "failed" | "stopping" | "stopped";

/** An end that nobody asked for. */
export interface Death {
  /** ISO time. */
  readonly at: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** The last lines of its log, 20 at most. */
  readonly lastLines: readonly string[];
}

export interface ServiceStatus {
  readonly name: string;
  readonly state: ServiceState;
  readonly pid?: number;
  readonly port?: number;
  /** ISO time of the last start. */
  readonly startedAt?: string;
  /** From start to ready, in milliseconds. */
  readonly readyAfterMs?: number;
  readonly uptimeSeconds?: number;
  /** Resident memory of the process itself. */
  readonly memoryBytes?: number;
  /** Starts after an unexpected end, since the supervisor started. */
  readonly restarts: number;
  readonly lastDeath?: Death;
  readonly logFile: string;
}

export type SupervisorEvent =
  | { readonly kind: "orphan-stopped"; readonly service: string; readonly pid: number }
  | { readonly kind: "starting"; readonly service: string }
  | { readonly kind: "ready"; readonly service: string; readonly afterMs: number }
  | { readonly kind: "died"; readonly service: string; readonly death: Death; readonly restartInMs: number | null }
  | { readonly kind: "failed"; readonly service: string; readonly reason: string; readonly lastLines: readonly string[] }
  | { readonly kind: "stopping"; readonly service: string }
  | { readonly kind: "stopped"; readonly service: string; readonly killed: boolean };

/** `kube-apiserver ended by SIGKILL`, `github ended with exit code 1`. */
export function describeEnd(service: string, end: { readonly exitCode: number | null; readonly signal: string | null }): string {
  return end.signal === null ? `${service} ended with exit code ${end.exitCode ?? "unknown"}` : `${service} ended by ${end.signal}`;
}

/** Thrown when services did not become ready: all of them in one error, each with its last lines. */
export class ServicesFailedError extends Error {
  readonly failures: readonly { readonly service: string; readonly reason: string; readonly lastLines: readonly string[] }[];

  constructor(failures: ServicesFailedError["failures"]) {
    const text = failures.map(({ service, reason, lastLines }) =>
      [`${service}: ${reason}`, ...lastLines.map((line) => `    ${line}`)].join("\n"),
    );
    super(`${failures.length} of the local services did not become ready:\n${text.join("\n")}`);
    this.name = "ServicesFailedError";
    this.failures = failures;
  }
}
