/** `node local/github/main.ts --port N --data DIR [--world FILE]`: prints one line of JSON when it answers; SIGTERM ends it. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { startServer } from "./core/server.ts";
import type { World } from "./world.ts";

const USAGE = "usage: main.ts --port NUMBER --data FOLDER [--world FILE]";

function readWorld(file: string): World {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as World;
  } catch (error) {
    throw new Error(`The world file ${file} cannot be read as JSON: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { port: { type: "string" }, data: { type: "string" }, world: { type: "string" } } });
  const port = Number(values.port);
  if (!values.data || !Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(USAGE);
  const running = await startServer({ dataDir: values.data, port, ...(values.world ? { world: readWorld(values.world) } : {}) });
  process.stdout.write(`${JSON.stringify({ ready: true, url: running.url, port: running.port, pid: process.pid })}\n`);
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    void running.stop().then(() => process.exit(0));
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
