/**
 * Unpacks each resource once. CrossGuard does so for every policy anew, and with more than a hundred of them over some hundred resources
 * that is most of what a preview waits for.
 */
import unpacking from "@pulumi/policy/deserialize.js";

type Properties = Readonly<Record<string, unknown>>;
type Unpack = (packed: object, proxySecrets: boolean) => Properties;

/** Left out of its type declarations. Where a later version has none, everything works as before, only slower. */
const module = unpacking as unknown as { deserializeProperties?: Unpack };

export function unpackOnce(): void {
  const unpack = module.deserializeProperties;
  if (unpack === undefined) return;
  const known = new WeakMap<object, Properties>();
  module.deserializeProperties = (packed, proxySecrets) => {
    // What is handed out with marks for secrets is for remediations, which change it.
    if (proxySecrets) return unpack(packed, proxySecrets);
    const properties = known.get(packed) ?? unpack(packed, proxySecrets);
    known.set(packed, properties);
    return properties;
  };
}

/** Under it CrossGuard's guard tells what it guards. */
const TARGET = "__getSpecialProxyTarget";

/** What a guard around properties guards: the same object for every policy. Without a guard, the properties themselves. */
export function guarded(properties: Properties): object {
  const target = properties[TARGET];
  return typeof target === "object" && target !== null ? target : properties;
}
