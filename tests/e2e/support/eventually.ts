import { setTimeout as delay } from "node:timers/promises";

/** Asks until the answer is yes. For what another program does in its own time and has no event for. @throws after `seconds`. */
export async function eventually(what: string, ask: () => Promise<boolean>, seconds = 90): Promise<void> {
  const deadline = Date.now() + seconds * 1_000;
  let last: unknown;
  while (Date.now() < deadline) {
    try {
      if (await ask()) return;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await delay(500);
  }
  throw new Error(`${what}: not so after ${seconds} s`, last === undefined ? undefined : { cause: last });
}
