/** The decision matrix of a repository: which kind of rollback a severity asks for, and within what time. */
import { z } from "zod";

import { Failure, exitCode } from "../failure.ts";

/** Where a repository keeps its matrix. */
export const matrixFile = "deploy/rollback-matrix.json";

/**
 * `immediate`: the cluster first, then git. `artifact`: an earlier image by pull request. `database`: the schema's way back, which only
 * people take. `hotfix`: no rollback at all.
 */
export const rollbackKinds = ["immediate", "artifact", "database", "hotfix"] as const;
export type RollbackKind = (typeof rollbackKinds)[number];

const matrix = z.record(
  z.string(),
  z.object({ impact: z.string(), kinds: z.array(z.enum(rollbackKinds)).min(1), withinMinutes: z.number().nullable() }),
);

export interface Decision {
  readonly impact: string;
  readonly kinds: readonly RollbackKind[];
  /** Null: with the next deployment. */
  readonly withinMinutes: number | null;
}

/** @throws Failure when the repository has no matrix, or the matrix has no such severity. */
export function decide(files: ReadonlyMap<string, string>, system: string, severity: string): Decision {
  const text = files.get(matrixFile);
  if (text === undefined) {
    throw new Failure(exitCode.invalid, `${system} has no decision matrix (${matrixFile}), so a severity decides nothing: name a --kind.`);
  }
  const judged = matrix.safeParse(JSON.parse(text));
  if (!judged.success)
    throw new Failure(exitCode.invalid, `${matrixFile} of ${system} is no decision matrix: ${z.prettifyError(judged.error)}`);
  const decision = judged.data[severity];
  if (decision !== undefined) return decision;
  throw new Failure(
    exitCode.invalid,
    `${matrixFile} of ${system} knows no severity ${JSON.stringify(severity)}: ${Object.keys(judged.data).join(", ")}.`,
  );
}

/** `Production is down: immediate rollback, within 1 min` */
export function describeDecision({ impact, kinds, withinMinutes }: Decision): string {
  const time = withinMinutes === null ? "with the next deployment" : `within ${withinMinutes} min`;
  return `${impact}: ${kinds.join(" and ")} rollback, ${time}`;
}
