/** How modules are loaded by the command and by the program: Node's own way, with two exceptions. */
import Module, { createRequire, registerHooks } from "node:module";

// `@actions/workflow-parser` imports its JSON files without `with { type: "json" }`, which Node refuses. This reads them as what they are.
registerHooks({
  load: (url, context, nextLoad) =>
    url.endsWith(".json") && context.importAttributes?.type === undefined && !context.conditions?.includes("require")
      ? nextLoad(url, { ...context, importAttributes: { ...context.importAttributes, type: "json" } })
      : nextLoad(url, context),
});

// The Pulumi SDK needs these for writing functions into its state, which no program here does. Loading them is more than half of loading
// the SDK, so each is loaded when something of it is first used.
const require = createRequire(createRequire(import.meta.url).resolve("@pulumi/pulumi"));
for (const name of ["@npmcli/arborist", "typescript"]) loadLate(require.resolve(name));

/** Puts a stand-in for a CommonJS module in its place: the same properties, for which the module is loaded when one is asked for. */
function loadLate(file) {
  let exports;
  const real = () => {
    if (exports === undefined) {
      delete require.cache[file];
      exports = require(file);
    }
    return exports;
  };
  const standIn = new Module(file);
  standIn.loaded = true;
  standIn.exports = new Proxy(
    {},
    {
      // With `__esModule` the SDK takes it as it is; else it would copy all properties at once.
      get: (_, key) => (key === "__esModule" ? true : real()[key]),
      has: (_, key) => key in real(),
      ownKeys: () => Reflect.ownKeys(real()),
      getOwnPropertyDescriptor: (_, key) => ({ ...Reflect.getOwnPropertyDescriptor(real(), key), configurable: true }),
    },
  );
  require.cache[file] = standIn;
}
