/** Which values of the contexts become part of what an expression yields: those that it only compares or asks about do not. */
import { data } from "@actions/expressions";
import { parseExpression } from "./expressions.ts";
import { ContextAccess, FunctionCall, Grouping, IndexAccess, Literal, Logical, Star, type Expr } from "./expression-nodes.ts";

/** Functions whose answer is true, false or a digest, whatever they are given. */
const ASKING: ReadonlySet<string> = new Set([
  "contains",
  "startswith",
  "endswith",
  "hashfiles",
  "always",
  "success",
  "failure",
  "cancelled",
]);

/**
 * Paths of the values that can be in an expression's text, in lower case, with `*` for every member or one that is computed.
 *
 * @param expression Without `${{ }}`. Of one that is none, nothing is told: the workflow's own problems tell that.
 * @example flowsOf("github.event.issue['title'] || 'none'") // ["github.event.issue.title"]
 * @example flowsOf("github.head_ref == 'main' && '--prod'") // []
 */
export function flowsOf(expression: string): string[] {
  try {
    return [...new Set(walk(parseExpression(expression)))];
  } catch {
    return [];
  }
}

function* walk(expression: Expr): Generator<string> {
  if (expression instanceof ContextAccess || expression instanceof IndexAccess) {
    const path = pathOf(expression);
    if (path !== undefined) yield path;
  } else if (expression instanceof Grouping) {
    yield* walk(expression.group);
  } else if (expression instanceof Logical) {
    // `a && b` yields a only where that is empty or false; `a || b` yields either.
    const isAnd = expression.operator.lexeme === "&&";
    for (const argument of isAnd ? expression.args.slice(-1) : expression.args) yield* walk(argument);
  } else if (expression instanceof FunctionCall && !ASKING.has(expression.functionName.lexeme.toLowerCase())) {
    for (const argument of expression.args) yield* walk(argument);
  }
}

/** Undefined where it is a member of no context, such as one of `fromJSON(…)`. */
function pathOf(expression: Expr): string | undefined {
  if (expression instanceof Grouping) return pathOf(expression.group);
  if (expression instanceof ContextAccess) return expression.name.lexeme.toLowerCase();
  if (expression instanceof FunctionCall) {
    // `fromJSON(toJSON(x)).y` is x.y.
    const [inner] = expression.args;
    return /^(from|to)json$/iu.test(expression.functionName.lexeme) && inner !== undefined ? pathOf(inner) : undefined;
  }
  if (!(expression instanceof IndexAccess)) return undefined;
  const owner = pathOf(expression.expr);
  if (owner === undefined) return undefined;
  const { index } = expression;
  const member =
    !(index instanceof Star) && index instanceof Literal && index.literal instanceof data.StringData
      ? index.literal.value.toLowerCase()
      : "*";
  return `${owner}.${member}`;
}
