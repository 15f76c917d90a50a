/** From what is declared to what can be built: everything is judged, and all faults of all systems are one error. */
import { renderFiles } from "../../delivery/render.ts";
import { refuse, type Fault } from "../../model/fault.ts";
import { judgeOwnership } from "../../model/ownership.ts";
import type { System } from "../../model/system.ts";
import { judgeSharedNames, judgeSystem, type DeclaredSystem } from "../../model/validate/index.ts";
import {
  factsOf,
  judgeApprovals,
  readPipelines,
  resolveRequiredChecks,
  type ApprovalOrder,
  type WorkflowFacts,
} from "../../pipelines/index.ts";
import type { RequiredContext } from "../branch-gate/args.ts";
import type { SoundFleet, SoundSystem } from "./plan.ts";
import { judgeTrust } from "./trust.ts";
import { judgeOwners } from "./owners.ts";
import { judgeRunners } from "./runners.ts";
import { judgeUsage } from "./usage.ts";

/** A sound system with what its workflow files say. Facts only: a parsed file is fifty times its text, and a fleet has thousands. */
export interface JudgedSystem extends SoundSystem {
  readonly facts: readonly WorkflowFacts[];
}

export interface JudgedFleet extends SoundFleet {
  readonly systems: readonly JudgedSystem[];
}

/**
 * Judges declared systems, their workflow files, and the stack files that share out their tiers. Needs no stack and no credentials.
 *
 * @param stackFiles Texts of `Pulumi.*.yaml` by file name.
 * @throws FaultsError with every fault.
 */
export function judgeFleet(sources: readonly DeclaredSystem[], stackFiles: ReadonlyMap<string, string>): JudgedFleet {
  const all = sources.map(judgeSource);
  judgeSharedNames(all.map(({ judged }) => judged));
  const sound = all.filter(isSound);
  const systems = sound.map(({ system }) => system);
  const faults = [...all.flatMap(({ own }) => own), ...sound.flatMap(({ ofFiles }) => ofFiles)];
  const ownership = judgeOwnership(
    stackFiles,
    systems.map(({ system }) => system),
  );
  // With a system left out, a stack file that names it would seem wrong.
  if (sound.length === sources.length) faults.push(...ownership.faults);
  refuse("The declared systems", faults);
  return { systems, stacks: ownership.stacks };
}

/** Everything about one system before the next: its files are read for all who ask, and let go. */
function judgeSource(source: DeclaredSystem): Source {
  const [own, ofFiles]: [Fault[], Fault[]] = [[], []];
  const file = `systems/${source.folder}/system.ts`;
  const judged = judgeSystem(source, own);
  // Workflow files refer to the system, so they are judged against a sound one.
  const system = isBroken(own, file) ? undefined : judgePipelines(source.declared as System, source.files, ofFiles);
  return { file, judged, own, ofFiles, system };
}

interface Source {
  readonly file: string;
  readonly judged: ReturnType<typeof judgeSystem>;
  /** Faults of the declaration. */
  readonly own: readonly Fault[];
  readonly ofFiles: readonly Fault[];
  readonly system: JudgedSystem | undefined;
}

/** By itself, and beside the others. */
const isSound = (source: Source): source is Source & { readonly system: JudgedSystem } =>
  source.system !== undefined && !isBroken(source.own, source.file);

const isBroken = (faults: readonly Fault[], file: string): boolean => faults.some((fault) => fault.file === file);

function judgePipelines(system: System, written: ReadonlyMap<string, string>, faults: Fault[]): JudgedSystem {
  const inRepository = (file: string) => `systems/${system.name}/repository/${file}`;
  const made = renderFiles(system, written);
  for (const path of made.keys()) {
    if (!written.has(path)) continue;
    const rule = "is made from the declaration, so it cannot be written too";
    faults.push({ path: `${system.name}.repository`, value: path, rule, fix: "remove the file", file: inRepository(path) });
  }
  const files = new Map([...written, ...made]);
  const pipelines = readPipelines(files);
  for (const { severity, text, fix, file, line, code } of [...pipelines.problems, ...judgeApprovals(pipelines, ordersOf(system))]) {
    if (severity !== "error") continue;
    faults.push({ path: `${system.name}.pipelines`, value: undefined, rule: `${text} [${code}]`, fix, file: inRepository(file), line });
  }
  const contexts: Record<string, readonly RequiredContext[]> = {};
  for (const [index, { name, gate }] of system.branches.entries()) {
    if (gate === null || gate.checks === null) continue;
    const resolved = resolveRequiredChecks(pipelines, gate.checks.required, {
      branch: name,
      mergeQueue: gate.mergeQueue !== undefined,
      repository: `${system.repository.owner.login}/${system.repository.name}`,
      path: `${system.name}.branches[${index}].gate.checks.required`,
    });
    contexts[name] = resolved.contexts;
    faults.push(...resolved.faults.map((fault) => ({ ...fault, ...(fault.file !== undefined && { file: inRepository(fault.file) }) })));
  }
  faults.push(...judgeUsage(system, files), ...judgeTrust(system, files), ...judgeRunners(system, files), ...judgeOwners(system, files));
  return { system, files, contexts, facts: factsOf(files) };
}

function ordersOf({ environments }: System): ApprovalOrder[] {
  return environments.flatMap(({ name, approvedAfter }) =>
    approvedAfter === undefined ? [] : [{ environment: name, after: approvedAfter }],
  );
}
