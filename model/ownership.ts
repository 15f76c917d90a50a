/** Which stack owns which tier, over all stack files: each tier exactly one, and one foundation. Judged before anything is built. */
import { parseDocument } from "yaml";
import type { Fault } from "./fault.ts";
import { isPlainObject } from "./shape.ts";
import { judgeKey } from "./stack.ts";
import type { System } from "./system.ts";
import { suggest } from "./text.ts";

/** A stack as its file declares it. */
export interface StackShare {
  readonly stack: string;
  readonly foundation: string | undefined;
  readonly tiers: Readonly<Record<string, readonly string[]>>;
}

export interface Ownership {
  readonly stacks: readonly StackShare[];
  readonly faults: readonly Fault[];
}

/** Fields of a stack file besides `config`; the engine writes them. */
const ownFields = ["config", "encryptionsalt", "encryptedkey", "secretsprovider", "environment"];

/**
 * Judges all stack files together.
 *
 * @param files Text by file name, `Pulumi.<stack>.yaml`.
 * @param systems Systems whose tiers are shared out.
 */
export function judgeOwnership(files: ReadonlyMap<string, string>, systems: readonly System[]): Ownership {
  const faults: Fault[] = [];
  const stacks = [...files].map(([file, text]) => readShare(file, text, faults));
  const names = stacks.map((share) => share.stack);
  const foundations = new Set(stacks.flatMap((share) => (share.foundation === undefined ? [] : [share.foundation])));
  for (const { stack, foundation } of stacks) {
    const place = { path: "gatehouse:foundation", file: fileOf(stack) };
    if (foundation === undefined) {
      faults.push({
        ...place,
        value: undefined,
        rule: "is required in every stack file",
        fix: `pulumi config set foundation NAME --stack ${stack}`,
      });
    } else if (!names.includes(foundation)) {
      faults.push({ ...place, value: foundation, rule: "must name a stack that has a file", fix: suggest(foundation, names) });
    } else if (foundations.size > 1) {
      const rule = `must be the same in every stack file: exactly one stack is the foundation, here are ${[...foundations].join(" and ")}`;
      faults.push({ ...place, value: foundation, rule, fix: "name one stack in all of them" });
    }
  }
  faults.push(...judgeNames(stacks, systems), ...judgeTiers(stacks, systems));
  return { stacks, faults };
}

function readShare(file: string, text: string, faults: Fault[]): StackShare {
  const stack = file.replace(/^Pulumi\./, "").replace(/\.yaml$/, "");
  const none: StackShare = { stack, foundation: undefined, tiers: {} };
  const document = parseDocument(text);
  for (const error of document.errors) {
    const line = error.linePos?.[0].line;
    faults.push({
      path: file,
      value: undefined,
      rule: error.message.split("\n")[0] ?? "must be YAML",
      fix: "mend the YAML",
      file,
      ...(line !== undefined && { line }),
    });
  }
  if (document.errors.length > 0) return none;
  const content: unknown = document.toJS() ?? {};
  const config = isPlainObject(content) ? (content.config ?? {}) : undefined;
  if (!isPlainObject(content) || !isPlainObject(config)) {
    faults.push({
      path: "config",
      value: undefined,
      rule: "must be a map of configuration keys",
      fix: "write one key a line below config:",
      file,
    });
    return none;
  }
  for (const field of Object.keys(content)) {
    if (!ownFields.includes(field)) {
      faults.push({ path: field, value: undefined, rule: "no such field of a stack file", fix: suggest(field, ownFields), file });
    }
  }
  for (const key of Object.keys(config)) faults.push(...judgeKey(key).map((fault) => ({ ...fault, file })));
  const foundation = config["gatehouse:foundation"] ?? config.foundation;
  return {
    stack,
    foundation: typeof foundation === "string" && foundation !== "" ? foundation : undefined,
    tiers: readTiers(config["gatehouse:tiers"] ?? config.tiers, file, faults),
  };
}

function readTiers(value: unknown, file: string, faults: Fault[]): Record<string, readonly string[]> {
  const tiers: Record<string, readonly string[]> = {};
  if (value === undefined) return tiers;
  const wrong = (path: string, what: unknown) => {
    const rule = "must be a map of systems to lists of their tiers";
    faults.push({ path, value: what, rule, fix: "write it as in dataenginex: [dev]", file });
  };
  if (!isPlainObject(value)) {
    wrong("gatehouse:tiers", value);
    return tiers;
  }
  for (const [system, names] of Object.entries(value)) {
    if (Array.isArray(names) && names.every((name) => typeof name === "string")) tiers[system] = names;
    else wrong(`gatehouse:tiers.${system}`, names);
  }
  return tiers;
}

function judgeNames(stacks: readonly StackShare[], systems: readonly System[]): Fault[] {
  const faults: Fault[] = [];
  const systemNames = systems.map((system) => system.name);
  for (const { stack, tiers } of stacks) {
    for (const [name, owned] of Object.entries(tiers)) {
      const system = systems.find((candidate) => candidate.name === name);
      const path = `gatehouse:tiers.${name}`;
      if (system === undefined) {
        const fix = `${suggest(name, systemNames)} Or remove it`;
        faults.push({ path, value: undefined, rule: "no such system under systems/", fix, file: fileOf(stack) });
        continue;
      }
      const known = system.tiers.map((tier) => tier.name);
      for (const [index, tier] of owned.entries()) {
        const at = { path: `${path}[${index}]`, value: tier, file: fileOf(stack) };
        if (!known.includes(tier)) faults.push({ ...at, rule: `no such tier of ${name}`, fix: suggest(tier, known) });
        else if (owned.indexOf(tier) !== index) faults.push({ ...at, rule: "is named twice", fix: "name it once" });
      }
    }
  }
  return faults;
}

function judgeTiers(stacks: readonly StackShare[], systems: readonly System[]): Fault[] {
  const faults: Fault[] = [];
  for (const system of systems) {
    for (const tier of system.tiers) {
      const path = `${system.name}.tiers.${tier.name}`;
      const owners = stacks.filter((share) => share.tiers[system.name]?.includes(tier.name));
      const [owner, ...others] = owners;
      if (owner === undefined) {
        const rule = "belongs to no stack: nobody would declare it";
        faults.push({ path, value: undefined, rule, fix: `add it to gatehouse:tiers.${system.name} of one stack file` });
      } else if (others.length > 0) {
        const rule = `belongs to exactly one stack, but ${owners.map((share) => share.stack).join(" and ")} own it: they would fight over it`;
        faults.push({ path, value: undefined, rule, fix: "leave it in one stack file", file: fileOf(others[0]?.stack ?? owner.stack) });
      } else if (tier.production === true && owner.foundation !== undefined && owner.stack !== owner.foundation) {
        const rule = `production belongs to the foundation, stack ${owner.foundation}, so that no other stack's credentials need a right over it`;
        faults.push({ path, value: owner.stack, rule, fix: `move it to ${fileOf(owner.foundation)}`, file: fileOf(owner.stack) });
      }
    }
  }
  return faults;
}

function fileOf(stack: string): string {
  return `Pulumi.${stack}.yaml`;
}
