/**
 * The rules as a CrossGuard policy pack, for any Pulumi program: `pulumi preview --policy-pack policies`. Bundled into one CommonJS file,
 * since the engine loads a pack with `require()`.
 */
import { PolicyPack } from "@pulumi/policy";
import { rules } from "../rules/index.ts";
import { policyOf } from "./policies.ts";
import { unpackOnce } from "./unpack.ts";

unpackOnce();
new PolicyPack("gatehouse", {
  description: "Delivery gates: can anything reach production past them, and can everything that should?",
  policies: rules.map((rule) => policyOf(rule)),
});
