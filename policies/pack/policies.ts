/** One rule as one CrossGuard policy. */
import * as crossguard from "@pulumi/policy";
import type {
  PolicyConfigSchema,
  PolicyResourceOptions,
  ReportViolation,
  ResourceValidation,
  ResourceValidationPolicy,
  StackValidation,
  StackValidationPolicy,
} from "@pulumi/policy";
import { workflowFacts } from "../../pipelines/facts.ts";
import { isWorkflowFile } from "../../pipelines/workflow-file.ts";
import { applyExceptions, type Answer } from "../rules/exceptions.ts";
import { readSettings, type Result, type Settings } from "../rules/index.ts";
import { Declaration, github, Stack, UNKNOWN } from "../rules/declaration.ts";
import { levelOf, resolveConfig } from "../rules/config.ts";
import { judgeOne, judgeWorkflow } from "../rules/judge.ts";
import { guarded } from "./unpack.ts";
import type { Config, ResourceRule, Rule, StackRule, WorkflowRule } from "../rules/rule.ts";

/** Left out of its type declarations, and how it knows that something is unknown. */
const { UnknownValueError } = crossguard as unknown as { UnknownValueError: new (sentinel: unknown, path: readonly string[]) => Error };

/** Pulumi's mark for a text that is known only after the update. */
const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** What CrossGuard tells of a resource, in a resource policy and in a stack policy. */
interface Told {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly props: Readonly<Record<string, unknown>>;
  readonly opts: PolicyResourceOptions;
}

export function policyOf(rule: Rule): ResourceValidationPolicy | StackValidationPolicy {
  const common = {
    name: rule.id,
    displayName: rule.title,
    description: `${rule.title}. ${rule.why}`,
    severity: rule.severity,
    remediationSteps: rule.fix,
    enforcementLevel: levelOf({ rule: rule.id, severity: rule.severity }, {}),
    configSchema: schemaOf(rule),
  };
  if (rule.kind === "stack") return { ...common, validateStack: stackValidation(rule) };
  return { ...common, validateResource: rule.kind === "workflow" ? workflowValidation(rule) : resourceValidation(rule) };
}

function resourceValidation(rule: ResourceRule): ResourceValidation {
  return only(rule.types, (args, report) => {
    if (!rule.types.includes(args.type)) return;
    const { config, settings } = configured(rule, args.getConfig());
    const resource = declarationOf(args);
    say(judgeOne(rule, resource, new Stack([resource]), config), settings, report);
  });
}

/** A workflow file is a resource of its own in a program that writes files. */
function workflowValidation(rule: WorkflowRule): ResourceValidation {
  const type = github("RepositoryFile");
  return only([type], (args, report) => {
    if (args.type !== type) return;
    const declared = declarationOf(args);
    const [file, text, repository] = [declared.text("file"), declared.text("content"), declared.text("repository")];
    if (file === undefined || text === undefined || !isWorkflowFile(file)) return;
    const { config, settings } = configured(rule, args.getConfig());
    say(judgeWorkflow(rule, { repository: repository ?? args.name, facts: workflowFacts({ file, text }) }, config), settings, report);
  });
}

function stackValidation(rule: StackRule): StackValidation {
  const validate: StackValidation = (args, report) => {
    const { config, settings } = configured(rule, args.getConfig());
    const stack = new Stack(args.resources.map(declarationOf), { isPart: true });
    const subjects = rule.types.flatMap((type) => stack.all(type));
    say(
      subjects.flatMap((resource) => judgeOne(rule, resource, stack, config)),
      settings,
      report,
    );
  };
  return validate;
}

/** CrossGuard asks this before it unpacks a resource: with some sixty policies that is most of its work. */
function only(types: readonly string[], validation: ResourceValidation): ResourceValidation {
  return types.length === 1 ? Object.assign(validation, { __pulumiType: types[0] }) : validation;
}

interface Configured {
  readonly config: Config;
  readonly settings: Settings;
}

const configurations = new Map<string, Configured>();

/** CrossGuard asks for each resource anew; it is the same all the time. */
function configured(rule: Rule, given: Readonly<Record<string, unknown>>): Configured {
  const key = `${rule.id} ${JSON.stringify(given)}`;
  const before = configurations.get(key);
  if (before !== undefined) return before;
  const settings = readSettings({ [rule.id]: given });
  const result = { config: resolveConfig([rule], settings).get(rule.id) ?? {}, settings };
  configurations.set(key, result);
  return result;
}

/** Tells the engine what was found. What is not known yet ends with the error by which CrossGuard knows it. */
function say(results: readonly Result[], settings: Settings, report: ReportViolation): void {
  const answers = applyExceptions(results, settings, new Date().toISOString().slice(0, 10), false);
  for (const answer of answers) {
    if (answer.verdict === "fail" || answer.verdict === "error") report(wordsOf(answer), answer.urn);
  }
  const unknown = answers.find(({ verdict }) => verdict === "unknown");
  if (unknown !== undefined) throw new UnknownValueError(unknownText, [unknown.message]);
}

function wordsOf({ file, line, path, message }: Answer): string {
  const place = [file === undefined ? [] : [`${file}${line === undefined ? "" : `:${line}`}`], path ?? []].flat().join(" ");
  return place === "" ? message : `${place}: ${message}`;
}

const declarations = new WeakMap<object, Declaration>();

/** A resource as rules see it, made once for all policies. */
function declarationOf({ type, name, urn, props, opts }: Told): Declaration {
  const before = declarations.get(guarded(props));
  if (before !== undefined) return before;
  const properties = plain(props) as Record<string, unknown>;
  const { protect, ignoreChanges } = opts;
  // Providers' own defaults are no properties of the program.
  delete properties["__defaults"];
  const parent = opts.parent ?? "";
  const declaration = new Declaration({
    type,
    name,
    urn,
    properties,
    protect,
    retainOnDelete: UNKNOWN,
    parent,
    ignoreChanges,
    tellsSecrets: false,
  });
  declarations.set(guarded(props), declaration);
  return declaration;
}

/** A copy of what CrossGuard guards with a proxy: reading what is unknown throws there, and is `UNKNOWN` here. */
function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const copy = Object.keys(value).map((key) => [key, member(value as Record<string, unknown>, key)] as const);
  return Array.isArray(value) ? copy.map(([, inner]) => inner) : Object.fromEntries(copy);
}

function member(owner: Record<string, unknown>, key: string): unknown {
  try {
    return plain(owner[key]);
  } catch (error) {
    if (error instanceof UnknownValueError) return UNKNOWN;
    throw error;
  }
}

function schemaOf({ config = {} }: Rule): PolicyConfigSchema {
  const text = { type: "string" } as const;
  const exception = {
    type: "object",
    properties: { subject: text, owner: text, reason: text, expires: text },
    required: ["subject", "owner", "reason", "expires"],
  } as const;
  const parameters = Object.entries(config).map(([name, { items, ...rest }]) => [
    name,
    { ...rest, ...(items !== undefined && { items: { ...items } }), ...("enum" in rest && { enum: [...(rest.enum ?? [])] }) },
  ]);
  return {
    properties: {
      ...(Object.fromEntries(parameters) as PolicyConfigSchema["properties"]),
      exceptions: { type: "array", description: "Failures that somebody answers for until a day.", items: exception as never },
    },
  };
}
