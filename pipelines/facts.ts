/**
 * What a workflow may do beyond its checks: rights, actions with their pins, secrets, environments, runners. Facts only; rules judge them.
 * Read from the YAML itself, since GitHub's parser drops the comments that say which version a pinned commit is.
 */
import { isAlias, isMap, isScalar, isSeq, type Document, type LineCounter, type Node } from "yaml";
import { once } from "../model/once.ts";
import { readYaml } from "../model/yaml.ts";
import { membersUsed } from "./references.ts";
import { parseUses, type Uses } from "./uses.ts";
import { isWorkflowFile } from "./workflow-file.ts";

/** A fact with the line where the value that states it begins, from 1; a block of text begins at its `|`. */
interface Stated {
  readonly line: number;
}

/** `permissions:` as written. A scope that is not named has no right, wherever `permissions` stands at all. */
export interface PermissionsFact extends Stated {
  /** `read-all` or `write-all`. */
  readonly all?: "read" | "write";
  readonly scopes: Readonly<Record<string, string>>;
}

export interface UsesFact extends Uses, Stated {
  /** Comment behind it on the same line, such as `v5.0.0`. */
  readonly comment?: string;
}

export interface NamedFact extends Stated {
  /** In upper case; `*` where any of them may be used. */
  readonly name: string;
}

export interface ConcurrencyFact extends Stated {
  readonly group: string;
  /** Text of an expression where it is one. */
  readonly cancelInProgress: boolean | string;
}

export interface StepFact extends Stated {
  /** The script, and the line where its first line is. */
  readonly run?: NamedFact;
  readonly uses?: UsesFact;
  /** What other steps call it. */
  readonly id?: string;
  /** Inputs of the action as text. */
  readonly with: Readonly<Record<string, NamedFact>>;
  /** Its environment variables as text; those of the job and the workflow are not among them. */
  readonly env: Readonly<Record<string, NamedFact>>;
  /** Text of `if`. */
  readonly condition?: string;
  /** `continue-on-error`, where it is not false. */
  readonly continueOnError: boolean;
}

export interface JobFacts extends Stated {
  readonly id: string;
  /** Ids of jobs that must have ended well, unless `condition` asks for their status itself. */
  readonly needs: readonly string[];
  /** Text of `if`. */
  readonly condition?: string;
  readonly steps: readonly StepFact[];
  /** Images of `container` and `services`. */
  readonly images: readonly NamedFact[];
  readonly hasTimeout: boolean;
  /** `continue-on-error` of the job, where it is not false. */
  readonly continueOnError: boolean;
  /** Whether its condition, its steps or its `env` look at what became of the jobs that it needs: `needs.x.result`, or all of `needs`. */
  readonly readsResults: boolean;
  /** Absent: the workflow's permissions, else the repository's default. */
  readonly permissions?: PermissionsFact;
  /** Labels, or the text of an expression; empty for a job that calls a workflow. */
  readonly runsOn: readonly string[];
  readonly runnerGroup?: string;
  /** Texts in the matrix, where `runs-on` asks the matrix. */
  readonly runnersOfMatrix: readonly string[];
  /** Name, or the text of an expression. */
  readonly environment?: NamedFact;
  readonly concurrency?: ConcurrencyFact;
  /** Of the job itself, then of its steps. */
  readonly uses: readonly UsesFact[];
  readonly secrets: readonly NamedFact[];
  readonly vars: readonly NamedFact[];
  /** `secrets: inherit`: the called workflow gets every secret. */
  readonly inheritsSecrets: boolean;
}

export interface TriggerFact extends Stated {
  readonly event: string;
  /** Lists under it, such as `branches` and `types`, by name. */
  readonly filters: Readonly<Record<string, readonly string[]>>;
}

export interface WorkflowFacts {
  readonly file: string;
  readonly name?: string;
  readonly triggers: readonly TriggerFact[];
  readonly permissions?: PermissionsFact;
  readonly concurrency?: ConcurrencyFact;
  /** Used outside of the jobs, so by each of them: `env` of the workflow, its `run-name`. */
  readonly secrets: readonly NamedFact[];
  readonly vars: readonly NamedFact[];
  readonly jobs: readonly JobFacts[];
}

/** Reads the facts of one file. One that is no workflow has no facts; `readPipelines` says what is wrong with it. */
export function workflowFacts({ file, text }: { readonly file: string; readonly text: string }): WorkflowFacts {
  return readFacts(file, text);
}

const readFacts = once((file: string, text: string): WorkflowFacts => new Reader(file, text).workflow(file));

/** The facts of every workflow among the files of a repository. */
export function factsOf(files: ReadonlyMap<string, string>): WorkflowFacts[] {
  return [...files].filter(([path]) => isWorkflowFile(path)).map(([file, text]) => readFacts(file, text));
}

/** Aliases may refer to what they stand in; GitHub allows no such circle, and no file nests this deep. */
const MAX_DEPTH = 100;

/** A result or an output of a needed job, or all that is known of them. */
const result = /\bneeds\.[\w-]+\.(result|outputs)\b|\bneeds\.\*|\btoJSON\(\s*needs\s*\)/iu;
/** Most jobs say nothing of the kind, and looking for one word in their scripts takes no time. */
const readsResults = (source: string): boolean => source.toLowerCase().includes("needs") && result.test(source);

class Reader {
  readonly #lines: LineCounter;
  readonly #document: Document;

  readonly #text: string;

  constructor(file: string, text: string) {
    this.#text = text;
    ({ document: this.#document, lines: this.#lines } = readYaml(file, text));
  }

  workflow(file: string): WorkflowFacts {
    const root = this.#resolve(this.#document.contents);
    const outside = this.#entries(root).filter((entry) => entry.key !== "jobs");
    const on = this.#field(root, "on");
    const events = isMap(on)
      ? this.#entries(on)
      : this.#items(on).map((item) => ({ key: textOf(item) ?? "", value: undefined, line: this.#line(item) }));
    const name = textOf(this.#field(root, "name"));
    return {
      file,
      ...(name === undefined ? {} : { name }),
      triggers: events.map((entry) => ({ event: entry.key, line: entry.line, filters: this.#filters(entry.value) })),
      ...this.#permissions(root),
      ...this.#concurrency(root),
      secrets: unique(outside.flatMap((entry) => this.#used("secrets", entry.value, entry.key))),
      vars: unique(outside.flatMap((entry) => this.#used("vars", entry.value, entry.key))),
      jobs: this.#entries(this.#field(root, "jobs")).map((entry) => this.#job(entry.key, entry.line, entry.value)),
    };
  }

  #job(id: string, line: number, job: Node | undefined): JobFacts {
    const runsOn = this.#field(job, "runs-on");
    const group = textOf(this.#field(runsOn, "group"));
    // Those of a `parallel` group are steps like all others.
    const steps = this.#items(this.#field(job, "steps")).flatMap((step) => {
      const group = this.#field(step, "parallel");
      return group === undefined ? [step] : this.#items(group);
    });
    const condition = textOf(this.#field(job, "if"));
    const labels = this.#items(isMap(runsOn) ? this.#field(runsOn, "labels") : runsOn).flatMap((label) => textOf(label) ?? []);
    const asksMatrix = labels.some((label) => /\$\{\{[^}]*\bmatrix\b/u.test(label));
    return {
      id,
      line,
      ...this.#permissions(job),
      runsOn: labels,
      runnersOfMatrix: asksMatrix ? this.#texts(this.#field(this.#field(job, "strategy"), "matrix")) : [],
      ...(group === undefined ? {} : { runnerGroup: group }),
      ...this.#environment(job),
      ...this.#concurrency(job),
      uses: [job, ...steps].flatMap((node) => this.#uses(node)),
      needs: this.#items(this.#field(job, "needs")).flatMap((need) => textOf(need) ?? []),
      ...(condition === undefined ? {} : { condition }),
      steps: steps.map((step) => this.#step(step)),
      images: this.#images(job),
      hasTimeout: this.#field(job, "timeout-minutes") !== undefined,
      continueOnError: this.#tolerates(job),
      readsResults: readsResults(job === undefined ? "" : this.#source(job)),
      secrets: unique(this.#used("secrets", job, "")),
      vars: unique(this.#used("vars", job, "")),
      inheritsSecrets: textOf(this.#field(job, "secrets")) === "inherit",
    };
  }

  #tolerates(owner: Node | undefined): boolean {
    return !["false", undefined].includes(textOf(this.#field(owner, "continue-on-error")));
  }

  #source(node: Node): string {
    const [from = 0, , to = 0] = node.range ?? [];
    return this.#text.slice(from, to);
  }

  #filters(trigger: Node | undefined): Record<string, readonly string[]> {
    return Object.fromEntries(
      this.#entries(trigger).map(({ key, value }) => [key, this.#items(value).flatMap((item) => textOf(item) ?? [])] as const),
    );
  }

  #step(step: Node | undefined): StepFact {
    const [uses] = this.#uses(step);
    const condition = textOf(this.#field(step, "if"));
    const run = this.#field(step, "run");
    const id = textOf(this.#field(step, "id"));
    return {
      line: this.#line(step),
      ...(run !== undefined && { run: { name: textOf(run) ?? "", line: this.#textLine(run) } }),
      ...(uses !== undefined && { uses }),
      ...(id !== undefined && { id }),
      with: this.#named(this.#field(step, "with")),
      env: this.#named(this.#field(step, "env")),
      ...(condition !== undefined && { condition }),
      continueOnError: this.#tolerates(step),
    };
  }

  #named(owner: Node | undefined): Record<string, NamedFact> {
    const entries = this.#entries(owner).map(
      ({ key, value, line }) => [key, { name: textOf(value) ?? "", line: value === undefined ? line : this.#textLine(value) }] as const,
    );
    return Object.fromEntries(entries);
  }

  /** A block's text begins on the line behind its `|`. */
  #textLine(node: Node): number {
    return this.#line(node) + (isScalar(node) && (node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED") ? 1 : 0);
  }

  #images(job: Node | undefined): NamedFact[] {
    const services = this.#entries(this.#field(job, "services")).map((entry) => entry.value);
    return [this.#field(job, "container"), ...services].flatMap((owner) => {
      const image = isMap(owner) ? this.#field(owner, "image") : owner;
      const name = textOf(image);
      return name === undefined || name === "" ? [] : [{ name, line: this.#line(image) }];
    });
  }

  #permissions(owner: Node | undefined): { permissions?: PermissionsFact } {
    const node = this.#field(owner, "permissions");
    if (node === undefined) return {};
    const line = this.#line(node);
    const all = /^(read|write)-all$/u.exec(textOf(node) ?? "")?.[1];
    if (all === "read" || all === "write") return { permissions: { all, scopes: {}, line } };
    return {
      permissions: { scopes: Object.fromEntries(this.#entries(node).map((entry) => [entry.key, textOf(entry.value) ?? ""])), line },
    };
  }

  #concurrency(owner: Node | undefined): { concurrency?: ConcurrencyFact } {
    const node = this.#field(owner, "concurrency");
    if (node === undefined) return {};
    const group = textOf(isMap(node) ? this.#field(node, "group") : node) ?? "";
    const cancel = this.#field(node, "cancel-in-progress");
    const value = isScalar(cancel) && typeof cancel.value === "boolean" ? cancel.value : textOf(cancel);
    return { concurrency: { group, cancelInProgress: value ?? false, line: this.#line(node) } };
  }

  #environment(job: Node | undefined): { environment?: NamedFact } {
    const node = this.#field(job, "environment");
    const name = textOf(isMap(node) ? this.#field(node, "name") : node);
    return node === undefined || name === undefined ? {} : { environment: { name, line: this.#line(node) } };
  }

  #uses(owner: Node | undefined): UsesFact[] {
    const node = this.#field(owner, "uses");
    const text = textOf(node);
    if (node === undefined || text === undefined) return [];
    const comment = node.comment?.trim();
    return [{ ...parseUses(text), line: this.#line(node), ...(comment === undefined || comment === "" ? {} : { comment }) }];
  }

  /** Every text under a node. */
  #texts(node: Node | undefined, depth = 0): string[] {
    const actual = this.#resolve(node);
    if (actual === undefined || depth > MAX_DEPTH) return [];
    if (isMap(actual)) return this.#entries(actual).flatMap(({ value }) => this.#texts(value, depth + 1));
    if (isSeq(actual)) return this.#items(actual).flatMap((item) => this.#texts(item, depth + 1));
    const text = textOf(actual);
    return text === undefined ? [] : [text];
  }

  /** Members of a context that anything under a node uses. */
  #used(context: string, node: Node | undefined, key: string, depth = 0): NamedFact[] {
    const actual = this.#resolve(node);
    if (actual === undefined || depth > MAX_DEPTH) return [];
    if (isMap(actual)) return this.#entries(actual).flatMap((entry) => this.#used(context, entry.value, entry.key, depth + 1));
    if (isSeq(actual)) return this.#items(actual).flatMap((item) => this.#used(context, item, key, depth + 1));
    const line = this.#line(actual);
    return membersUsed(context, textOf(actual) ?? "", key === "if").map((name) => ({ name, line }));
  }

  #resolve(node: unknown): Node | undefined {
    if (isAlias(node)) return node.resolve(this.#document);
    return isMap(node) || isSeq(node) || isScalar(node) ? node : undefined;
  }

  #field(owner: Node | undefined, key: string): Node | undefined {
    return this.#entries(owner).find((entry) => entry.key === key)?.value;
  }

  #entries(node: Node | undefined): { key: string; line: number; value: Node | undefined }[] {
    if (!isMap(node)) return [];
    return node.items.map((pair) => {
      const key = this.#resolve(pair.key);
      return { key: textOf(key) ?? "", line: this.#line(key), value: this.#resolve(pair.value) };
    });
  }

  /** A lone scalar counts as a list of one. */
  #items(node: Node | undefined): (Node | undefined)[] {
    if (node === undefined || isMap(node)) return [];
    return isSeq(node) ? node.items.map((item) => this.#resolve(item)) : [node];
  }

  #line(node: Node | undefined): number {
    return node?.range == null ? 1 : this.#lines.linePos(node.range[0]).line;
  }
}

function textOf(node: Node | undefined): string | undefined {
  if (!isScalar(node)) return undefined;
  const value: unknown = node.value;
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

function unique(facts: readonly NamedFact[]): NamedFact[] {
  return facts.filter((fact, index) => facts.findIndex((other) => other.name === fact.name) === index);
}
