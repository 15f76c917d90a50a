/** Reads `on:`: the events, their filters, and what GitHub refuses about them that its parser does not say. */
import { PatternError, patternToRegExp } from "./glob.ts";
import { entriesOf, isMapping, isString, itemsOf, placeOf, textOf, textsOf, type TemplateToken } from "./tokens.ts";
import { FILTER_NAMES, type Filter, type FilterName, type InputDefinition, type Place, type Problem, type Trigger } from "./workflow.ts";

const EXCLUSIVE: readonly (readonly [FilterName, FilterName])[] = [
  ["branches", "branches-ignore"],
  ["tags", "tags-ignore"],
  ["paths", "paths-ignore"],
];

/** Filters whose entries are patterns. */
const PATTERN_FILTERS: ReadonlySet<FilterName> = new Set(["branches", "branches-ignore", "tags", "tags-ignore", "paths", "paths-ignore"]);

/**
 * Events that know no filters. GitHub runs a workflow that gives them some, and passes over what stands there; its parser calls that an error.
 * https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows
 */
const WITHOUT_FILTERS: ReadonlySet<string> = new Set([
  "create",
  "delete",
  "deployment",
  "deployment_status",
  "fork",
  "gollum",
  "page_build",
  "public",
  "status",
]);

/** A default that is no text, of an input by hand that says no type, or `choice`. GitHub turns it into text; its parser asks for text. */
const DEFAULT_TYPE = /^Unexpected type '(Boolean|Number)Token' encountered while reading 'input default'/u;

interface ParserError {
  readonly rawMessage: string;
  readonly range: { readonly start: { line: number; column: number } } | undefined;
}

/** Is this an error of the parser only, about something under `on` that GitHub takes? Of filters passed over, `readTriggers` warns. */
export function isTolerated(on: TemplateToken | undefined, { rawMessage, range }: ParserError): boolean {
  if (on === undefined || !isMapping(on)) return false;
  const isThere = (token: TemplateToken | undefined): boolean =>
    token?.range?.start.line === range?.start.line && token?.range?.start.column === range?.start.column;
  return entriesOf(on).some(({ key, value }) => {
    if (WITHOUT_FILTERS.has(key)) return rawMessage === "A mapping was not expected" && isMapping(value) && isThere(value);
    if (key !== "workflow_dispatch" || !DEFAULT_TYPE.test(rawMessage)) return false;
    const inputs = entriesOf(value).find((entry) => entry.key === "inputs")?.value;
    return entriesOf(inputs).some((input) => isThere(entriesOf(input.value).find((field) => field.key === "default")?.value));
  });
}

export function readTriggers(file: string, on: TemplateToken | undefined): { triggers: Trigger[]; problems: Problem[] } {
  if (on === undefined) return { triggers: [], problems: [] };
  if (!isMapping(on)) {
    const triggers = itemsOf(on).flatMap((item) =>
      isString(item) ? [{ event: item.value, place: placeOf(file, item), filters: {} }] : [],
    );
    return { triggers, problems: [] };
  }
  const problems: Problem[] = [];
  const triggers = entriesOf(on).map((entry): Trigger => {
    if (WITHOUT_FILTERS.has(entry.key) && isMapping(entry.value)) {
      const text = `\`${entry.key}\` knows no filters, so the workflow runs for each of these events`;
      const fix = `remove what stands under \`${entry.key}\`, and ask in the jobs' \`if\``;
      problems.push(problem(placeOf(file, entry.keyToken), "warning", "filter-ignored", text, fix));
    }
    const filters: Partial<Record<FilterName, Filter>> = {};
    for (const field of entriesOf(entry.value)) {
      const name = FILTER_NAMES.find((candidate) => candidate === field.key);
      if (name === undefined) continue;
      const filter = { patterns: textsOf(field.value), place: placeOf(file, field.keyToken) };
      filters[name] = filter;
      if (PATTERN_FILTERS.has(name)) problems.push(...patternProblems(entry.key, name, field.value, file));
    }
    const trigger = { event: entry.key, place: placeOf(file, entry.keyToken), filters };
    problems.push(...filterProblems(trigger));
    return trigger;
  });
  problems.push(...releaseProblems(triggers));
  return { triggers, problems };
}

/** Inputs of `on.workflow_call`; `undefined` where the workflow cannot be called. */
export function readInputs(on: TemplateToken | undefined): InputDefinition[] | undefined {
  if (on === undefined) return undefined;
  if (!isMapping(on)) return textsOf(on).includes("workflow_call") ? [] : undefined;
  const call = entriesOf(on).find((entry) => entry.key === "workflow_call");
  if (call === undefined) return undefined;
  const inputs = entriesOf(call.value).find((entry) => entry.key === "inputs");
  return entriesOf(inputs?.value).map((entry) => {
    const fields = new Map(entriesOf(entry.value).map((field) => [field.key, field.value]));
    const fallback = fields.get("default");
    return { name: entry.key, type: textOf(fields.get("type")) ?? "string", ...(fallback === undefined ? {} : { default: fallback }) };
  });
}

function problem(place: Place, severity: Problem["severity"], code: string, text: string, fix: string): Problem {
  return { ...place, severity, code, text, fix };
}

function filterProblems(trigger: Trigger): Problem[] {
  const found: Problem[] = [];
  for (const [only, ignore] of EXCLUSIVE) {
    const left = trigger.filters[only];
    const right = trigger.filters[ignore];
    if (left !== undefined && right !== undefined) {
      found.push(
        problem(
          right.place,
          "error",
          "filter-exclusive",
          `\`${only}\` and \`${ignore}\` stand together under \`${trigger.event}\`; GitHub takes one of them`,
          `keep \`${only}\` and write what to leave out as patterns with a leading "!"`,
        ),
      );
    }
    if (left !== undefined && left.patterns.length > 0 && left.patterns.every((pattern) => pattern.startsWith("!"))) {
      found.push(
        problem(
          left.place,
          "error",
          "filter-only-negative",
          `\`${only}\` under \`${trigger.event}\` takes away but names nothing to take it from, so it matches nothing`,
          `add a pattern without "!" before them, or use \`${ignore}\``,
        ),
      );
    }
  }
  return found;
}

function patternProblems(event: string, filter: FilterName, token: TemplateToken, file: string): Problem[] {
  return itemsOf(token).flatMap((item) => {
    const pattern = textOf(item) ?? "";
    const place = placeOf(file, item);
    const where = `the pattern ${JSON.stringify(pattern)} in \`${filter}\` under \`${event}\``;
    try {
      patternToRegExp(pattern.startsWith("!") ? pattern.slice(1) : pattern);
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      return [
        problem(place, "error", "filter-pattern", `${where} is none: ${error.message}`, "write a filter pattern as GitHub defines it"),
      ];
    }
    if (filter.startsWith("paths") && /^!?\.?\//u.test(pattern)) {
      const fix = "write the path from the repository's root, without a leading slash or dot";
      return [problem(place, "warning", "filter-never-matches", `${where} matches no path`, fix)];
    }
    return [];
  });
}

/** A tag push and the publishing of the release of that tag are two events: the workflow runs twice for one release. */
function releaseProblems(triggers: readonly Trigger[]): Problem[] {
  const push = triggers.find((trigger) => trigger.event === "push");
  const release = triggers.find((trigger) => trigger.event === "release");
  if (push?.filters.tags === undefined || release === undefined) return [];
  const types = release.filters.types?.patterns ?? ["published"];
  if (!types.some((type) => type === "published" || type === "released" || type === "created")) return [];
  return [
    problem(
      release.place,
      "warning",
      "release-runs-twice",
      "the workflow runs for the push of a tag and again for the release made from that tag, so it publishes twice",
      "keep one of the two: `push` with `tags`, or `release`",
    ),
  ];
}
