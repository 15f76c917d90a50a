import { setTimeout as delay } from "node:timers/promises";

/**
 * Asks until the answer is yes. For what another program does in its own time and has no event for.
 * @param ask Yes, no, or a text: how it is instead.
 * @throws after `seconds`.
 */
export async function eventually(what: string, ask: () => Promise<boolean | string>, seconds = 90): Promise<void> {
  const deadline = Date.now() + seconds * 1_000;
  let last: unknown;
  while (Date.now() < deadline) {
    try {
      const answer = await ask();
      if (answer === true) return;
      last = answer === false ? undefined : answer;
    } catch (error) {
      last = error;
    }
    await delay(500);
  }
  const instead = typeof last === "string" ? `, but ${last}` : "";
  throw new Error(`${what}: not so after ${seconds} s${instead}`, last instanceof Error ? { cause: last } : undefined);
}
