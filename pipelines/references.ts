/** Which members of a context, such as `secrets` or `vars`, a text of a workflow file uses. */
import { data } from "@actions/expressions";
import { parseExpression } from "./expressions.ts";
import { Binary, ContextAccess, FunctionCall, Grouping, IndexAccess, Literal, Logical, Unary, type Expr } from "./expression-nodes.ts";

/** Stands for "any of them": the whole context is used, as in `toJSON(secrets)`, or its member is computed. */
export const ANY_MEMBER = "*";

/**
 * Names of a context's members that a value uses, in order, each once, in upper case as GitHub keeps them.
 *
 * @param isCondition The value is an `if:`, which is an expression also without `${{ }}`.
 */
export function membersUsed(context: string, text: string, isCondition = false): string[] {
  const expressions = isCondition && !text.includes("${{") ? [text] : expressionsIn(text);
  const names = new Set<string>();
  for (const expression of expressions) {
    let tree: Expr;
    try {
      tree = parseExpression(expression);
    } catch {
      // Not an expression: the workflow's own problems tell it with its place. Whatever it would have used counts as used.
      if (expression.toLowerCase().includes(`${context}.`)) names.add(ANY_MEMBER);
      continue;
    }
    for (const name of walk(tree, context)) names.add(name);
  }
  return [...names];
}

/** The expressions between `${{` and `}}`; braces inside of a quoted string end nothing. */
export function expressionsIn(text: string): string[] {
  const found: string[] = [];
  for (let start = text.indexOf("${{"); start >= 0; start = text.indexOf("${{", start + 3)) {
    let quoted = false;
    for (let index = start + 3; index < text.length; index += 1) {
      if (text.charAt(index) === "'") quoted = !quoted;
      if (quoted || !text.startsWith("}}", index)) continue;
      found.push(text.slice(start + 3, index));
      break;
    }
  }
  return found;
}

function* walk(expression: Expr, context: string): Generator<string> {
  if (expression instanceof ContextAccess) {
    if (isContext(expression, context)) yield ANY_MEMBER;
  } else if (expression instanceof IndexAccess) {
    const { expr: object, index } = expression;
    if (object instanceof ContextAccess && isContext(object, context)) {
      yield index instanceof Literal && index.literal instanceof data.StringData ? index.literal.value.toUpperCase() : ANY_MEMBER;
    } else {
      yield* walk(object, context);
    }
    yield* walk(index, context);
  } else if (expression instanceof FunctionCall || expression instanceof Logical) {
    for (const argument of expression.args) yield* walk(argument, context);
  } else if (expression instanceof Binary) {
    yield* walk(expression.left, context);
    yield* walk(expression.right, context);
  } else if (expression instanceof Unary) {
    yield* walk(expression.expr, context);
  } else if (expression instanceof Grouping) {
    yield* walk(expression.group, context);
  }
}

function isContext(access: ContextAccess, context: string): boolean {
  return access.name.lexeme.toLowerCase() === context;
}
