/** A real registry for tests, with real images in it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ensureBinaries } from "../../local/engine/binaries.ts";

/** One image in the registry. */
export interface TestImage {
  /** What the scripts take for the image and its registry. */
  readonly environment: Readonly<Record<string, string>>;
  /** Pushes an image of its own for the first tag, and gives it all tags; the answer is its digest. */
  push(tags: readonly [string, ...string[]]): Promise<string>;
  /** The digest that a tag names. */
  digest(tag: string): Promise<string | undefined>;
}

export interface TestRegistry {
  /** An image that nobody else uses, or the one of this name. */
  image(repository?: string): TestImage;
  stop(): Promise<void>;
}

/** The registry of the embedded default, with nothing in it. */
export async function startRegistry(): Promise<TestRegistry> {
  const { registry } = await ensureBinaries(["registry"], () => undefined);
  const data = mkdtempSync(join(tmpdir(), "gatehouse-registry-"));
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(registry, ["serve", "--address", address, "--data", data], { stdio: ["ignore", "pipe", "inherit"] });
  await once(createInterface({ input: child.stdout }), "line");
  let images = 0;
  return {
    image: (repository = `thedataenginex/dex${++images}`) => testImage(registry, address, repository),
    stop: async () => {
      await end(child);
      rmSync(data, { recursive: true, force: true });
    },
  };
}

function testImage(program: string, host: string, repository: string): TestImage {
  const digest = async (tag: string): Promise<string | undefined> => {
    const answer = await fetch(`http://${host}/v2/${repository}/manifests/${tag}`, { method: "HEAD" });
    return answer.headers.get("docker-content-digest") ?? undefined;
  };
  return {
    environment: { IMAGE: `${host}/${repository}`, REGISTRY_SCHEME: "http" },
    digest,
    push: async (tags) => {
      await seed(program, host, repository, tags);
      const pushed = await digest(tags[0]);
      if (pushed === undefined) throw new Error(`${repository}:${tags[0]} did not arrive`);
      return pushed;
    },
  };
}

async function seed(program: string, host: string, repository: string, tags: readonly string[]): Promise<void> {
  const child = spawn(program, ["seed", "--registry", host], { stdio: ["pipe", "ignore", "inherit"] });
  child.stdin.end(JSON.stringify([{ repository, tags }]));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`seeding ${repository} ended with ${String(code)}`);
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await exited;
}

async function freePort(): Promise<number> {
  const socket = createServer();
  socket.listen(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address() as AddressInfo;
  socket.close();
  await once(socket, "close");
  return port;
}
