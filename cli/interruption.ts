/** What Ctrl-C does: the command ends at once with a sentence, unless something under way ends in a way of its own. */

const signals = ["SIGINT", "SIGTERM"] as const;

let holders = 0;

/**
 * Takes SIGINT and SIGTERM out of the command's hands, for something that listens itself: an engine that saves its state, a build that
 * keeps what is finished, a tool in the foreground. Returns what gives them back.
 */
export function holdSignals(): () => void {
  holders += 1;
  let held = true;
  return () => {
    if (held) holders -= 1;
    held = false;
  };
}

/** From now on the command ends by `end` when it is interrupted and nobody holds the signals. Local services run on: they are no children. */
export function onInterrupt(end: () => void): void {
  for (const signal of signals) {
    process.on(signal, () => {
      if (holders === 0) end();
    });
  }
}
