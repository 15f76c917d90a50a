/**
 * Evaluates expressions before anything runs: what is known gives a value, what is not stays unknown with the name of what it depends on.
 * GitHub's own lexer, parser and operators do the work; this adds only the unknown.
 */
import { data, Lexer, Parser, wellKnownFunctions } from "@actions/expressions";
import { once } from "../model/once.ts";
import {
  Binary,
  ContextAccess,
  Evaluator,
  FilteredArray,
  FunctionCall,
  Grouping,
  IndexAccess,
  Literal,
  Logical,
  Star,
  Unary,
  type Expr,
  type ExprVisitor,
} from "./expression-nodes.ts";
import { dependencies, known, knownBoolean, NULL, truth, unknown, withGitHubNumbers, type Unknown, type Value } from "./values.ts";

/** What an expression may see: contexts such as `github` by name, and the status functions. */
export interface Scope {
  readonly contexts: ReadonlyMap<string, Value>;
  /** `success`, `failure`, `cancelled` and `always`. */
  readonly functions: ReadonlyMap<string, Value>;
}

const CONTEXTS = ["github", "env", "vars", "job", "jobs", "steps", "runner", "secrets", "strategy", "matrix", "needs", "inputs"];
const FUNCTIONS = ["always", "success", "failure", "cancelled", "hashFiles"].map((name) => ({ name, minArgs: 0, maxArgs: 255 }));

/**
 * Reads an expression given without `${{ }}`; nobody changes what comes back.
 *
 * @throws Error if the text is not an expression. The parser of the workflow file has reported that already, with its place.
 */
export function parseExpression(text: string): Expr {
  return parseOnce("", text);
}

/** A few conditions make up most of all workflows: `success()` alone is asked for each job and each case. */
const parseOnce = once((_file, text) => new Parser(new Lexer(text).lex().tokens, CONTEXTS, FUNCTIONS).parse());

/** Evaluates an expression given without `${{ }}`. One that cannot be evaluated is unknown, with the reason. */
export function evaluate(text: string, scope: Scope): Value {
  try {
    return new PartialEvaluator(scope).value(parseExpression(text));
  } catch (error) {
    return unknown(`an expression that cannot be evaluated (${error instanceof Error ? error.message : String(error)})`);
  }
}

class PartialEvaluator implements ExprVisitor<Value> {
  readonly #scope: Scope;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  value(expression: Expr): Value {
    return expression.accept(this);
  }

  visitLiteral(literal: Literal): Value {
    return known(withGitHubNumbers(literal.literal));
  }

  visitGrouping(grouping: Grouping): Value {
    return this.value(grouping.group);
  }

  visitUnary(unary: Unary): Value {
    const operand = this.value(unary.expr);
    const truthy = truth(operand);
    return truthy === undefined ? unknown(dependencies(operand)) : knownBoolean(!truthy);
  }

  visitBinary(binary: Binary): Value {
    const left = this.value(binary.left);
    const right = this.value(binary.right);
    if (left.kind === "known" && right.kind === "known") {
      const folded = new Binary(new Literal(left.data, binary.operator), binary.operator, new Literal(right.data, binary.operator));
      return known(new Evaluator(folded, new data.Dictionary()).evaluate());
    }
    const equality = binary.operator.lexeme === "==" ? true : binary.operator.lexeme === "!=" ? false : undefined;
    if (equality !== undefined && cannotBeEqual(left, right)) return knownBoolean(!equality);
    return unknown([...dependencies(left), ...dependencies(right)]);
  }

  visitLogical(logical: Logical): Value {
    const isAnd = logical.operator.lexeme === "&&";
    const open: Value[] = [];
    let last: Value = NULL;
    for (const argument of logical.args) {
      last = this.value(argument);
      const truthy = truth(last);
      if (truthy === undefined) {
        open.push(last);
      } else if (truthy !== isAnd) {
        // This operand ends the chain. With an open one before it, which of the two is the result is open, but not its truth.
        return open.length === 0 ? last : unknown([...open, last].flatMap(dependencies), { truth: truthy });
      }
    }
    return open.length === 0 ? last : unknown(open.flatMap(dependencies));
  }

  visitContextAccess(access: ContextAccess): Value {
    const name = access.name.lexeme.toLowerCase();
    return this.#scope.contexts.get(name) ?? unknown(name);
  }

  visitIndexAccess(access: IndexAccess): Value {
    const object = this.value(access.expr);
    if (access.index instanceof Star) {
      return object.kind === "known"
        ? known(star(object.data))
        : unknown(
            dependencies(object).map((name) => `${name}.*`),
            { truth: true },
          );
    }
    const index = this.value(access.index);
    if (index.kind !== "known") return unknown([...dependencies(object), ...dependencies(index)]);
    const name = index.data.coerceString();
    if (object.kind === "partial") return object.members.get(name.toLowerCase()) ?? nameMember(object.rest, object.about, name);
    if (object.kind === "unknown") return unknown(object.about.map((about) => `${about}.${name}`));
    return known(memberOf(object.data, index.data));
  }

  visitFunctionCall(call: FunctionCall): Value {
    const name = call.functionName.lexeme.toLowerCase();
    const status = this.#scope.functions.get(name);
    if (status !== undefined) return status;
    const values = call.args.map((argument) => this.value(argument));
    if (name === "hashfiles") return unknown("the files of the checkout");
    const [first, second] = values;
    if (values.every((value) => value.kind === "known")) {
      const definition = wellKnownFunctions[name];
      if (definition === undefined) return unknown(`the function ${name}()`);
      return known(withGitHubNumbers(definition.call(...values.map((value) => value.data))));
    }
    if (name === "startswith" && first?.kind === "unknown" && second?.kind === "known") {
      const answer = startsWith(first, second.data.coerceString());
      if (answer !== undefined) return knownBoolean(answer);
    }
    return unknown(values.flatMap(dependencies));
  }
}

/** Is there no string that both could be? Text is compared the way expressions do: without regard to case. */
function cannotBeEqual(left: Value, right: Value): boolean {
  const [open, fixed] = left.kind === "known" ? [right, left] : [left, right];
  if (open.kind !== "unknown" || fixed.kind !== "known" || fixed.data.kind !== data.Kind.String) return false;
  const text = fixed.data.coerceString().toUpperCase();
  if (open.oneOf !== undefined && !open.oneOf.some((candidate) => candidate.toUpperCase() === text)) return true;
  return !text.startsWith((open.prefix ?? "").toUpperCase()) || !text.endsWith((open.suffix ?? "").toUpperCase());
}

function startsWith(open: Unknown, text: string): boolean | undefined {
  const wanted = text.toUpperCase();
  if (open.oneOf !== undefined) {
    const answers = new Set(open.oneOf.map((candidate) => candidate.toUpperCase().startsWith(wanted)));
    if (answers.size === 1) return answers.has(true);
  }
  if (open.prefix === undefined) return undefined;
  const prefix = open.prefix.toUpperCase();
  if (prefix.startsWith(wanted)) return true;
  return wanted.startsWith(prefix) ? undefined : false;
}

function nameMember(rest: Value, object: string, member: string): Value {
  return rest.kind === "unknown" && rest.truth === undefined ? { ...rest, about: [`${object}.${member}`] } : rest;
}

/** One member of known data; nothing is there: null, as in any expression. */
function memberOf(object: data.ExpressionData, index: data.ExpressionData): data.ExpressionData {
  if (object instanceof FilteredArray) {
    const result = new FilteredArray();
    for (const item of object.values()) {
      const member = memberOf(item, index);
      if (member.kind !== data.Kind.Null) result.add(member);
    }
    return result;
  }
  if (object instanceof data.Dictionary) return object.get(index.coerceString()) ?? new data.Null();
  const position = Math.floor(index.number());
  return (object instanceof data.Array && position >= 0 ? object.values()[position] : undefined) ?? new data.Null();
}

/** `.*`: all members, of which a further member takes each one's. After another `.*` it is the members of all of them. */
function star(value: data.ExpressionData): data.ExpressionData {
  const of = (one: data.ExpressionData): data.ExpressionData[] =>
    one instanceof data.Dictionary || one instanceof data.Array ? one.values() : [];
  return new FilteredArray(...(value instanceof FilteredArray ? value.values().flatMap(of) : of(value)));
}
