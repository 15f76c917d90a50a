/** A small world in which T1, T2 and T9 hold, to make broken ones from. */
import { Declaration, type DeclarationInput } from "../../../policies/rules/declaration.ts";
import { prove, ProofWorld, type ProofWorldInput, type Theorem } from "../../../proof/index.ts";
import type { System } from "../../../model/system.ts";
import { inputOf } from "./small-input.ts";
import type { SmallGuard, SmallWorld } from "./small-worlds.ts";

export const guard: SmallGuard = {
  kind: "RepositoryRuleset",
  enforcement: "active",
  includes: ["refs/heads/main", "refs/heads/release"],
  excludes: [],
  review: { approvals: 1, dismiss: true, owners: true, lastPush: true, methods: ["squash"] },
  check: "actions",
  linear: false,
  signed: true,
  bypass: [],
};

export const sound: SmallWorld = {
  account: "organization",
  guards: [guard],
  grants: ["push", "push"],
  members: [
    ["ann", "bob"],
    ["ann", "bob"],
  ],
  mayApprove: false,
  owners: "all",
  environment: { reviewed: true, selfReview: false, adminBypass: false, from: "main", hasKey: true, trusted: true },
  keyInRepository: false,
  jobWrites: false,
  deployKey: false,
  follows: "main",
  tag: "sha-1",
  trigger: "always",
  opens: "app",
  methods: { merge: true, squash: true, rebase: true },
};

/** What a small world does not speak of. */
export interface More {
  readonly files?: Readonly<Record<string, string>>;
  readonly resources?: readonly DeclarationInput[];
  readonly system?: (system: System) => System;
  readonly teams?: ProofWorldInput["teams"];
  /** Instead of all that is declared. */
  readonly without?: readonly string[];
}

export function worldOf(
  change: Partial<SmallWorld> = {},
  { files = {}, resources = [], system = (same) => same, teams, without = [] }: More = {},
): ProofWorld {
  const input = inputOf({ ...sound, ...change });
  return new ProofWorld({
    ...input,
    ...(teams !== undefined && { teams }),
    resources: [...input.resources.filter(({ name }) => !without.includes(name)), ...resources.map((each) => new Declaration(each))],
    systems: input.systems.map((each) => ({ system: system(each.system), files: new Map([...each.files, ...Object.entries(files)]) })),
  });
}

/** Counterexamples as lines: subject and claim, then the steps with their places; what is unknown with its reason. */
export function told(theorem: Theorem, world: ProofWorld): readonly string[] {
  const proofs = prove(world, [theorem]).flatMap((each) => each.proofs);
  return proofs.flatMap(({ subject, counterexample, verdict, reason }) => {
    if (verdict === "unknown") return [`${subject} is unknown: ${reason ?? ""}`];
    if (counterexample === undefined) return [];
    return [`${subject}: ${counterexample.claim}`, ...counterexample.steps.map(({ text, at }) => `${text} (${at})`)];
  });
}

/** The same without the sentences that name the subject. */
export const steps = (theorem: Theorem, world: ProofWorld): readonly string[] =>
  told(theorem, world).filter((line) => !line.startsWith("small "));

/** A resource of a small world, of a stack. */
export function declared(type: string, name: string, properties: Readonly<Record<string, unknown>>, stack = "prod"): DeclarationInput {
  return { type, name, urn: `urn:pulumi:${stack}::small::${type}::${name}`, properties };
}
