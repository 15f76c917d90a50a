/** Judges requests and answers by GitHub's description. Validators are compiled when first needed: all of them would take 30 s. */
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import addFormatsModule from "ajv-formats";
import type { Description, Operation, Parameter, Schema } from "./description.ts";
import { ApiError } from "./errors.ts";

// The module is CommonJS whose export is the function itself under Node, and `{ default }` to the type checker.
const addFormats = addFormatsModule as unknown as (ajv: Ajv) => void;

const BASE = "https://gatehouse.invalid/description.json";

export class Validation {
  private readonly ajv: Ajv;
  private readonly coercing: Ajv;
  private readonly compiled = new Map<string, ValidateFunction>();

  constructor(description: Description) {
    const options = { strict: false, allErrors: true, validateFormats: true, inlineRefs: false, formats: { "repo.nwo": true } } as const;
    this.ajv = new Ajv(options);
    this.coercing = new Ajv({ ...options, coerceTypes: "array", useDefaults: true });
    for (const ajv of [this.ajv, this.coercing]) {
      addFormats(ajv);
      ajv.addSchema({ $id: BASE, components: { schemas: description.schemas } });
    }
  }

  private validator(ajv: Ajv, key: string, schema: Schema): ValidateFunction {
    const known = this.compiled.get(key);
    if (known) return known;
    const made = ajv.compile(absolute(schema) as Schema);
    this.compiled.set(key, made);
    return made;
  }

  /**
   * Path and query values in the description's types, with its defaults.
   * @throws ApiError 404 for a path value that cannot be, 422 for a query value.
   */
  parameters(operation: Operation, path: Readonly<Record<string, string>>, query: URLSearchParams): ParameterValues {
    const pathValues = this.coerce(operation, "path", { ...path });
    if (Array.isArray(pathValues)) throw new ApiError(404, "Not Found");
    const asked: Record<string, unknown> = {};
    for (const name of new Set(query.keys())) {
      const all = query.getAll(name);
      asked[name.replace(/\[\]$/, "")] = all.length > 1 || name.endsWith("[]") ? all : all[0];
    }
    const queryValues = this.coerce(operation, "query", asked);
    if (Array.isArray(queryValues)) throw invalidRequest(queryValues);
    return { path: pathValues as Record<string, string | number>, query: queryValues };
  }

  private coerce(operation: Operation, where: Parameter["in"], values: Record<string, unknown>): Record<string, unknown> | ErrorObject[] {
    const wanted = operation.parameters.filter((parameter) => parameter.in === where);
    const schema = {
      type: "object",
      properties: Object.fromEntries(wanted.map(({ name, schema: own }) => [name, fromText(own)])),
      required: wanted.filter((parameter) => parameter.required).map((parameter) => parameter.name),
    };
    const validate = this.validator(this.coercing, `${where} ${operation.method} ${operation.path}`, schema);
    return validate(values) ? values : (validate.errors ?? []);
  }

  /** @throws ApiError 422 "Invalid request." naming each field at fault, as GitHub does. */
  body(operation: Operation, body: unknown): void {
    if (!operation.body) return;
    if (body === undefined) {
      if (operation.body.required && requiresFields(operation.body.schema)) throw new ApiError(400, "Problems parsing JSON");
      return;
    }
    const validate = this.validator(this.ajv, `body ${operation.operationId}`, operation.body.schema);
    if (!validate(body)) throw invalidRequest(validate.errors ?? []);
  }

  /** What is wrong with an answer of ours by the description; empty when nothing is. */
  answer(operation: Operation, status: number, body: unknown): string[] {
    const described = operation.responses[String(status)];
    if (described === undefined) {
      return status >= 400 ? [] : [`status ${status} is not among ${Object.keys(operation.responses).join(", ")}`];
    }
    if (described === null) return body === undefined || status >= 300 ? [] : [`status ${status} has no body in the description`];
    if (body === undefined) return status >= 400 ? [] : [`status ${status} needs a body`];
    const validate = this.validator(this.ajv, `answer ${operation.operationId} ${status}`, described);
    return validate(body)
      ? []
      : (validate.errors ?? []).map((error) => `${error.instancePath || "/"} ${error.message ?? ""}${detail(error)}`);
  }
}

export interface ParameterValues {
  readonly path: Record<string, string | number>;
  readonly query: Record<string, unknown>;
}

/** Text of an address fits a number and a text alike: `oneOf` the two (`workflow_id`) would fit neither. */
function fromText({ oneOf, ...schema }: Schema): Schema {
  return oneOf === undefined ? schema : { ...schema, anyOf: oneOf };
}

/** References of a schema made absolute, so that it can stand outside the description. */
function absolute(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(absolute);
  if (node === null || typeof node !== "object") return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, key === "$ref" && typeof value === "string" ? BASE + value : absolute(value)]),
  );
}

const requiresFields = (schema: Schema): boolean => Array.isArray(schema["required"]) && schema["required"].length > 0;

function detail(error: ErrorObject): string {
  const { additionalProperty, allowedValues } = error.params as { additionalProperty?: string; allowedValues?: unknown[] };
  if (additionalProperty !== undefined) return ` (${additionalProperty})`;
  return allowedValues ? ` (${allowedValues.join(", ")})` : "";
}

/** GitHub's words for a body that its description refuses. */
function invalidRequest(errors: readonly ErrorObject[]): ApiError {
  const lines = [...new Set(errors.map(sentence))];
  return new ApiError(422, `Invalid request.\n\n${lines.join("\n")}`);
}

function sentence(error: ErrorObject): string {
  const pointer = error.instancePath.replace(/^\//, "").replace(/\/(\d+)/g, "/$1");
  const { missingProperty, additionalProperty, allowedValues, type } = error.params as Record<string, unknown>;
  const field = pointer === "" ? "request" : `properties/${pointer}`;
  if (typeof missingProperty === "string") {
    return pointer === "" ? `"${missingProperty}" wasn't supplied.` : `For '${field}', "${missingProperty}" wasn't supplied.`;
  }
  if (typeof additionalProperty === "string") return `"${additionalProperty}" is not a permitted key.`;
  if (Array.isArray(allowedValues)) return `For '${field}', the value is not a member of ${JSON.stringify(allowedValues)}.`;
  if (typeof type === "string") return `For '${field}', the value is not ${/^[aeiou]/.test(type) ? "an" : "a"} ${type}.`;
  return `For '${field}', the value ${error.message ?? "is not valid"}.`;
}
