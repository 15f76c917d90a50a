/** The nodes of GitHub's expression tree in one place: the package's entry point exports the parser but not what it makes. */
export { Binary, ContextAccess, FunctionCall, Grouping, IndexAccess, Literal, Logical, Star, Unary } from "@actions/expressions/ast";
export type { Expr, ExprVisitor } from "@actions/expressions/ast";
export { Evaluator } from "@actions/expressions";
export { FilteredArray } from "@actions/expressions/filtered_array";
