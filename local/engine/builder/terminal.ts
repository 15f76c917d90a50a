/** Shows a build: one line that rewrites itself on a terminal, plain lines elsewhere. */
import type { BuildEvent, Report } from "./artifact.ts";

/** Without a terminal a heartbeat is a line of a log: one in this many (two seconds each) is written. */
const PLAIN_EVERY = 15;

/** @param stream where to write; a terminal is recognised by `isTTY` and measured by `columns`. */
export function terminalReport(stream: { write(text: string): unknown; isTTY?: boolean; columns?: number } = process.stderr): Report {
  const live = stream.isTTY === true;
  let beats = 0;
  let drawn = false;
  const line = (text: string): void => {
    stream.write(`${drawn ? "\r\x1b[K" : ""}${text}\n`);
    drawn = false;
  };
  const draw = (text: string): void => {
    stream.write(`\r\x1b[K${text.slice(0, (stream.columns ?? 80) - 1)}`);
    drawn = true;
  };
  return (event) => {
    if (event.kind !== "heartbeat") beats = 0;
    if (live && (event.kind === "step" || event.kind === "heartbeat" || event.kind === "waiting")) draw(sentence(event));
    else if (event.kind !== "heartbeat" || ++beats % PLAIN_EVERY === 0) line(sentence(event));
  };
}

/** One event as one line, without its end. */
export function sentence(event: BuildEvent): string {
  switch (event.kind) {
    case "start":
      return `Building ${count(event.names.length)} with Go, once for this machine: about ${duration(event.leftSeconds)} from empty caches.`;
    case "step":
      return `[${event.step}/${event.of}] ${event.name} …  elapsed ${duration(event.elapsedSeconds)}, left about ${duration(event.leftSeconds)}`;
    case "heartbeat":
      return (
        `[${event.step}/${event.of}] ${event.name} … ${duration(event.stepSeconds)}  ` +
        `elapsed ${duration(event.elapsedSeconds)}, left about ${duration(event.leftSeconds)}` +
        (event.detail === undefined ? "" : `  (${event.detail})`)
      );
    case "waiting":
      return `[${event.step}/${event.of}] ${event.name}: process ${event.pid} is building it; waiting for the result`;
    case "built":
      return `[${event.step}/${event.of}] ${event.name}: ${duration(event.stepSeconds)}, ${(event.bytes / 1e6).toFixed(1)} MB`;
    case "finish":
      return `Built in ${duration(event.elapsedSeconds)}.`;
  }
}

function count(files: number): string {
  return files === 1 ? "1 file" : `${files} files`;
}

/** `42 s`, `3 min 05 s`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}
