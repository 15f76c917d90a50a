import { clearTimeout, setTimeout } from "node:timers";

import { duration } from "../local/engine/builder/terminal.ts";

/**
 * How commands speak: results on stdout, as text for people or as one JSON document with `--json`; progress on stderr, so that a result
 * can be piped. Progress is redrawn in place on a terminal and printed line by line elsewhere.
 */
export interface Output {
  readonly json: boolean;
  /** The result of the command. `text` is called only when people read. */
  result(value: unknown, text: () => string): void;
  /** One line of progress: what is being done now. */
  progress(line: string): void;
  /** A line that stays, such as a warning. */
  note(line: string): void;
  /** Runs `work` under a progress line; shows the elapsed time once it takes over two seconds, and how it ended. */
  step<T>(title: string, work: () => Promise<T>): Promise<T>;
}

const heartbeatMilliseconds = 2_000;

/** `4.2 s`; from a minute on `3 min 05 s`. */
export function seconds(milliseconds: number): string {
  return milliseconds < 59_950 ? `${(milliseconds / 1_000).toFixed(1)} s` : duration(milliseconds / 1_000);
}

export function createOutput(json: boolean): Output {
  const terminal = process.stderr.isTTY && !json;
  let open = false;
  let last = "";
  const clear = (): void => {
    if (open) process.stderr.write("\r\x1b[K");
    open = false;
  };
  const progress = (line: string): void => {
    // The same line again is news on a terminal only, where it was overwritten.
    if (!terminal && line === last) return;
    last = line;
    clear();
    if (terminal) {
      process.stderr.write(line.slice(0, Math.max(20, process.stderr.columns - 1)));
      open = true;
    } else {
      process.stderr.write(`${line}\n`);
    }
  };
  const note = (line: string): void => {
    clear();
    process.stderr.write(`${line}\n`);
  };
  return {
    json,
    progress,
    note,
    result(value, text) {
      clear();
      process.stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : `${text().trimEnd()}\n`);
    },
    async step(title, work) {
      const start = Date.now();
      let timer: NodeJS.Timeout | undefined;
      const beat = (wait: number): void => {
        timer = setTimeout(() => {
          progress(`${title} … ${seconds(Date.now() - start)}`);
          beat(terminal ? 1_000 : 10_000);
        }, wait).unref();
      };
      if (terminal) progress(`${title} …`);
      beat(heartbeatMilliseconds);
      try {
        const value = await work();
        note(`${title}: done in ${seconds(Date.now() - start)}`);
        return value;
      } catch (error) {
        note(`${title}: failed after ${seconds(Date.now() - start)}`);
        throw error;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** A plain table: columns padded to their widest cell, two spaces between. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  return all
    .map((row) =>
      head
        .map((_, column) => (row[column] ?? "").padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
