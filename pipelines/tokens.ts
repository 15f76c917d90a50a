/** Reads the parser's token tree: the one place that knows how GitHub's workflow parser hands over a file. */
import { isBasicExpression, isBoolean, isMapping, isNumber, isSequence, isString } from "@actions/workflow-parser";
import { data } from "@actions/expressions";
import type { BasicExpressionToken, MappingToken, TemplateToken } from "@actions/workflow-parser/templates/tokens/index";
import { parse } from "yaml";
import { evaluate, type Scope } from "./expressions.ts";
import { GitHubNumber } from "./names.ts";
import { dependencies, known, unknown, type Value } from "./values.ts";
import type { Place } from "./workflow.ts";

export { isBasicExpression, isMapping, isSequence, isString };
export type { BasicExpressionToken, MappingToken, TemplateToken };

/** Where a token stands. Tokens that the parser makes up itself have no place: then line 1. */
export function placeOf(file: string, token: TemplateToken | undefined): Place {
  return { file, line: token?.range?.start.line ?? 1, column: token?.range?.start.column ?? 1 };
}

/** Keys and values of a mapping in order; nothing for any other token. */
export function entriesOf(
  token: TemplateToken | undefined,
): { readonly key: string; readonly keyToken: TemplateToken; readonly value: TemplateToken }[] {
  if (token === undefined || !isMapping(token)) return [];
  return [...iterate(token)].map((pair) => ({ key: textOf(pair.key) ?? "", keyToken: pair.key, value: pair.value }));
}

/** Items of a sequence; a lone scalar counts as one item, as GitHub allows for most lists. */
export function itemsOf(token: TemplateToken | undefined): TemplateToken[] {
  if (token === undefined || isMapping(token)) return [];
  if (!isSequence(token)) return [token];
  return Array.from({ length: token.count }, (_, index) => token.get(index));
}

/** Texts of a list of literals. */
export function textsOf(token: TemplateToken | undefined): string[] {
  return itemsOf(token).flatMap((item) => (isString(item) || isNumber(item) || isBoolean(item) ? [literalText(item)] : []));
}

/** Text of a literal as GitHub reads it; an expression gives its source with the `${{ }}`. */
export function textOf(token: TemplateToken | undefined): string | undefined {
  if (token === undefined) return undefined;
  if (isBasicExpression(token)) return token.source === undefined ? `\${{ ${token.expression} }}` : unquoted(token.source);
  return isString(token) || isNumber(token) || isBoolean(token) ? literalText(token) : undefined;
}

/**
 * The value that a token has once its expressions are evaluated. Unknown as soon as any part of it is; what it depends on says which.
 */
export function valueOf(token: TemplateToken | undefined, scope: Scope): Value {
  if (token === undefined) return known(new data.Null());
  if (isBasicExpression(token)) return evaluate(token.expression, scope);
  if (isString(token)) return known(new data.StringData(token.value));
  if (isNumber(token)) return known(new GitHubNumber(token.value));
  if (isBoolean(token)) return known(new data.BooleanData(token.value));
  if (isSequence(token)) {
    const items = itemsOf(token).map((item) => valueOf(item, scope));
    return combine(items, (values) => new data.Array(...values));
  }
  if (isMapping(token)) {
    const entries = entriesOf(token);
    const keys = entries.map((entry) => valueOf(entry.keyToken, scope));
    const values = entries.map((entry) => valueOf(entry.value, scope));
    return combine([...keys, ...values], (all) => {
      const dictionary = new data.Dictionary();
      for (const [index] of entries.entries()) {
        const key = all[index];
        const value = all[entries.length + index];
        if (key !== undefined && value !== undefined) dictionary.add(key.coerceString(), value);
      }
      return dictionary;
    });
  }
  return known(new data.Null());
}

/** The source of an expression comes with the quotes of the YAML scalar that it stands in. */
function unquoted(source: string): string {
  const text: unknown = /^(?:".*"|'.*')$/su.test(source) ? parse(source) : source;
  return typeof text === "string" ? text : source;
}

function combine(values: readonly Value[], build: (values: data.ExpressionData[]) => data.ExpressionData): Value {
  const all: data.ExpressionData[] = [];
  for (const value of values) {
    if (value.kind !== "known") return unknown(values.flatMap(dependencies));
    all.push(value.data);
  }
  return known(build(all));
}

function* iterate(token: MappingToken): Generator<{ key: TemplateToken; value: TemplateToken }> {
  for (let index = 0; index < token.count; index += 1) yield token.get(index);
}

function literalText(token: { value: string | number | boolean }): string {
  return typeof token.value === "number" ? new GitHubNumber(token.value).coerceString() : String(token.value);
}
