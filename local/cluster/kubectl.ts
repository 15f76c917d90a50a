import { spawn } from "node:child_process";

export interface Kubectl {
  /** Path of the program. */
  readonly command: string;
  readonly kubeconfig: string;
}

/** Owner of the fields that the local cluster starts with. */
const FIELD_MANAGER = "gatehouse-local";

/**
 * Runs kubectl.
 * @returns its stdout.
 * @throws Error with its stderr.
 */
export function kubectl({ command, kubeconfig }: Kubectl, args: readonly string[], input?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, ["--kubeconfig", kubeconfig, ...args], { stdio: ["pipe", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(stdout);
      else reject(new Error(`kubectl ${args.join(" ")} ended with exit code ${code ?? "none"}: ${stderr.trim()}`));
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}

/** Server-side apply of objects, or of a file of them. */
export function apply(client: Kubectl, what: readonly object[] | { readonly file: string }): Promise<string> {
  const args = ["apply", "--server-side", "--force-conflicts", `--field-manager=${FIELD_MANAGER}`, "-f"];
  if ("file" in what) return kubectl(client, [...args, what.file]);
  return kubectl(client, [...args, "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: what }));
}
