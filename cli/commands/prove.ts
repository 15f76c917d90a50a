/** `gatehouse prove`: the theorems about the paths to production, without an engine. */
import { Command } from "commander";

import { prove, ProofWorld, theorems, type Proof, type Proved, type Theorem } from "../../proof/index.ts";
import { suggest } from "../../model/text.ts";
import { examples } from "../examples.ts";
import { Failure, exitCode } from "../failure.ts";
import { createOutput } from "../output.ts";
import { findSystem, judgeProject } from "../project.ts";

export function proveCommand(): Command {
  return new Command("prove")
    .description("prove that nothing reaches production past the gates, and that everything that should can pass them")
    .argument("[system]", "only what is about this system")
    .option("-t, --theorem <id...>", "only these theorems, such as T1")
    .option("--assumptions", "also show what was taken for true because no declaration says it")
    .addHelpText(
      "after",
      examples(
        ["gatehouse prove", "every theorem, over every system and stack"],
        ["gatehouse prove dataenginex --theorem T1 T2", "two theorems, one system"],
        ["gatehouse prove --assumptions", "with what the proofs rest on"],
        ["gatehouse prove --json | jq '.[].proofs[] | select(.verdict == \"broken\")'", "counterexamples, for machines"],
      ),
    )
    .action(async (name: string | undefined, _options: unknown, self: Command) => {
      const { json = false, theorem: wanted = [], assumptions = false } = self.optsWithGlobals<Options>();
      const output = createOutput(json);
      const chosen = choose(wanted);
      const project = await judgeProject();
      const only = name === undefined ? undefined : findSystem(project, name).system.name;
      // Only here: Pulumi's modules take half a second to load, and few commands need them.
      const { declaredWorld } = await import("../check/declared.ts");
      const { resources } = await declaredWorld(project);
      const proved = prove(new ProofWorld({ resources, systems: project.systems }), chosen).map((each) => ({
        ...each,
        proofs: each.proofs.filter(({ subject }) => only === undefined || subject.split(" ")[0] === only),
      }));
      output.result(proved.map(asData), () => proved.map((each) => asText(each, assumptions)).join("\n"));
      if (proved.some(({ proofs }) => proofs.some(({ verdict }) => verdict === "broken"))) process.exitCode = exitCode.failed;
    });
}

interface Options {
  readonly json?: boolean;
  readonly theorem?: readonly string[];
  readonly assumptions?: boolean;
}

function choose(ids: readonly string[]): readonly Theorem[] {
  const known = theorems.map(({ id }) => id as string);
  for (const id of ids) {
    if (!known.includes(id)) throw new Failure(exitCode.invalid, `There is no theorem ${JSON.stringify(id)}: ${suggest(id, known)}`);
  }
  return theorems.filter(({ id }) => ids.length === 0 || ids.includes(id));
}

const asData = ({ theorem: { id, title, why }, proofs }: Proved): unknown => ({ id, title, why, proofs });

function asText({ theorem: { id, title, why }, proofs }: Proved, assumptions: boolean): string {
  const holds = proofs.filter(({ verdict }) => verdict === "holds").length;
  const broken = proofs.some(({ verdict }) => verdict === "broken");
  return [
    `${id} ${title}: ${holds} of ${proofs.length} hold`,
    ...proofs.flatMap((proof) => describe(proof, assumptions)),
    ...(broken ? [`  why: ${why}`] : []),
  ].join("\n");
}

function describe({ subject, verdict, assumptions, counterexample, reason }: Proof, all: boolean): string[] {
  const taken = all ? assumptions.map((assumption) => `    assumes that ${assumption}`) : [];
  if (verdict === "holds") return taken.length === 0 ? [] : [`  ${subject} holds`, ...taken];
  if (counterexample === undefined) return [`  ${subject} is unknown: ${reason ?? ""}`];
  return [
    `  ${subject} is broken: ${counterexample.claim}`,
    ...counterexample.steps.map(({ text, at }, index) => `    ${index + 1}. ${text} (${at})`),
    `    fix: ${counterexample.fix}`,
    ...taken,
  ];
}
