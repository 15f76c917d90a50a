/** Running the engine: `pulumi` as a child whose words go to the terminal, and whose events say what it did. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { constants, tmpdir } from "node:os";
import path from "node:path";

import { execa } from "execa";

import { Failure, exitCode } from "../failure.ts";
import { holdSignals } from "../interruption.ts";
import { projectDir } from "../project.ts";
import type { PendingOperation, StateResource } from "./pending.ts";
import { endOrphans } from "./processes.ts";

/** How `pulumi` is run for one stack. */
export interface StackEngine {
  readonly pulumi: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly stack: string;
}

/** What an update did, or a preview would do: operation → number of resources, such as `{ create: 41, same: 3 }`. */
export type Changes = Readonly<Record<string, number>>;

export interface RunResult {
  readonly stack: string;
  readonly operation: string;
  readonly changes: Changes;
  /** Resources that were made or changed, by type: `Repository`, `RepositoryRuleset`, … with their number. */
  readonly types: Readonly<Record<string, number>>;
  readonly milliseconds: number;
}

/** The engine said that it failed, and why. */
export class EngineFailure extends Failure {
  /** Creates that ended in an error. When the answer of a service was lost, the thing may exist all the same. */
  readonly failedCreates: readonly PendingOperation[];

  constructor(message: string, failedCreates: readonly PendingOperation[]) {
    super(exitCode.failed, message);
    this.failedCreates = failedCreates;
    this.name = "EngineFailure";
  }
}

interface EngineEvent {
  readonly resOpFailedEvent?: { readonly metadata: { readonly op: string; readonly provider?: string; readonly new?: StateResource } };
  readonly resourcePreEvent?: { readonly metadata: { readonly op: string; readonly type: string } };
  readonly diagnosticEvent?: { readonly severity: string; readonly message: string };
  readonly summaryEvent?: { readonly resourceChanges: Changes };
}

const unchanged = new Set(["same", "read", "refresh"]);

/**
 * Runs one operation of the engine to its end. The engine's own output goes to stderr, so that stdout holds the command's result.
 *
 * @throws EngineFailure when the engine fails, Failure when it is interrupted or killed; the engine has then already said why.
 */
export async function runEngine(
  engine: StackEngine,
  operation: "up" | "preview" | "refresh" | "destroy",
  parameters: readonly string[],
  options: { readonly quiet: boolean },
): Promise<RunResult> {
  const folder = await mkdtemp(path.join(tmpdir(), "gatehouse-events-"));
  const events = path.join(folder, "events.jsonl");
  const started = Date.now();
  // The stack is for whoever has to find the plugins of a killed engine: they have this environment too.
  // The GitHub plugin leaves a cache of its requests in the temporary folder at every run: it goes with ours.
  const environment = { ...engine.environment, TMPDIR: folder, PULUMI_DEBUG_COMMANDS: "true", PULUMI_OPTION_STACK: engine.stack };
  try {
    const child = execa(engine.pulumi, [operation, "--stack", engine.stack, "--event-log", events, ...parameters], {
      cwd: projectDir,
      env: environment,
      extendEnv: false,
      stdin: "inherit",
      stdout: options.quiet ? "pipe" : process.stderr,
      stderr: options.quiet ? "pipe" : process.stderr,
      reject: false,
      // A terminal sends SIGINT to the whole group: the engine gets it once and saves its state; we wait for it.
      cleanup: false,
    });
    const { code, signal } = await outlive(child);
    const result = await child;
    if (signal !== undefined || result.exitCode === 128 + constants.signals.SIGINT) {
      const outcome =
        operation === "preview" ? "Nothing was changed" : `The state of stack ${engine.stack} is saved; run the command again to go on`;
      throw new Failure(exitCode.interrupted, `Interrupted. ${outcome}.`);
    }
    if (code === undefined) {
      await endOrphans(environment);
      throw new Failure(
        exitCode.failed,
        `pulumi ${operation} of stack ${engine.stack} was ended by ${result.signal ?? "the system"}. ` +
          "Run the command again: it settles what was under way, and goes on.",
      );
    }
    if (code !== 0) {
      const words = options.quiet ? `\n${[result.stdout, result.stderr].filter(Boolean).join("\n")}` : "";
      const hint = (await lacksFoundation(events)) ? `\n${foundationHint(engine.stack)}` : "";
      const message = `pulumi ${operation} of stack ${engine.stack} failed with exit code ${String(code)}.${words}${hint}`;
      throw new EngineFailure(message, await readFailedCreates(events));
    }
    return { stack: engine.stack, operation, ...(await readEvents(events)), milliseconds: Date.now() - started };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Child extends PromiseLike<{ exitCode?: number }> {
  kill(signal: NodeJS.Signals): boolean;
}

/** Waits for the child, also through SIGINT and SIGTERM: SIGTERM is passed on as the SIGINT that the engine ends cleanly on. */
async function outlive(child: Child): Promise<{ code: number | undefined; signal: NodeJS.Signals | undefined }> {
  let received: NodeJS.Signals | undefined;
  const onInterrupt = (): void => {
    received = "SIGINT";
    // Not from a terminal: nobody else has told the engine.
    if (!process.stdin.isTTY) child.kill("SIGINT");
  };
  const onTerminate = (): void => {
    received = "SIGTERM";
    child.kill("SIGINT");
  };
  const release = holdSignals();
  process.on("SIGINT", onInterrupt).on("SIGTERM", onTerminate);
  try {
    const { exitCode: code } = await child;
    return { code, signal: received };
  } finally {
    process.off("SIGINT", onInterrupt).off("SIGTERM", onTerminate);
    release();
  }
}

async function eventsOf(file: string): Promise<EngineEvent[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as EngineEvent);
}

async function readEvents(file: string): Promise<Pick<RunResult, "changes" | "types">> {
  const types: Record<string, number> = {};
  let changes: Changes = {};
  for (const { resourcePreEvent, summaryEvent } of await eventsOf(file)) {
    // Components and providers are the program's own structure: what people ask for is what changed at a service.
    const made = resourcePreEvent !== undefined && !/^(gatehouse|pulumi):/.test(resourcePreEvent.metadata.type);
    if (made && !unchanged.has(resourcePreEvent.metadata.op)) {
      const name = resourcePreEvent.metadata.type.split(":").at(-1) ?? "";
      types[name] = (types[name] ?? 0) + 1;
    }
    if (summaryEvent !== undefined) changes = summaryEvent.resourceChanges;
  }
  return { changes, types };
}

/** A StackReference to a stack that was never made: Pulumi says so in words that do not tell what to do. */
async function lacksFoundation(file: string): Promise<boolean> {
  return (await eventsOf(file)).some(({ diagnosticEvent }) => diagnosticEvent?.message.includes("unknown stack ") === true);
}

const foundationHint = (stack: string): string =>
  `Stack ${stack} reads what the foundation made, and the foundation was never applied in this backend. Run \`gatehouse up\` without --stack, ` +
  "which applies the foundation first.";

async function readFailedCreates(file: string): Promise<PendingOperation[]> {
  return (await eventsOf(file)).flatMap(({ resOpFailedEvent }) => {
    const { op, provider, new: resource } = resOpFailedEvent?.metadata ?? {};
    if (op !== "create" || resource === undefined) return [];
    return [{ type: "creating", resource: { ...resource, ...(provider !== undefined && { provider }) } }];
  });
}

/** Runs a short `pulumi` command and returns its stdout. @throws Failure with the engine's words when it fails. */
export async function askEngine(engine: StackEngine, parameters: readonly string[], input?: string): Promise<string> {
  const result = await execa(engine.pulumi, parameters, {
    cwd: projectDir,
    env: engine.environment,
    extendEnv: false,
    reject: false,
    ...(input === undefined ? { stdin: "ignore" as const } : { input }),
  });
  if (result.exitCode === 0) return result.stdout;
  throw new Failure(exitCode.failed, `pulumi ${parameters.slice(0, 2).join(" ")} failed:\n${result.stderr || result.stdout}`);
}
