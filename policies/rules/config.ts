/** Levels and parameters of rules, checked against what the rules take. */
import { Ajv } from "ajv";
import { refuse, type Fault } from "../../model/fault.ts";
import type { Config, Rule } from "./rule.ts";

/** As CrossGuard has them: `disabled` does not run, `advisory` warns, `mandatory` stops. */
export type Level = "disabled" | "advisory" | "mandatory";

export interface RuleSettings {
  readonly level?: Level;
  readonly parameters?: Config;
}

/** By rule's id; `all` stands for every rule that is not named. */
export type Settings = Readonly<Record<string, RuleSettings>>;

const levels: readonly string[] = ["disabled", "advisory", "mandatory"];

/** The level of a rule: its own, or that of `all`, or mandatory. */
export const levelOf = (id: string, settings: Settings): Level => settings[id]?.level ?? settings["all"]?.level ?? "mandatory";

/**
 * The parameters of every rule that is not disabled, with defaults.
 *
 * @throws FaultsError with everything that does not fit: unknown rules, levels and parameters, values of the wrong kind.
 */
export function resolveConfig(rules: readonly Rule[], settings: Settings): ReadonlyMap<string, Config> {
  const faults: Fault[] = [];
  const known = new Map(rules.map((rule) => [rule.id, rule]));
  for (const [id, { level }] of Object.entries(settings)) {
    if (id !== "all" && !known.has(id)) {
      faults.push({ path: id, value: undefined, rule: "there is no such rule", fix: "run `gatehouse check --list` for the rules" });
    }
    if (level !== undefined && !levels.includes(level)) {
      faults.push({ path: `${id}.level`, value: level, rule: "is no level", fix: `write one of ${levels.join(", ")}` });
    }
  }
  const configs = new Map<string, Config>();
  for (const rule of rules) {
    const { parameters = {} } = settings[rule.id] ?? {};
    faults.push(...misfits(rule, parameters));
    const defaults = Object.fromEntries(Object.entries(rule.config ?? {}).map(([name, parameter]) => [name, parameter.default]));
    if (levelOf(rule.id, settings) !== "disabled") configs.set(rule.id, { ...defaults, ...parameters });
  }
  refuse("The configuration of the rules", faults);
  return configs;
}

function misfits(rule: Rule, parameters: Config): Fault[] {
  if (Object.keys(parameters).length === 0) return [];
  const validate = new Ajv({ allErrors: true }).compile({ type: "object", properties: rule.config ?? {}, additionalProperties: false });
  if (validate(parameters)) return [];
  const takes = Object.keys(rule.config ?? {}).join(", ");
  const fix = takes === "" ? "this rule takes no parameters" : `this rule takes ${takes}`;
  return (validate.errors ?? []).map(({ instancePath, params, message = "does not fit" }) => {
    const extra = (params as { additionalProperty?: string }).additionalProperty;
    const path = `${rule.id}${instancePath.replaceAll("/", ".")}${extra === undefined ? "" : `.${extra}`}`;
    return { path, value: undefined, rule: message, fix };
  });
}
