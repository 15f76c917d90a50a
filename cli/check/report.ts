/** What a check found, for people, machines, code scanning and pull requests. */
import type { Answer } from "../../policies/rules/exceptions.ts";
import { levelOf, type Rule, type Score, type Settings, type Severity } from "../../policies/rules/index.ts";

export const formats = ["text", "json", "sarif", "markdown"] as const;
export type Format = (typeof formats)[number];

export interface Report {
  readonly rules: readonly Rule[];
  readonly settings: Settings;
  readonly answers: readonly Answer[];
}

export interface Counts {
  readonly rules: number;
  readonly passed: number;
  readonly failed: number;
  readonly advisory: number;
  readonly unknown: number;
  readonly excepted: number;
}

const severities: readonly Severity[] = ["critical", "high", "medium", "low"];
const isBroken = ({ verdict }: Answer): boolean => verdict === "fail" || verdict === "error";

/** Rules that are not disabled. */
export const enabled = (rules: readonly Rule[], settings: Settings): Rule[] =>
  rules.filter(({ id, severity }) => levelOf({ rule: id, severity }, settings) !== "disabled");

/** Failures that stop: of mandatory rules, and rules that broke. */
export const stops = ({ settings, answers }: Report): boolean =>
  answers.some((answer) => isBroken(answer) && (answer.verdict === "error" || levelOf(answer, settings) === "mandatory"));

export function count({ rules, settings, answers }: Report): Counts {
  const many = (which: (answer: Answer) => boolean): number => answers.filter(which).length;
  const advisory = (answer: Answer): boolean => isBroken(answer) && levelOf(answer, settings) === "advisory";
  return {
    rules: enabled(rules, settings).length,
    passed: many(({ verdict }) => verdict === "pass"),
    failed: many((answer) => isBroken(answer) && !advisory(answer)),
    advisory: many(advisory),
    unknown: many(({ verdict }) => verdict === "unknown"),
    excepted: many(({ verdict }) => verdict === "excepted"),
  };
}

/** Everything but passes: those are counted. */
export function asData(report: Report): unknown {
  const shown = report.answers.filter(({ verdict }) => verdict !== "pass");
  return { ...count(report), answers: shown.map((answer) => ({ ...answer, level: levelOf(answer, report.settings) })) };
}

const placeOf = ({ subject, file, line, path }: Answer): string =>
  [subject, file === undefined ? "" : ` ${file}${line === undefined ? "" : `:${line}`}`, path === undefined ? "" : ` ${path}`].join("");

const summary = (counts: Counts): string =>
  `${counts.rules} rules: ${counts.passed} passed, ${counts.failed} failed, ${counts.advisory} advisory, ${counts.unknown} unknown, ${counts.excepted} excepted`;

/** Failed rules, worst first, each with its answers. */
function failures({ rules, answers }: Report): { readonly rule: Rule; readonly found: readonly Answer[] }[] {
  const byRule = new Map<string, Answer[]>();
  for (const answer of answers) {
    if (answer.verdict === "pass") continue;
    const found = byRule.get(answer.rule);
    if (found === undefined) byRule.set(answer.rule, [answer]);
    else found.push(answer);
  }
  return [...rules]
    .sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity))
    .flatMap((rule) => {
      const found = byRule.get(rule.id);
      return found === undefined ? [] : [{ rule, found }];
    });
}

export function asText(report: Report): string {
  const blocks = failures(report).map(({ rule, found }) =>
    [
      `${rule.severity} ${rule.id} (${levelOf({ rule: rule.id, severity: rule.severity }, report.settings)}): ${rule.title}`,
      ...found.map((answer) => `  ${answer.verdict}: ${placeOf(answer)}: ${answer.message}${behind(answer)}`),
      ...(found.some(isBroken) ? [`  why: ${rule.why}`, `  fix: ${rule.fix}`] : []),
    ].join("\n"),
  );
  return [...blocks, summary(count(report))].join("\n\n");
}

const behind = ({ verdict, exception }: Answer): string =>
  verdict === "excepted" && exception !== undefined ? ` (until ${exception.expires}, ${exception.owner}: ${exception.reason})` : "";

export function asMarkdown(report: Report): string {
  const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
  const rows = failures(report).flatMap(({ rule, found }) =>
    found.map((answer) => {
      const cells = [rule.severity, `\`${rule.id}\``, answer.verdict, placeOf(answer), `${answer.message}${behind(answer)}`, rule.fix];
      return `| ${cells.map(cell).join(" | ")} |`;
    }),
  );
  const head = ["| severity | rule | verdict | where | what | fix |", "|---|---|---|---|---|---|"];
  return [`## Gates: ${summary(count(report))}`, ...(rows.length === 0 ? [] : ["", ...head, ...rows])].join("\n");
}

const sarifLevels: Readonly<Record<Severity, string>> = { critical: "error", high: "error", medium: "warning", low: "note" };

/** SARIF 2.1.0, as code scanning takes it. https://docs.oasis-open.org/sarif/sarif/v2.1.0/ */
export function asSarif(report: Report, fileOf: (answer: Answer) => string): unknown {
  const rules = enabled(report.rules, report.settings);
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "gatehouse check",
            rules: rules.map(({ id, title, why, fix, severity }) => ({
              id,
              shortDescription: { text: title },
              fullDescription: { text: why },
              help: { text: fix },
              defaultConfiguration: { level: sarifLevels[severity] },
            })),
          },
        },
        results: report.answers
          .filter((answer) => isBroken(answer) || answer.verdict === "excepted")
          .map((answer) => ({
            ruleId: answer.rule,
            level: levelOf(answer, report.settings) === "advisory" ? "note" : sarifLevels[answer.severity],
            message: { text: `${placeOf(answer)}: ${answer.message}` },
            locations: [
              {
                physicalLocation: { artifactLocation: { uri: fileOf(answer) }, region: { startLine: answer.line ?? 1 } },
                ...(answer.urn !== undefined && { logicalLocations: [{ fullyQualifiedName: answer.urn }] }),
              },
            ],
            ...(answer.verdict === "excepted" && {
              suppressions: [{ kind: "external", justification: answer.exception?.reason ?? "" }],
            }),
          })),
      },
    ],
  };
}

/** Scores with what is missing to ten points, the nearest tier first. */
export function scoresAsText(scores: readonly Score[]): string {
  return scores
    .map(({ repository, score, steps }) => {
      const missing = steps.filter(({ state }) => state !== "done");
      const lines = missing.map(
        ({ tier, title, fix, state }) => `  tier ${tier}: ${title}${state === "unknown" ? " (unknown)" : ""}\n    fix: ${fix}`,
      );
      return [`${repository}: ${score} of 10${missing.length === 0 ? "" : "; to ten points:"}`, ...lines].join("\n");
    })
    .join("\n\n");
}
