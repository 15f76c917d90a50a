/** Metadata rules: a text of each commit, or the ref's own name, has to match a pattern. Pure. */
import type { ChangeFacts, CommitFacts } from "./model.ts";

/** Violations of one pattern rule. Without `read` the ref's name is judged, when it is made; with it each commit that the ref gains. */
export function patternViolation(
  facts: ChangeFacts,
  parameters: Readonly<Record<string, unknown>>,
  subject: string,
  read?: (commit: CommitFacts) => string,
): string[] {
  const name = facts.ref.replace(/^refs\/(heads|tags)\//, "");
  const texts = read
    ? facts.commits.map((commit) => ({ text: read(commit), where: commit.sha }))
    : facts.kind === "create"
      ? [{ text: name, where: name }]
      : [];
  const pattern = String(parameters["pattern"]);
  const operator = String(parameters["operator"]);
  const negate = parameters["negate"] === true;
  const failing = texts.filter(({ text }) => holds(operator, pattern, text) === negate);
  if (failing.length === 0) return [];
  const must = `${negate ? "must not" : "must"} ${operator.replace("_", " ")}${operator === "regex" ? " match" : ""} "${pattern}"`;
  return [`The ${subject} ${must}: ${failing.map(({ where }) => where).join(", ")}`];
}

function holds(operator: string, pattern: string, text: string): boolean {
  switch (operator) {
    case "starts_with":
      return text.startsWith(pattern);
    case "ends_with":
      return text.endsWith(pattern);
    case "contains":
      return text.includes(pattern);
    default:
      return matchesExpression(pattern, text);
  }
}

/** A pattern that is no regular expression here matches nothing: what cannot be judged is refused. */
function matchesExpression(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, "m").test(text);
  } catch {
    return false;
  }
}
