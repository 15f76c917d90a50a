/** How modules are loaded by the command and by the program: Node's own way, with the exceptions below. */
import Module, { createRequire, registerHooks } from "node:module";
import process from "node:process";
import "./kept-modules.mjs";

// `@actions/workflow-parser` imports its JSON files without `with { type: "json" }`, which Node refuses. This reads them as what they are.
registerHooks({
  load: (url, context, nextLoad) =>
    url.endsWith(".json") && context.importAttributes?.type === undefined && !context.conditions?.includes("require")
      ? nextLoad(url, { ...context, importAttributes: { ...context.importAttributes, type: "json" } })
      : nextLoad(url, context),
});

// What no program here uses of the SDK takes more than half of its loading. So each of these is loaded when something of it is first used.
const sdk = createRequire(createRequire(import.meta.url).resolve("@pulumi/pulumi"));
// For writing functions into the state, for running the engine from a program, and for what Helm and YAML files render.
for (const name of ["@npmcli/arborist", "typescript", "./automation"]) loadLate(sdk.resolve(name));
// For the places of compiled files: taking types out moves nothing, and each resource's place would be looked up anew in maps of the SDK.
loadLate(sdk.resolve("source-map-support/register"));
// For writing functions into the state too: it is awaited before a program starts, and puts V8 under a debugger, for whom code that was kept
// compiled is of no use. What asks it for something gets it then.
loadLate(sdk.resolve("./runtime/closure/v8Hooks"), (real, key) => (key === "isInitializedAsync" ? async () => {} : real()[key]));
// Of each resource the SDK tells the engine four times what it is about, one call after the other, for a log that is rarely kept.
if (process.env["GATEHOUSE_DEBUG"] !== "1") {
  loadLate(sdk.resolve("./log"), (real, key) => (key === "debug" ? () => Promise.resolve() : real()[key]));
}
const kubernetes = createRequire(createRequire(import.meta.url).resolve("@pulumi/kubernetes"));
for (const name of ["./helm", "./yaml", "./kustomize"]) loadLate(kubernetes.resolve(name));
// For traces: the SDK takes these functions and classes by name as soon as it is loaded, and calls them when it is told where traces go.
for (const name of ["exporter-zipkin", "instrumentation", "instrumentation-grpc", "resources", "sdk-trace-base", "sdk-trace-node"]) {
  loadLate(sdk.resolve(`@opentelemetry/${name}`), callLate);
}

/**
 * Puts a stand-in for a CommonJS module in its place: the same properties, for which the module is loaded when one is asked for, or with
 * `callLate` called.
 */
function loadLate(file, read = (real, key) => real()[key]) {
  let exports;
  const real = () => {
    if (exports === undefined) {
      delete sdk.cache[file];
      exports = sdk(file);
    }
    return exports;
  };
  const standIn = new Module(file);
  standIn.loaded = true;
  standIn.exports = new Proxy(
    {},
    {
      // With `__esModule` the SDK takes it as it is; else it would copy all properties at once.
      get: (_, key) => (key === "__esModule" ? true : read(real, key)),
      has: (_, key) => key in real(),
      ownKeys: () => Reflect.ownKeys(real()),
      getOwnPropertyDescriptor: (_, key) => ({ ...Reflect.getOwnPropertyDescriptor(real(), key), configurable: true }),
    },
  );
  sdk.cache[file] = standIn;
}

/** A function or class that is taken from its module when it is called. */
function callLate(real, key) {
  const standIn = new Proxy(function () {}, {
    apply: (_, self, parameters) => Reflect.apply(real()[key], self, parameters),
    // A class that extends it is constructed as itself.
    construct: (_, parameters, target) => Reflect.construct(real()[key], parameters, target === standIn ? real()[key] : target),
    get: (_, property) => real()[key][property],
  });
  return standIn;
}
