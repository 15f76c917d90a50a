/** Levels and parameters of rules, checked against what the rules take. */
import { refuse, type Fault } from "../../model/fault.ts";
import { judgeParameters } from "./parameters.ts";
import type { Config, Rule, Severity } from "./rule.ts";

/** As CrossGuard has them: `disabled` does not run, `advisory` warns, `mandatory` stops. */
export type Level = "disabled" | "advisory" | "mandatory";

/** Lets one subject break one rule, for a while. */
export interface Exception {
  /** Name of the resource, or `owner/name` of the repository that carries the file; `*` stands for any part. */
  readonly subject: string;
  /** Team or person that answers for it. */
  readonly owner: string;
  readonly reason: string;
  /** Last day on which it holds, such as `2027-03-31`, in UTC. */
  readonly expires: string;
}

export interface RuleSettings {
  readonly level?: Level;
  readonly parameters?: Config;
  readonly exceptions?: readonly Exception[];
}

/** By rule's id; `all` stands for every rule that is not named. */
export type Settings = Readonly<Record<string, RuleSettings>>;

const levels: readonly string[] = ["disabled", "advisory", "mandatory"];

/** The level of a rule: its own, or that of `all`, or mandatory unless it is of low severity. */
export const levelOf = ({ rule, severity }: { readonly rule: string; readonly severity: Severity }, settings: Settings): Level =>
  settings[rule]?.level ?? settings["all"]?.level ?? (severity === "low" ? "advisory" : "mandatory");

/**
 * The parameters of every rule that is not disabled, with defaults.
 *
 * @throws FaultsError with everything that does not fit: unknown rules, levels and parameters, values of the wrong kind.
 */
export function resolveConfig(rules: readonly Rule[], settings: Settings): ReadonlyMap<string, Config> {
  const known = resolved.get(settings)?.get(rules);
  if (known !== undefined) return known;
  const configs = resolve(rules, settings);
  const ofSettings = resolved.get(settings) ?? new WeakMap<readonly Rule[], ReadonlyMap<string, Config>>();
  resolved.set(settings, ofSettings.set(rules, configs));
  return configs;
}

/** The same rules judge the same settings over and over again: the pack asks for each resource. */
const resolved = new WeakMap<Settings, WeakMap<readonly Rule[], ReadonlyMap<string, Config>>>();

function resolve(rules: readonly Rule[], settings: Settings): ReadonlyMap<string, Config> {
  const faults: Fault[] = [];
  const known = new Map(rules.map((rule) => [rule.id, rule]));
  for (const [id, { level, exceptions = [] }] of Object.entries(settings)) {
    for (const [index, exception] of exceptions.entries()) faults.push(...judgeException(exception, `${id}.exceptions[${index}]`));
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
    faults.push(...judgeParameters(rule, parameters));
    const defaults = Object.fromEntries(Object.entries(rule.config ?? {}).map(([name, parameter]) => [name, parameter.default]));
    if (levelOf({ rule: rule.id, severity: rule.severity }, settings) !== "disabled") configs.set(rule.id, { ...defaults, ...parameters });
  }
  refuse("The configuration of the rules", faults);
  return configs;
}

export function judgeException(exception: Partial<Exception>, path: string): Fault[] {
  const faults: Fault[] = [];
  for (const field of ["subject", "owner", "reason"] as const) {
    const value = exception[field];
    if (typeof value === "string" && value.trim() !== "") continue;
    faults.push({ path: `${path}.${field}`, value, rule: "an exception says for what, whose and why it is", fix: `write ${field}` });
  }
  const { expires } = exception;
  if (typeof expires !== "string" || !/^\d{4}-\d\d-\d\d$/.test(expires) || Number.isNaN(Date.parse(expires))) {
    faults.push({ path: `${path}.expires`, value: expires, rule: "an exception ends on a day", fix: "write it like 2027-03-31" });
  }
  return faults;
}

/**
 * Reads settings as CrossGuard's configuration files have them, so that one file serves `pulumi preview --policy-pack-config` and
 * `gatehouse check --config`: by rule a level, or an object with `enforcementLevel`, `exceptions` and the rule's parameters.
 *
 * @throws FaultsError when it is no such object.
 */
export function readSettings(data: unknown): Settings {
  const faults: Fault[] = [];
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  const misfit = (path: string, value: unknown): void => {
    const fix = 'write { "RULE": "advisory" } or { "RULE": { "enforcementLevel": "advisory", "exceptions": [] } }';
    faults.push({ path, value, rule: "is neither a level nor an object", fix });
  };
  const read: Record<string, RuleSettings> = {};
  if (!isObject(data)) misfit("the file", data);
  for (const [id, value] of isObject(data) ? Object.entries(data) : []) {
    if (typeof value === "string") read[id] = { level: value as Level };
    else if (!isObject(value)) misfit(id, value);
    else {
      const { enforcementLevel, exceptions, ...parameters } = value;
      if (exceptions !== undefined && !(Array.isArray(exceptions) && exceptions.every(isObject))) misfit(`${id}.exceptions`, exceptions);
      else
        read[id] = {
          ...(enforcementLevel !== undefined && { level: enforcementLevel as Level }),
          ...(exceptions !== undefined && { exceptions: exceptions as unknown as readonly Exception[] }),
          parameters,
        };
    }
  }
  refuse("The configuration of the rules", faults);
  return read;
}
