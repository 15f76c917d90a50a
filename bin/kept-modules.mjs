/**
 * Loading the project's own modules takes half a second, most of it to take the types out of TypeScript and to compile. Both are kept
 * beside the installed packages, so that they happen once for each version of a file. Where nothing can be kept, Node loads as always.
 */
import { hash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { enableCompileCache, registerHooks, stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath, URL } from "node:url";

const project = new URL("..", import.meta.url).href;
const folder = fileURLToPath(new URL("../node_modules/.cache/gatehouse-modules", import.meta.url));

// Node says that figures of coverage are less precise with it.
if (process.env["NODE_V8_COVERAGE"] === undefined) enableCompileCache(join(folder, "compiled"));

registerHooks({
  load(url, context, nextLoad) {
    const own = url.startsWith(project) && !url.includes("/node_modules/") && url.endsWith(".ts");
    const source = own && context.format === "module-typescript" ? withoutTypes(url) : undefined;
    return source === undefined ? nextLoad(url, context) : { format: "module", source, shortCircuit: true };
  },
});

/** JavaScript with every line and column where the TypeScript has it; `undefined` for what Node itself has to refuse. */
function withoutTypes(url) {
  const text = attempt(() => readFileSync(new URL(url), "utf8"));
  if (text === undefined) return undefined;
  // One file for each module, which begins with what it was made from: old versions do not pile up.
  const digest = hash("sha256", `${process.version}\n${text}`);
  const file = join(folder, encodeURIComponent(url.slice(project.length)));
  const kept = attempt(() => readFileSync(file, "utf8"));
  if (kept?.startsWith(digest) === true) return kept.slice(digest.length);
  const source = attempt(() => stripTypeScriptTypes(text));
  if (source !== undefined) attempt(() => keep(file, digest + source));
  return source;
}

/** Written beside and renamed: another process may read it at any moment. */
function keep(file, content) {
  mkdirSync(folder, { recursive: true });
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, content);
  renameSync(temporary, file);
}

function attempt(act) {
  try {
    return act();
  } catch {
    return undefined;
  }
}
