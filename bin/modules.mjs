/** How modules are loaded by the command and by the program: Node's own way, with two exceptions. */
import { registerHooks } from "node:module";

/**
 * Modules that the Pulumi SDK needs for writing functions into its state, which no program here does. Loading them is more than half of
 * loading the SDK, so each is loaded when something of it is first used.
 */
const rarelyUsed = new Set(["@npmcli/arborist", "typescript"]);
const fromSdk = /\/node_modules\/@pulumi\/pulumi\//;

registerHooks({
  resolve: (specifier, context, nextResolve) => {
    const resolved = nextResolve(specifier, context);
    const lazy = rarelyUsed.has(specifier) && fromSdk.test(context.parentURL ?? "") && context.conditions.includes("require");
    return lazy ? { ...resolved, url: `${resolved.url}?lazy` } : resolved;
  },
  load: (url, context, nextLoad) => {
    if (url.endsWith("?lazy")) return { format: "commonjs", source: lazily(url.slice(0, -"?lazy".length)), shortCircuit: true };
    // `@actions/workflow-parser` imports its JSON files without `with { type: "json" }`, which Node refuses: they are read as what they are.
    const isBareJson = url.endsWith(".json") && context.importAttributes?.type === undefined && !context.conditions?.includes("require");
    return nextLoad(url, isBareJson ? { ...context, importAttributes: { ...context.importAttributes, type: "json" } } : context);
  },
});

/** A CommonJS module with the properties of another, which is loaded when one of them is asked for. */
function lazily(url) {
  // Node knows CommonJS modules by their file, so this one has to make room first. With `__esModule` the SDK takes it as it is; else it
  // would copy all properties at once.
  return `
    const file = require("node:url").fileURLToPath(${JSON.stringify(url)});
    let loaded;
    const real = () => {
      if (loaded === undefined) {
        delete require.cache[file];
        loaded = require(file);
      }
      return loaded;
    };
    module.exports = new Proxy({}, {
      get: (_, key) => (key === "__esModule" ? true : real()[key]),
      has: (_, key) => key in real(),
      ownKeys: () => Reflect.ownKeys(real()),
      getOwnPropertyDescriptor: (_, key) => ({ ...Reflect.getOwnPropertyDescriptor(real(), key), configurable: true }),
    });`;
}
