/** GraphQL over HTTP under `/graphql` and `/api/graphql`, by graphql-yoga. A mutation is one transaction, rolled back when it fails. */
import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  OperationTypeNode,
  OverlappingFieldsCanBeMergedRule,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import { createYoga, type Plugin, type YogaServerInstance } from "graphql-yoga";
import { authenticate } from "../core/authentication.ts";
import { isoNow } from "../core/dispatcher.ts";
import { ApiError, requiresAuthentication } from "../core/errors.ts";
import type { Actor } from "../core/family.ts";
import { LimitError } from "../core/faults.ts";
import { headersOf, readAll, send } from "../core/http.ts";
import { RateLimit } from "../core/rate-limit.ts";
import type { Service, Services } from "../core/service.ts";
import type { Store } from "../core/store.ts";
import type { GraphContext } from "./context.ts";
import { graphSchema } from "./schema.ts";

const ADDRESSES = new Set(["/graphql", "/api/graphql"]);
const DOCUMENTATION = "https://docs.github.com/graphql";

interface GraphAnswer {
  readonly status: number;
  readonly text: string;
}

/** Rolls a transaction back and carries the answer out of it. */
class Failed extends Error {
  readonly answer: GraphAnswer;

  constructor(answer: GraphAnswer) {
    super("the mutation failed");
    this.answer = answer;
  }
}

/** The provider asks `name` of App, Team and User at once, whose types differ in nullability: GitHub allows that, the standard rule does not. */
const lenient: Plugin = {
  onValidate: ({ setValidationFn }) => {
    const rules = specifiedRules.filter((rule) => rule !== OverlappingFieldsCanBeMergedRule);
    setValidationFn((schema: GraphQLSchema, document: DocumentNode) => validate(schema, document, rules));
  },
};

export class GraphQlService implements Service {
  private yoga: YogaServerInstance<GraphContext, object> | undefined;
  private readonly limits = new RateLimit();

  private readonly parts: Services;

  constructor(parts: Services) {
    this.parts = parts;
  }

  /** Made at the first request: the schema costs a quarter of a second. */
  private server(): YogaServerInstance<GraphContext, object> {
    this.yoga ??= createYoga<GraphContext, object>({
      schema: graphSchema(),
      plugins: [lenient],
      graphqlEndpoint: "/graphql",
      graphiql: false,
      landingPage: false,
      logging: false,
      maskedErrors: false,
    });
    return this.yoga;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const [path = ""] = (request.url ?? "").split("?", 1);
    if (!ADDRESSES.has(path)) return false;
    const started = performance.now();
    const body = await readAll(request);
    const asked = readOperation(body);
    const operationId = `graphql/${asked.field}`;
    let actor: Actor | undefined;
    let status = 200;
    try {
      actor = authenticate(this.parts.store.reader, headersOf(request)["authorization"]);
      if (actor.kind === "Anonymous") throw requiresAuthentication();
      await this.parts.faults.strike({ operationId, method: "POST", path }, "before");
      const answer = await this.answer(actor, body, asked.mutation);
      await this.parts.faults.strike({ operationId, method: "POST", path }, "after");
      status = answer.status;
      const headers = { ...this.limits.headers(actor.login), "Content-Type": "application/json; charset=utf-8" };
      send(response, status, headers, answer.text);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      status = error.status;
      const limited = error instanceof LimitError && error.primary;
      const headers = {
        ...this.limits.headers(actor?.login ?? "", limited, error instanceof LimitError ? error.waitSeconds : 1),
        ...error.headers,
      };
      send(response, status, { ...headers, "Content-Type": "application/json; charset=utf-8" }, JSON.stringify(error.body(DOCUMENTATION)));
    } finally {
      const ms = Math.round((performance.now() - started) * 10) / 10;
      this.parts.log.add({
        time: isoNow(),
        method: "POST",
        path,
        operationId,
        status,
        actor: actor?.login ?? "",
        ms,
        write: asked.mutation,
      });
    }
    return true;
  }

  private async answer(actor: Actor, body: Buffer, mutation: boolean): Promise<GraphAnswer> {
    if (!mutation) return this.execute(this.parts.store.reader, actor, body);
    try {
      return await this.parts.writes.run(() =>
        this.parts.store.transaction(async (store) => {
          const answer = await this.execute(store, actor, body);
          if ("errors" in (JSON.parse(answer.text) as object)) throw new Failed(answer);
          return answer;
        }),
      );
    } catch (error) {
      if (error instanceof Failed) return error.answer;
      throw error;
    }
  }

  private async execute(store: Store, actor: Actor, body: Buffer): Promise<GraphAnswer> {
    const origin = this.parts.origin();
    const context: GraphContext = { store, git: this.parts.git, actor, apiUrl: `${origin}/api/v3`, htmlUrl: origin, now: isoNow() };
    const answer = await this.server().fetch(
      `${origin}/graphql`,
      // The provider accepts a preview media type only, which yoga would answer with 406.
      { method: "POST", headers: { "content-type": "application/json", accept: "application/json" }, body: body.toString("utf8") },
      context,
    );
    return { status: answer.status, text: githubErrors(await answer.text()) };
  }
}

interface GraphErrors {
  readonly errors?: readonly { readonly extensions?: { readonly type?: string } }[];
}

/** GitHub gives an error's `type` beside its message, not under `extensions`. */
function githubErrors(text: string): string {
  const answer = JSON.parse(text) as GraphErrors;
  if (!answer.errors) return text;
  const errors = answer.errors.map(({ extensions, ...error }) => ({ ...(extensions?.type ? { type: extensions.type } : {}), ...error }));
  return JSON.stringify({ ...answer, errors });
}

/** What a request asks, for the log: whether it is a mutation, and its first field. A text that does not parse is yoga's to refuse. */
function readOperation(body: Buffer): { mutation: boolean; field: string } {
  const nothing = { mutation: false, field: "" };
  let document: DocumentNode;
  try {
    const { query } = JSON.parse(body.toString("utf8")) as { query?: unknown };
    if (typeof query !== "string") return nothing;
    document = parse(query);
  } catch {
    return nothing;
  }
  const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const selection = operation?.selectionSet.selections[0];
  if (!operation || selection?.kind !== Kind.FIELD) return nothing;
  return { mutation: operation.operation === OperationTypeNode.MUTATION, field: selection.name.value };
}
