/** Whether given parameters are what a rule takes. A schema here has five words, so no general validator is loaded and compiled for it. */
import type { Fault } from "../../model/fault.ts";
import type { Config, Parameter, Rule } from "./rule.ts";

/**
 * Faults of the parameters of a rule: unknown ones, and values that their schemas do not allow.
 *
 * @param parameters As the project's settings give them.
 */
export function judgeParameters(rule: Rule, parameters: Config): Fault[] {
  const schemas = rule.config ?? {};
  const takes = Object.keys(schemas).join(", ");
  const fix = takes === "" ? "this rule takes no parameters" : `this rule takes ${takes}`;
  return Object.entries(parameters).flatMap(([name, value]): Fault[] => {
    const path = `${rule.id}.${name}`;
    const schema = Object.hasOwn(schemas, name) ? schemas[name] : undefined;
    if (schema === undefined) return [{ path, value: undefined, rule: "is no parameter of this rule", fix }];
    return misfits(schema, value).map((misfit) => ({ path, value, rule: misfit, fix: `write ${example(schema)}` }));
  });
}

function misfits(schema: Parameter, value: unknown): string[] {
  if (!isOf(schema.type, value)) return [`must be ${schema.type === "integer" || schema.type === "array" ? "an" : "a"} ${schema.type}`];
  const { minimum = -Infinity, maximum = Infinity, items } = schema;
  const found: string[] = [];
  if (typeof value === "number" && value < minimum) found.push(`must be ${minimum} or more`);
  if (typeof value === "number" && value > maximum) found.push(`must be ${maximum} or less`);
  if (schema.enum !== undefined && !schema.enum.some((allowed) => allowed === value))
    found.push(`must be one of ${schema.enum.join(", ")}`);
  if (items !== undefined && Array.isArray(value) && !value.every((member) => isOf(items.type, member)))
    found.push(`must hold nothing but values of type ${items.type}`);
  return found;
}

function isOf(type: Parameter["type"], value: unknown): boolean {
  if (type === "integer") return Number.isInteger(value);
  if (type === "array") return Array.isArray(value);
  return typeof value === type;
}

/** The default, which always fits. */
const example = ({ default: value, description }: Parameter): string => `something like ${JSON.stringify(value)}: ${description}`;
