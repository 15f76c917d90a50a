/** Choices of rules that a standard, or a beginning, asks for. */
import type { Settings } from "./config.ts";
import type { Rule } from "./rule.ts";

export interface Preset {
  readonly name: string;
  readonly description: string;
  readonly has: (rule: Rule) => boolean;
  /** Parameters that the standard asks for, by rule. */
  readonly parameters?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const isScorecard = ({ standards }: Rule): boolean => standards.scorecard !== undefined;
const slsaLevel = ({ standards }: Rule): number =>
  Math.min(...(standards.slsa ?? []).map((id) => Number(/\bL(\d)/.exec(id)?.[1] ?? Number.POSITIVE_INFINITY)), Number.POSITIVE_INFINITY);

export const presets: readonly Preset[] = [
  {
    name: "scorecard-10",
    description: "what OpenSSF Scorecard gives ten points for",
    has: isScorecard,
    parameters: { "branch-approvals": { least: 2 } },
  },
  {
    name: "cis",
    description: "CIS Software Supply Chain Security Guide",
    has: ({ standards }) => (standards.cis ?? []).length > 0,
    parameters: { "branch-approvals": { least: 2 } },
  },
  { name: "slsa-source-3", description: "SLSA source track, level 3: continuous controls", has: (rule) => slsaLevel(rule) <= 3 },
  { name: "slsa-source-4", description: "SLSA source track, level 4: two-party review", has: (rule) => slsaLevel(rule) <= 4 },
  {
    name: "startup",
    description: "what hurts at once when it is missing: everything critical or high",
    has: ({ severity }) => severity === "critical" || severity === "high",
  },
];

/**
 * The settings of a preset, with a project's own settings over them.
 *
 * @returns `undefined` when there is no such preset.
 */
export function presetSettings(name: string, rules: readonly Rule[], own: Settings = {}): Settings | undefined {
  const preset = presets.find((candidate) => candidate.name === name);
  if (preset === undefined) return undefined;
  const chosen = rules.map((rule) => {
    const parameters = preset.parameters?.[rule.id];
    const base = preset.has(rule)
      ? { level: "mandatory" as const, ...(parameters !== undefined && { parameters }) }
      : { level: "disabled" as const };
    const over = own[rule.id] ?? {};
    return [rule.id, { ...base, ...over, parameters: { ...parameters, ...over.parameters } }] as const;
  });
  return { ...own, ...Object.fromEntries(chosen) };
}
