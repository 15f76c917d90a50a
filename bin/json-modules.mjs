// `@actions/workflow-parser` imports its JSON files without `with { type: "json" }`, which Node refuses. This reads them as what they are.
import { registerHooks } from "node:module";

registerHooks({
  load: (url, context, nextLoad) =>
    url.endsWith(".json") && context.importAttributes?.type === undefined && !context.conditions?.includes("require")
      ? nextLoad(url, { ...context, importAttributes: { ...context.importAttributes, type: "json" } })
      : nextLoad(url, context),
});
