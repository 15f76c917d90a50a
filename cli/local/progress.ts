/** Local services and builds as progress of a command. */
import { describeEnd, type LocalEvent, type LocalReport, type SupervisorEvent } from "../../local/index.ts";
import { terminalReport } from "../../local/engine/builder/terminal.ts";
import type { Report } from "../../local/engine/builder/artifact.ts";
import { holdSignals } from "../interruption.ts";
import { seconds, type Output } from "../output.ts";

/** Builds show their own line on stderr, and end in their own way when they are interrupted: what is finished is kept. */
export function buildReport(): Report {
  const show = terminalReport(process.stderr);
  let release = (): void => undefined;
  return (event) => {
    if (event.kind === "start") release = holdSignals();
    if (event.kind === "finish") release();
    show(event);
  };
}

/** Builds show their own progress line; a service is a line when it is worth one: a death, a failure, or a start that took long. */
export function progressOf(output: Output): LocalReport {
  const build = buildReport();
  return (event: LocalEvent) => {
    if (event.kind === "build") build(event.event);
    else if (event.kind === "note") output.note(event.text);
    else service(event.event, output);
  };
}

function service(event: SupervisorEvent, output: Output): void {
  switch (event.kind) {
    case "starting":
      output.progress(`${event.service} starts …`);
      break;
    case "ready":
      output.progress(`${event.service} is ready after ${seconds(event.afterMs)}`);
      break;
    case "stopping":
      output.progress(`${event.service} stops …`);
      break;
    case "stopped":
      output.progress(`${event.service} stopped${event.killed ? " by SIGKILL" : ""}`);
      break;
    case "orphan-stopped":
      output.note(`${event.service}: stopped process ${event.pid}, which an earlier supervisor had left`);
      break;
    case "failed":
      output.note([`${event.service} failed: ${event.reason}`, ...event.lastLines.map((line) => `    ${line}`)].join("\n"));
      break;
    case "died": {
      const next = event.restartInMs === null ? "it is not started again" : "it is started again";
      const lines = event.death.lastLines.map((line) => `    ${line}`);
      output.note([`${describeEnd(event.service, event.death)}; ${next}. Its last lines:`, ...lines].join("\n"));
    }
  }
}
