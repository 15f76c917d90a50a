/** Puts small real images into the local registry. */
import { spawn } from "node:child_process";

/** One image under all its tags; the first tag is its revision. */
export interface SeedImage {
  /** Without the host: `owner/name`. */
  readonly repository: string;
  readonly tags: readonly string[];
}

/** What a tag points to. `pushed` is false when it was there already: a tag is never moved. */
export interface SeededTag {
  readonly repository: string;
  readonly tag: string;
  /** `sha256:` and 64 hexadecimal digits; the same for the same program and seed on every machine of one architecture. */
  readonly digest: string;
  readonly pushed: boolean;
}

/**
 * Makes sure that the registry has an image under every tag.
 *
 * @param program path of the `registry` program, which is also what the images contain.
 * @param host host and port of the registry.
 * @throws Error with what the registry said.
 */
export function seedImages(program: string, host: string, images: readonly SeedImage[]): Promise<readonly SeededTag[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ["seed", "--registry", host], { stdio: ["pipe", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(JSON.parse(stdout) as SeededTag[]);
      else reject(new Error(`The images could not be put into the registry at ${host}: ${stderr.trim()}`));
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(JSON.stringify(images));
  });
}
