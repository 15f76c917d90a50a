/**
 * GitHub's own description of its REST API (`@octokit/openapi`, Enterprise Cloud), cut to what the server needs: every operation's
 * address and name, and for those with a handler also the schemas that they reach. The cut is kept in the cache folder under a key of
 * its inputs, since the whole description is 14 MB.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Deviation, deviations } from "./deviations.ts";

export type Schema = Record<string, unknown>;

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
  readonly schema: Schema;
  /** The value may hold slashes: `{path}`, `{ref}`, `{branch}`. */
  readonly "x-multi-segment"?: boolean;
}

export interface Operation {
  readonly operationId: string;
  readonly method: string;
  readonly path: string;
  readonly documentationUrl: string;
  readonly parameters: readonly Parameter[];
  /** Absent when the operation takes no body or has no handler. */
  readonly body?: { readonly required: boolean; readonly schema: Schema };
  /** JSON schema by status; `null` where the description gives a status without a JSON body. */
  readonly responses: Readonly<Record<string, Schema | null>>;
}

export interface Description {
  readonly operations: readonly Operation[];
  readonly schemas: Readonly<Record<string, Schema>>;
}

interface RawOperation {
  readonly operationId: string;
  readonly externalDocs?: { readonly url: string };
  readonly parameters?: readonly (Parameter | { $ref: string })[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Record<string, { schema?: Schema }> };
  readonly responses: Record<string, RawResponse | { $ref: string }>;
}

interface RawResponse {
  readonly content?: Record<string, { schema?: Schema }>;
}

interface RawDescription {
  readonly paths: Record<string, Record<string, RawOperation>>;
  readonly components: { schemas: Record<string, Schema>; parameters: Record<string, Parameter>; responses: Record<string, RawResponse> };
}

const FORMAT = 1;

/** The description cut to `handled` operations, with the deviations applied. `cache` is a folder that may be deleted at any time. */
export function loadDescription(handled: readonly string[], cache: string): Description {
  const file = createRequire(import.meta.url).resolve("@octokit/openapi/generated/ghec.json");
  const version = readFileSync(join(file, "../../package.json"), "utf8");
  const key = createHash("sha256")
    .update(
      JSON.stringify([FORMAT, version, [...handled].sort(), deviations.map((deviation) => [deviation.id, deviation.apply.toString()])]),
    )
    .digest("hex");
  const cached = join(cache, `description-${key.slice(0, 16)}.json`);
  if (existsSync(cached)) return JSON.parse(readFileSync(cached, "utf8")) as Description;
  const description = cut(JSON.parse(readFileSync(file, "utf8")) as RawDescription, new Set(handled), deviations);
  mkdirSync(cache, { recursive: true });
  const unfinished = `${cached}.${process.pid}`;
  writeFileSync(unfinished, JSON.stringify(description));
  renameSync(unfinished, cached);
  return description;
}

function cut(raw: RawDescription, handled: ReadonlySet<string>, changes: readonly Deviation[]): Description {
  const operations = Object.entries(raw.paths).flatMap(([path, methods]) =>
    // The three-dot form of `compare` is the same address as `{basehead}`.
    path.includes("{base}...{head}")
      ? []
      : Object.entries(methods).map(([method, operation]) => read(raw, path, method, operation, handled)),
  );
  const schemas = structuredClone(raw.components.schemas);
  const whole = { operations, schemas };
  for (const deviation of changes) deviation.apply(whole);
  const kept = reachable(operations, schemas);
  for (const schema of Object.values(kept)) tidy(schema);
  for (const operation of operations) tidy(operation as unknown as Schema);
  return { operations, schemas: kept };
}

function read(raw: RawDescription, path: string, method: string, operation: RawOperation, handled: ReadonlySet<string>): Operation {
  const name = ($ref: string): string => $ref.slice($ref.lastIndexOf("/") + 1);
  const parameters = (operation.parameters ?? []).map((entry) => ("$ref" in entry ? raw.components.parameters[name(entry.$ref)] : entry));
  const known = handled.has(operation.operationId);
  const wanted = parameters.filter((entry): entry is Parameter => entry !== undefined && (known || entry.in === "path"));
  const json = (content: Record<string, { schema?: Schema }> | undefined): Schema | null => {
    const media = Object.entries(content ?? {}).find(([type]) => type.endsWith("json"))?.[1];
    return media?.schema ?? null;
  };
  const responses = Object.entries(operation.responses).map(([status, response]): [string, Schema | null] => {
    const resolved = "$ref" in response ? raw.components.responses[name(response.$ref)] : response;
    return [status, json(resolved?.content)];
  });
  const schema = json(operation.requestBody?.content);
  return {
    operationId: operation.operationId,
    method: method.toUpperCase(),
    path,
    documentationUrl: operation.externalDocs?.url.replace("enterprise-cloud@latest/", "") ?? "https://docs.github.com/rest",
    parameters: wanted.map((entry) => ({
      name: entry.name,
      in: entry.in,
      required: entry.required ?? false,
      schema: known ? entry.schema : {},
      ...(entry["x-multi-segment"] ? { "x-multi-segment": true } : {}),
    })),
    ...(known && schema ? { body: { required: operation.requestBody?.required ?? false, schema } } : {}),
    responses: known ? Object.fromEntries(responses) : {},
  };
}

const REFERENCE = "#/components/schemas/";

function reachable(operations: readonly Operation[], schemas: Readonly<Record<string, Schema>>): Record<string, Schema> {
  const kept: Record<string, Schema> = {};
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit);
    else if (node !== null && typeof node === "object") {
      for (const [key, value] of Object.entries(node)) {
        if (key === "$ref" && typeof value === "string" && value.startsWith(REFERENCE)) keep(value.slice(REFERENCE.length));
        else visit(value);
      }
    }
  };
  const keep = (name: string): void => {
    const schema = schemas[name];
    if (kept[name] || !schema) return;
    kept[name] = schema;
    visit(schema);
  };
  visit(["basic-error", "validation-error"].map((name) => ({ $ref: REFERENCE + name })));
  visit(operations);
  return kept;
}

const PROSE = ["example", "examples", "description", "summary", "title", "externalDocs", "discriminator"];

/**
 * Rewrites OpenAPI 3.0 to what Ajv understands, in place, and drops prose. `nullable` beside no `type` is an error to Ajv (135 places):
 * it becomes a choice of the schema or null; beside an `enum` without null it would refuse null, so null is added there.
 */
function tidy(node: Schema): void {
  if (!isSchemaMap(node)) for (const key of PROSE) Reflect.deleteProperty(node, key);
  for (const value of Object.values(node)) {
    for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (typeof item === "object" && item !== null && !Array.isArray(item)) tidy(item as Schema);
    }
  }
  if (node["nullable"] !== true) return;
  if (Array.isArray(node["enum"]) && !node["enum"].includes(null)) node["enum"] = [...(node["enum"] as unknown[]), null];
  if (node["type"] !== undefined) return;
  const rest = { ...node };
  delete rest["nullable"];
  for (const key of Object.keys(node)) Reflect.deleteProperty(node, key);
  node["anyOf"] = [rest, { enum: [null] }];
}

/** A map from property names to schemas: its keys are names that somebody chose, not keywords, such as a property called "description". */
function isSchemaMap(node: Schema): boolean {
  return Object.values(node).every((value) => typeof value === "object" && value !== null && !Array.isArray(value));
}
