/** What GnuPG tells of a public key. */
import { spawn } from "node:child_process";
import { validationFailed } from "../../core/errors.ts";
import { gitEnvironment } from "../../git/command.ts";
import type { GpgFacts } from "./record.ts";

const isoOf = (seconds: string): string => `${new Date(Number(seconds) * 1_000).toISOString().slice(0, 19)}Z`;

/** Reads an ASCII-armored key without keeping it. @throws ApiError 422 for what is no public key */
export async function factsOfKey(armored: string, environment: Readonly<Record<string, string>>): Promise<GpgFacts> {
  const lines = (await show(armored, environment)).split("\n").map((line) => line.split(":"));
  const primary = lines.find(([type]) => type === "pub");
  const [, , , , keyId = "", created = "", expires = ""] = primary ?? [];
  if (primary === undefined || !armored.includes("BEGIN PGP PUBLIC KEY BLOCK")) {
    throw validationFailed([{ resource: "GpgKey", field: "armored_public_key", code: "custom", message: "We got an error doing that." }]);
  }
  const emails = lines.flatMap(([type, ...rest]) => (type === "uid" ? (/<([^>]+)>/.exec(rest[8] ?? "")?.[1] ?? []) : []));
  return { keyId, emails, createdAt: isoOf(created), expiresAt: expires === "" ? null : isoOf(expires) };
}

function show(armored: string, environment: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("gpg", ["--batch", "--no-tty", "--with-colons", "--show-keys"], { env: gitEnvironment(environment) });
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
    child.on("error", reject);
    child.on("close", () => {
      resolve(text);
    });
    // A text that is no key ends gpg before it has read it all.
    child.stdin.on("error", () => undefined);
    child.stdin.end(armored);
  });
}
