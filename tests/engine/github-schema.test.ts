/**
 * The GitHub plugin that is built here must be the published one in all that programs see. The published plugin cannot be had where this
 * runs, but the package that was generated from its schema can: every class, argument, type, function and secret in it is compared.
 */
import { expect } from "chai";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import ts from "typescript";
import { ensureBinaries } from "../../local/engine/binaries.ts";
import { PLUGIN_VERSIONS } from "../../local/engine/index.ts";

interface Type {
  readonly type?: string;
  readonly items?: Type;
  readonly additionalProperties?: Type;
  readonly $ref?: string;
  readonly secret?: boolean;
  readonly willReplaceOnChanges?: boolean;
}

type Properties = Readonly<Record<string, Type>>;

interface ObjectType {
  readonly properties?: Properties;
  readonly required?: readonly string[];
  readonly language?: { readonly nodejs?: { readonly requiredOutputs?: readonly string[] } };
}

interface Resource extends ObjectType {
  readonly inputProperties?: Properties;
  readonly requiredInputs?: readonly string[];
  readonly stateInputs?: ObjectType;
}

interface Schema {
  readonly version: string;
  readonly provider: Resource;
  readonly config: { readonly variables: Properties };
  readonly resources: Readonly<Record<string, Resource>>;
  readonly functions: Readonly<Record<string, { readonly inputs?: ObjectType; readonly outputs?: ObjectType }>>;
  readonly types: Readonly<Record<string, ObjectType>>;
}

const sdk = join(import.meta.dirname, "..", "..", "node_modules", "@pulumi", "github");

describe("The GitHub plugin's schema", function () {
  this.timeout(600_000);
  let schema: Schema;
  let ours: ReadonlySet<string>;
  let published: ReadonlySet<string>;

  before(async () => {
    const built = await ensureBinaries(["github-schema.json"], () => undefined);
    schema = JSON.parse(await readFile(built["github-schema.json"], "utf8")) as Schema;
    ours = factsOfSchema(schema);
    published = await factsOfPackage();
  });

  it("is of the version of @pulumi/github, as are all plugins of their packages'", async () => {
    for (const [name, version] of Object.entries(PLUGIN_VERSIONS)) {
      const file = JSON.parse(await readFile(join(sdk, "..", name, "package.json"), "utf8")) as { version: string };
      expect(file.version, name).to.equal(version);
    }
    expect(schema.version).to.equal(PLUGIN_VERSIONS.github);
  });

  for (const kind of ["resource", "property", "argument", "state", "secret", "function", "parameter", "result", "config", "type"]) {
    it(`has every ${kind} of the published package, and no other`, () => {
      const select = (facts: ReadonlySet<string>): string[] => [...facts].filter((fact) => fact.startsWith(`${kind} `)).sort();
      const [left, right] = [select(published), select(ours)];
      expect(left.length, "facts found in the package").to.be.greaterThan(kind === "secret" ? 5 : 10);
      const differences = [
        ...left.filter((fact) => !ours.has(fact)).map((fact) => `only published: ${fact}`),
        ...right.filter((fact) => !published.has(fact)).map((fact) => `only ours:      ${fact}`),
      ];
      expect(differences.join("\n")).to.equal("");
    });
  }

  it("replaces what GitHub cannot change in place, and the organization secrets' repositories", () => {
    const replaced = (resource: string): string[] =>
      Object.entries(
        schema.resources[`github:index/${resource.charAt(0).toLowerCase()}${resource.slice(1)}:${resource}`]?.inputProperties ?? {},
      )
        .filter(([, { willReplaceOnChanges }]) => willReplaceOnChanges === true)
        .map(([name]) => name)
        .sort();
    expect(replaced("ActionsOrganizationSecret")).to.include("selectedRepositoryIds");
    expect(replaced("CodespacesOrganizationSecret")).to.include("selectedRepositoryIds");
    expect(replaced("DependabotOrganizationSecret")).to.include("selectedRepositoryIds");
    expect(replaced("RepositoryEnvironment")).to.include("environment");
    expect(replaced("ActionsSecret")).to.include("secretName");
    expect(replaced("RepositoryRuleset")).to.deep.equal([]);
  });
});

function factsOfSchema(schema: Schema): ReadonlySet<string> {
  const facts = new Set<string>();
  const add = (kind: string, owner: string, properties: Properties = {}, required: readonly string[] = []): void => {
    for (const [name, type] of Object.entries(properties)) {
      facts.add(`${kind} ${owner}.${name}${required.includes(name) ? "" : "?"}: ${text(type)}`);
    }
  };
  const resources = { ...schema.resources, github: schema.provider };
  for (const [token, resource] of Object.entries(resources)) {
    const name = token === "github" ? "Provider" : nameOf(token);
    facts.add(`resource ${name} = ${token}`);
    // A provider's outputs are its arguments' strings: the rest cannot be read back.
    const properties = Object.entries(resource.properties ?? {}).filter(([, { type }]) => token !== "github" || type === "string");
    add("property", name, Object.fromEntries(properties), resource.required);
    add("argument", name, resource.inputProperties, resource.requiredInputs);
    if (token !== "github") add("state", name, resource.stateInputs?.properties);
    for (const [property, { secret }] of properties) if (secret === true) facts.add(`secret ${name}.${property}`);
  }
  for (const [token, { inputs, outputs }] of Object.entries(schema.functions)) {
    // A method of the provider class, not a function of the package.
    if (token.startsWith("pulumi:providers:")) continue;
    const name = nameOf(token);
    facts.add(`function ${name} = ${token}`);
    add("parameter", name, inputs?.properties, inputs?.required);
    add("result", name, outputs?.properties, outputs?.required);
  }
  for (const [name, type] of Object.entries(schema.config.variables)) facts.add(`config ${name}: ${text(type)}`);
  const functions = Object.values(schema.functions);
  const all = Object.values(resources);
  const inputs = all.flatMap(({ inputProperties, stateInputs }) => [inputProperties, stateInputs?.properties]);
  for (const token of reachable(schema, [...inputs, ...functions.map((f) => f.inputs?.properties)])) {
    add("type", `input ${typeName(token)}`, schema.types[token]?.properties, schema.types[token]?.required);
  }
  const outputs = all.filter((resource) => resource !== schema.provider).map(({ properties }) => properties);
  for (const token of reachable(schema, [...outputs, ...functions.map((f) => f.outputs?.properties)])) {
    const type = schema.types[token];
    add("type", `output ${typeName(token)}`, type?.properties, type?.language?.nodejs?.requiredOutputs ?? type?.required);
  }
  return facts;
}

/** Tokens of the types that properties use, directly or through other types. */
function reachable(schema: Schema, roots: readonly (Properties | undefined)[]): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (type: Type | undefined): void => {
    if (type === undefined) return;
    visit(type.items);
    visit(type.additionalProperties);
    const token = type.$ref?.startsWith("#/types/") === true ? type.$ref.slice("#/types/".length) : undefined;
    if (token === undefined || found.has(token)) return;
    found.add(token);
    Object.values(schema.types[token]?.properties ?? {}).forEach(visit);
  };
  for (const properties of roots) Object.values(properties ?? {}).forEach(visit);
  return found;
}

/** Types of functions' results have tokens in lower case and names in upper case. */
function typeName(token: string): string {
  const name = nameOf(token);
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function nameOf(token: string): string {
  return token.slice(token.lastIndexOf(":") + 1);
}

function text(type: Type): string {
  if (type.$ref !== undefined) return type.$ref === "pulumi.json#/Any" ? "any" : typeName(type.$ref);
  if (type.type === "array") return `${text(type.items ?? {})}[]`;
  if (type.type === "object") return `{ [key: string]: ${text(type.additionalProperties ?? { type: "string" })} }`;
  return type.type === "integer" ? "number" : (type.type ?? "any");
}

async function factsOfPackage(): Promise<ReadonlySet<string>> {
  const facts = new Set<string>();
  for (const file of (await readdir(sdk)).filter((name) => name.endsWith(".d.ts"))) {
    const script = await readFile(join(sdk, file.replace(/\.d\.ts$/, ".js")), "utf8");
    for (const statement of await statements(join(sdk, file))) {
      if (ts.isClassDeclaration(statement)) readClass(statement, script, facts);
      else if (ts.isInterfaceDeclaration(statement)) readInterface(statement, facts);
      else if (ts.isFunctionDeclaration(statement) && statement.name !== undefined && !statement.name.text.endsWith("Output")) {
        const token = new RegExp(`return pulumi\\.runtime\\.invoke\\("([^"]+)"`).exec(script)?.[1];
        if (token !== undefined) facts.add(`function ${statement.name.text} = ${token}`);
      }
    }
  }
  for (const direction of ["input", "output"]) {
    for (const statement of await statements(join(sdk, "types", `${direction}.d.ts`))) {
      if (ts.isInterfaceDeclaration(statement)) members(statement, `type ${direction} ${statement.name.text}`, facts);
    }
  }
  for (const statement of await statements(join(sdk, "config", "vars.d.ts"))) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, type } of statement.declarationList.declarations) {
      // The configuration's own copies of types have short names: `config.AppAuth` is ProviderAppAuth's.
      if (type !== undefined) facts.add(`config ${name.getText()}: ${plain(type.getText()).text.replace(/^config\./, "")}`);
    }
  }
  return facts;
}

async function statements(file: string): Promise<readonly ts.Statement[]> {
  return ts.createSourceFile(file, await readFile(file, "utf8"), ts.ScriptTarget.Latest, true).statements;
}

function readClass(declaration: ts.ClassDeclaration, script: string, facts: Set<string>): void {
  const name = declaration.name?.text ?? "";
  facts.add(`resource ${name} = ${/static __pulumiType = '([^']+)'/.exec(script)?.[1] ?? ""}`);
  for (const member of declaration.members) {
    if (!ts.isPropertyDeclaration(member) || member.type === undefined) continue;
    const { text, optional } = plain(member.type.getText());
    facts.add(`property ${name}.${member.name.getText()}${optional ? "?" : ""}: ${text}`);
  }
  for (const [, secret] of (/additionalSecretOutputs: \[([^\]]*)\]/.exec(script)?.[1] ?? "").matchAll(/"([^"]+)"/g)) {
    facts.add(`secret ${name}.${secret ?? ""}`);
  }
}

function readInterface(declaration: ts.InterfaceDeclaration, facts: Set<string>): void {
  const full = declaration.name.text;
  if (full.endsWith("OutputArgs")) return;
  const kinds = full.startsWith("Get") ? { Args: "parameter", Result: "result" } : { Args: "argument", State: "state" };
  for (const [suffix, kind] of Object.entries(kinds)) {
    const base = full.slice(0, -suffix.length);
    const owner = full.startsWith("Get") ? base.charAt(0).toLowerCase() + base.slice(1) : base;
    if (full.endsWith(suffix)) members(declaration, `${kind} ${owner}`, facts);
  }
}

function members(declaration: ts.InterfaceDeclaration, owner: string, facts: Set<string>): void {
  for (const member of declaration.members) {
    if (!ts.isPropertySignature(member) || member.type === undefined) continue;
    facts.add(`${owner}.${member.name.getText()}${member.questionToken === undefined ? "" : "?"}: ${plain(member.type.getText()).text}`);
  }
}

/** A type without Pulumi's wrappers: `pulumi.Input<pulumi.Input<inputs.Thing>[] | undefined>` is `Thing[]`, optional. */
function plain(source: string): { readonly text: string; readonly optional: boolean } {
  let text = source.replace(/\s+/g, " ");
  for (let before = ""; before !== text;) {
    before = text;
    text = text.replace(/pulumi\.(?:Input|Output)<([^<>]*)>/g, "$1");
  }
  const optional = text.endsWith(" | undefined");
  return {
    text: text
      .replaceAll(" | undefined", "")
      .replace(/\b(?:inputs|outputs)\./g, "")
      .replace(/; }/g, " }"),
    optional,
  };
}
